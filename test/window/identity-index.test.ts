import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/protocol/identity.ts';
import { createIdentityIndex } from '../../src/window/identity-index.ts';

interface Entry {
  readonly type: number;
  readonly identity: Identity;
}

function open() {
  const entries = new Map<number, Entry>();
  const isSame = (series: number, type: number, identity: Identity) =>
    textOf(entries.get(series)!) === textOf({ type, identity });
  return { entries, index: createIdentityIndex(isSame) };
}

const textOf = ({ type, identity }: Entry) => JSON.stringify([type, identity.name, identity.tags]);

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u00e9'), maxLength: 3 });
const entry: fc.Arbitrary<Entry> = fc.record({
  type: fc.nat(5),
  identity: fc.record({ name: text, tags: fc.array(text, { maxLength: 2 }) }),
});

describe('identity index', () => {
  it('tells types, names and tags apart', () => {
    const { entries, index } = open();
    const different: Entry[] = [
      { type: 0, identity: { name: 'a', tags: [] } },
      { type: 1, identity: { name: 'a', tags: [] } },
      { type: 0, identity: { name: 'a', tags: ['b'] } },
      { type: 0, identity: { name: 'ab', tags: [] } },
      { type: 0, identity: { name: 'a', tags: ['b', 'c'] } },
      { type: 0, identity: { name: 'a', tags: ['bc'] } },
    ];
    different.forEach((one, series) => {
      expect(index.find(one.type, one.identity)).toBeUndefined();
      entries.set(series, one);
      index.add(series, one.type, one.identity);
    });
    expect(different.map(({ type, identity }) => index.find(type, identity))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('finds what was added and not removed', () => {
    const step = fc.record({ remove: fc.boolean(), entry });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { entries, index } = open();
        const model = new Map<string, number>();
        let next = 0;
        for (const { remove, entry: one } of steps) {
          const known = model.get(textOf(one));
          expect(index.find(one.type, one.identity)).toBe(known);
          if (known === undefined) {
            entries.set(next, one);
            index.add(next, one.type, one.identity);
            model.set(textOf(one), next++);
          } else if (remove) {
            index.remove(known, one.type, one.identity);
            model.delete(textOf(one));
          }
          expect(index.size).toBe(model.size);
        }
      }),
    );
  });

  it('grows', () => {
    const { entries, index } = open();
    const count = 10_000;
    for (let series = 0; series < count; series++) {
      const one = { type: series % 6, identity: { name: `series.${series}`, tags: [] } };
      entries.set(series, one);
      index.add(series, one.type, one.identity);
    }
    for (const [series, { type, identity }] of entries) expect(index.find(type, identity)).toBe(series);
    for (const [series, { type, identity }] of entries) if (series % 3 > 0) index.remove(series, type, identity);
    for (const [series, { type, identity }] of entries) {
      expect(index.find(type, identity)).toBe(series % 3 > 0 ? undefined : series);
    }
  });
});
