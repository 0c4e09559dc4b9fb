import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLookup, type Lookup } from '../../src/kit/lookup.ts';

function numbersOf(lookup: Lookup, hash: number): number[] {
  const found: number[] = [];
  for (let place = lookup.first(hash); place >= 0; place = lookup.next(place)) found.push(lookup.at(place));
  return found.sort((a, b) => a - b);
}

/** Many are the same, or share a slot with another one; chains go over the end of the table. */
const hash = fc.oneof(
  fc.integer({ min: -4, max: 3 }),
  fc.integer({ min: 0, max: 5 }).map((high) => (high << 20) - 1),
  fc.integer(),
);

function placeOf(lookup: Lookup, hash: number, number: number): number {
  let place = lookup.first(hash);
  while (lookup.at(place) !== number) place = lookup.next(place);
  return place;
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);

/** Steps on a lookup and on a model of it: numbers by hash. */
function check(steps: readonly { hash: number; kind: 'add' | 'remove' | 'replace'; pick: number }[]): void {
  const lookup = createLookup();
  const model = new Map<number, Set<number>>();
  let size = 0;
  let next = 0;
  for (const { hash: one, kind, pick } of steps) {
    const known = model.get(one) ?? new Set();
    model.set(one, known);
    const number = [...known][pick % Math.max(known.size, 1)];
    if (kind === 'add' || number === undefined) {
      lookup.add(one, next);
      known.add(next++);
      size++;
    } else if (kind === 'remove') {
      lookup.remove(placeOf(lookup, one, number));
      known.delete(number);
      size--;
    } else {
      lookup.replace(placeOf(lookup, one, number), next);
      known.delete(number);
      known.add(next++);
    }
    expect(numbersOf(lookup, one)).toEqual(sorted(known));
    expect(lookup.size).toBe(size);
  }
  for (const [one, known] of model) expect(numbersOf(lookup, one)).toEqual(sorted(known));
}

describe('a lookup', () => {
  it('holds what a Map of sets holds, whatever the hashes', () => {
    const kind = fc.constantFrom('add' as const, 'add' as const, 'remove' as const, 'replace' as const);
    fc.assert(fc.property(fc.array(fc.record({ hash, kind, pick: fc.nat(50) }), { maxLength: 600 }), check));
  });

  it('closes the gaps in chains that are taken apart', () => {
    const hashes = fc.array(hash, { minLength: 100, maxLength: 180 });
    fc.assert(
      fc.property(hashes, fc.infiniteStream(fc.nat()), (all, picks) => {
        const lookup = createLookup();
        for (const [number, one] of all.entries()) lookup.add(one, number);
        const left = new Set(all.keys());
        for (const pick of picks) {
          const number = [...left][pick % left.size]!;
          lookup.remove(placeOf(lookup, all[number]!, number));
          left.delete(number);
          for (const one of new Set(all)) {
            expect(numbersOf(lookup, one)).toEqual([...left].filter((other) => all[other] === one));
          }
          if (left.size < 60) break;
        }
      }),
      { numRuns: 10 },
    );
  });

  it('grows, and finds nothing that is not there', () => {
    const lookup = createLookup();
    const hashOf = (number: number) => Math.imul(number, 0x9e3779b1);
    for (let number = 0; number < 60_000; number += 3) lookup.add(hashOf(number), number);
    expect(lookup.size).toBe(20_000);
    for (let number = 0; number < 60_000; number++) {
      expect(numbersOf(lookup, hashOf(number))).toEqual(number % 3 === 0 ? [number] : []);
    }
  });

  it('takes a hash by its low 32 bits', () => {
    const lookup = createLookup();
    lookup.add(0xffff_fffe, 1);
    lookup.add(-2, 2);
    expect(numbersOf(lookup, -2)).toEqual([1, 2]);
    lookup.remove(placeOf(lookup, 0xffff_fffe, 2));
    expect(numbersOf(lookup, 0xffff_fffe)).toEqual([1]);
  });
});
