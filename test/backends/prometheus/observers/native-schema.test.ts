import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, coarser, schemaOf } from '../../../../backends/prometheus/observers/native-schema.ts';

/** `value` = mantissa · 2^exponent with a whole mantissa. */
function exact(value: number): { mantissa: bigint; exponent: number } {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const biased = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** Whether value^power ≤ 2^limit, in whole numbers. */
function isAtMost(value: number, power: number, limit: number): boolean {
  const { mantissa, exponent } = exact(value);
  const shift = exponent * power - limit;
  const left = mantissa ** BigInt(power);
  return shift >= 0 ? left << BigInt(shift) <= 1n : left <= 1n << BigInt(-shift);
}

/** base^(index - 1) < value ≤ base^index, base = 2^(2^-schema). */
function isBucket(value: number, schema: number, index: number): boolean {
  const [power, factor] = schema >= 0 ? [2 ** schema, 1] : [1, 2 ** -schema];
  return isAtMost(value, power, index * factor) && !isAtMost(value, power, (index - 1) * factor);
}

const magnitude = fc.oneof(
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map((exponent) => 2 ** exponent),
);

describe('buckets of native histograms', () => {
  it.each([
    [1.001, 8],
    [1.0027, 8],
    [1.003, 8],
    [1.006, 7],
    [1.05, 4],
    [1.09, 4],
    [1.1, 3],
    [1.2, 2],
    [1.5, 1],
    [2, 0],
    [3, 0],
    [4, -1],
    [17, -2],
    [65_536, -4],
    [1e300, -4],
  ])('of a factor of %d are of schema %d', (factor, schema) => {
    // The widest buckets that grow by no more than the factor.
    const growth = (of: number) => 2 ** (2 ** -of);
    if (schema < 8) expect(growth(schema)).toBeLessThanOrEqual(factor);
    if (schema > -4) expect(growth(schema - 1)).toBeGreaterThan(factor);
    expect(schemaOf(factor)).toBe(schema);
  });

  it.each([8, 5, 3, 1, 0, -1, -4])('of schema %d hold what the specification says', (schema) => {
    fc.assert(
      fc.property(magnitude, (value) => {
        expect(isBucket(value, schema, bucketOf(value, schema))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('end at powers of two, inclusive', () => {
    const above = 1 + Number.EPSILON;
    expect([0.5, 1, above, 2, 2 * above, 4].map((value) => bucketOf(value, 0))).toEqual([-1, 0, 1, 1, 2, 2]);
    expect([0.5, 1, above, 2, 2 * above].map((value) => bucketOf(value, 3))).toEqual([-8, 0, 1, 8, 9]);
    expect([0.25, 1, above, 4, 4 * above, 16].map((value) => bucketOf(value, -1))).toEqual([-1, 0, 1, 1, 2, 2]);
  });

  it('are parts of coarser ones', () => {
    fc.assert(
      fc.property(
        magnitude,
        fc.integer({ min: -3, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (value, schema, times) => {
          const less = Math.max(schema - times, -4);
          expect(coarser(bucketOf(value, schema), schema - less)).toBe(bucketOf(value, less));
        },
      ),
    );
  });
});
