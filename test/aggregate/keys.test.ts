import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK, createArena, offsetIn } from '../../src/aggregate/arena.ts';
import { createKeyTable, hashKey } from '../../src/aggregate/keys.ts';

interface Key {
  readonly name: string;
  readonly tags: string;
  readonly type: number;
}

function open(hashOf: (key: Key) => number) {
  const table = createKeyTable();
  const call = (key: Key) => {
    const bytes = Buffer.from(`..${key.name}--${key.tags}`);
    const nameEnd = 2 + key.name.length;
    return [bytes, 2, nameEnd, nameEnd + 2, bytes.length, key.type, hashOf(key)] as const;
  };
  return { table, find: (key: Key) => table.find(...call(key)), add: (key: Key) => table.add(...call(key)) };
}

const seeded = ({ name, tags }: Key) => {
  const bytes = Buffer.from(name + tags);
  return hashKey(bytes, 0, name.length, name.length, bytes.length, 99);
};
const anyKey = fc.record({
  name: fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 }),
  tags: fc.string({ unit: fc.constantFrom('a', 'b', ','), maxLength: 3 }),
  type: fc.nat(5),
});
const textOf = ({ name, tags, type }: Key) => `${type} ${name} ${tags}`;

describe('key table', () => {
  it.each([
    ['a good hash', seeded],
    ['a hash that always collides', () => 7],
  ])('finds exactly what was added, with %s', (_, hashOf) => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('use' as const), key: anyKey }),
      fc.record({ kind: fc.constant('sweep' as const), budget: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { table, find, add } = open(hashOf);
        const model = new Map<string, { id: number; key: Key; seen: number }>();
        let window = 1;
        for (const one of steps) {
          if (one.kind === 'use') {
            const known = model.get(textOf(one.key));
            expect(find(one.key)).toBe(known?.id ?? -1);
            const id = known?.id ?? add(one.key);
            table.touch(id, window);
            model.set(textOf(one.key), { id, key: one.key, seen: window });
          } else {
            window++;
            const forgotten = new Set(table.sweep(window - 1, one.budget));
            for (const [text, entry] of model) {
              if (!forgotten.has(entry.id)) continue;
              expect(entry.seen).toBeLessThan(window - 1);
              model.delete(text);
            }
          }
          expect(table.size).toBe(model.size);
        }
        for (const { id, key } of model.values()) {
          expect(find(key)).toBe(id);
          const copy = Buffer.alloc(20);
          expect(copy.toString('utf8', 0, table.copy(id, copy, 0))).toBe(key.name + key.tags);
          expect([table.typeOf(id), table.nameLength(id), table.tagLength(id)]).toEqual([
            key.type,
            key.name.length,
            key.tags.length,
          ]);
        }
        expect(new Set([...model.values()].map(({ id }) => id)).size).toBe(model.size);
      }),
      { numRuns: 300 },
    );
  });

  it('grows, forgets what is idle, and gives the memory back', () => {
    const { table, find, add } = open(seeded);
    const keyAt = (index: number): Key => ({ name: `metric.${index}`, tags: 'env:prod', type: 0 });
    for (let index = 0; index < 50_000; index++) table.touch(add(keyAt(index)), 1);
    expect([table.size, find(keyAt(49_999))]).toEqual([50_000, 49_999]);
    const before = table.byteLength();
    table.touch(find(keyAt(123)), 9);
    let forgotten = 0;
    for (let slice = 0; slice < 5; slice++) forgotten += table.sweep(8, 12_500).length;
    expect([forgotten, table.size, find(keyAt(123))]).toEqual([49_999, 1, 123]);
    expect(table.byteLength()).toBeLessThan(before * 0.6);
    expect(add(keyAt(60_000))).toBeLessThan(50_000);
  });
});

describe('arena', () => {
  it('keeps entries whole, and uses a chunk again once all its entries are released', () => {
    const arena = createArena();
    const size = CHUNK / 2 - 10;
    const places = Array.from({ length: 6 }, (_, index) => {
      const place = arena.reserve(size);
      arena.chunkOf(place).fill(index + 1, offsetIn(place), offsetIn(place) + size);
      return place;
    });
    expect(arena.byteLength()).toBe(3 * CHUNK);
    places.forEach((place, index) => {
      const entry = arena.chunkOf(place).subarray(offsetIn(place), offsetIn(place) + size);
      expect(entry.every((byte) => byte === index + 1)).toBe(true);
    });
    arena.release(places[0]!);
    expect(arena.byteLength()).toBe(3 * CHUNK);
    arena.release(places[1]!);
    expect(arena.byteLength()).toBe(2 * CHUNK);
    arena.reserve(CHUNK);
    expect(arena.byteLength()).toBe(3 * CHUNK);
  });
});
