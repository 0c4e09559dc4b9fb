import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortNumbers } from '../../src/window/sort.ts';

/** Lengths on both sides of where one way of sorting gives way to another. */
const lengths = [0, 1, 2, 23, 24, 25, 199, 200, 201, 1000, 5000];

const kinds: Readonly<Record<string, fc.Arbitrary<number>>> = {
  'any numbers': fc.double({ noNaN: true, noDefaultInfinity: true }),
  'whole numbers': fc.integer({ min: -1000, max: 1000 }),
  'many equal ones': fc.constantFrom(0, 1, 2.5, -3),
  extremes: fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -5e-324, 0, -0),
};

describe('sortNumbers', () => {
  it.each(Object.entries(kinds))('sorts %s as the comparison of numbers does', (_, kind) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...lengths).chain((length) => fc.array(kind, { minLength: length, maxLength: length })),
        (numbers) => {
          const values = Float64Array.from(numbers);
          sortNumbers(values);
          // + 0: whether -0 comes before 0 is nobody's business.
          expect(Array.from(values, (value) => value + 0)).toEqual(
            [...numbers].sort((a, b) => a - b).map((value) => value + 0),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sorts a part of an array and leaves the rest', () => {
    const values = Float64Array.from({ length: 1000 }, (_, at) => 1000 - at);
    sortNumbers(values.subarray(300, 700));
    expect([...values.subarray(0, 300)]).toEqual(Array.from({ length: 300 }, (_, at) => 1000 - at));
    expect([...values.subarray(300, 700)]).toEqual(Array.from({ length: 400 }, (_, at) => 301 + at));
    expect([...values.subarray(700)]).toEqual(Array.from({ length: 300 }, (_, at) => 300 - at));
  });
});
