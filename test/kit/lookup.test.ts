import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLookup, type Lookup } from '../../src/kit/lookup.ts';

/** All numbers with this hash, in order. */
function numbersOf(lookup: Lookup, hash: number): number[] {
  const found: number[] = [];
  for (let number = lookup.first(hash); number >= 0; number = lookup.next(hash, number)) found.push(number);
  return found.sort((a, b) => a - b);
}

describe('a lookup', () => {
  // Many share a hash, or the place of another one, also at the end of the table.
  const hash = fc.oneof(
    fc.nat(3),
    fc.integer({ min: 250, max: 260 }),
    fc.integer({ min: -3, max: -1 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  const step = fc.record({ hash, what: fc.constantFrom('add', 'add', 'add', 'remove', 'replace'), pick: fc.nat() });

  it('holds what a Map of lists holds, whatever is added, replaced and removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const lookup = createLookup();
        const model = new Map<number, Set<number>>();
        const there: [hash: number, number: number][] = [];
        let next = 0;
        for (const { hash, what, pick } of steps) {
          if (what === 'add' || there.length === 0) {
            lookup.add(hash, next);
            model.set(hash, (model.get(hash) ?? new Set()).add(next));
            there.push([hash, next++]);
            continue;
          }
          const index = pick % there.length;
          const [old, number] = there[index]!;
          model.get(old)!.delete(number);
          if (what === 'remove') {
            lookup.remove(old, number);
            there.splice(index, 1);
          } else {
            lookup.replace(old, number, next);
            model.get(old)!.add(next);
            there[index] = [old, next++];
          }
        }
        expect(lookup.size).toBe(there.length);
        for (const [one, numbers] of model) {
          expect(numbersOf(lookup, one)).toEqual([...numbers].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('grows, and finds nothing that is not there', () => {
    const lookup = createLookup();
    const hashOf = (number: number) => Math.imul(number, 0x9e3779b1);
    for (let number = 0; number < 20_000; number++) lookup.add(hashOf(number * 3), number * 3);
    for (let number = 0; number < 60_000; number++) {
      expect(numbersOf(lookup, hashOf(number))).toEqual(number % 3 === 0 ? [number] : []);
    }
  });

  it('takes a hash by its low 32 bits, signed or not', () => {
    const lookup = createLookup();
    lookup.add(-5, 7);
    expect(lookup.first(2 ** 32 - 5)).toBe(7);
  });

  it('refuses to remove what is not there', () => {
    const lookup = createLookup();
    lookup.add(1, 1);
    expect(() => lookup.remove(1, 2)).toThrow('there is no 2 with the hash 1');
  });
});
