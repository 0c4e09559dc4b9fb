import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, measured, measuredSince, sizeOf } from '../../../../../frontends/http/senders/otlp/buckets.ts';
import type { ExplicitBuckets, ExponentialBuckets } from '../../../../../frontends/http/senders/otlp/model.ts';

const TOTALS = { count: 0, sum: undefined, min: undefined, max: undefined };

function explicit(bounds: number[], counts: number[], more: Partial<ExplicitBuckets> = {}): ExplicitBuckets {
  const count = counts.reduce((all, one) => all + one, 0);
  return { kind: 'explicit', ...TOTALS, count, bounds, counts, ...more };
}

function exponential(more: Partial<ExponentialBuckets>): ExponentialBuckets {
  const none = { offset: 0, counts: [] };
  return {
    kind: 'exponential',
    ...TOTALS,
    count: 1,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: none,
    negative: none,
    ...more,
  };
}

/** A histogram of these values, all over 0, by the definition of the buckets. */
function exponentialOf(values: readonly number[], scale: number): ExponentialBuckets {
  const base = 2 ** (2 ** -scale);
  const indexes = values.map((value) => Math.ceil(Math.log(value) / Math.log(base)) - 1);
  const offset = Math.min(...indexes, 0);
  const counts = Array<number>(Math.max(...indexes, 0) - offset + 1).fill(0);
  for (const index of indexes) counts[index - offset]!++;
  return exponential({ count: values.length, scale, positive: { offset, counts } });
}

describe('buckets with bounds', () => {
  it('are intervals, the first and the last without an end', () => {
    const { intervals, min, floor, sum } = measured(explicit([1, 2], [3, 0, 4], { sum: 9, min: 0.5 }));
    expect(intervals).toEqual([
      { low: Number.NEGATIVE_INFINITY, high: 1, count: 3 },
      { low: 2, high: Number.POSITIVE_INFINITY, count: 4 },
    ]);
    expect([min, floor, sum]).toEqual([0.5, 0.5, 9]);
  });

  it('may be one without any bound', () => {
    const { intervals } = measured(explicit([], [], { count: 5 }));
    expect(intervals).toEqual([{ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, count: 5 }]);
  });

  it('are taken from those of a later point, one by one', () => {
    const before = explicit([1, 2], [3, 1, 0], { sum: 5, min: 0.5, max: 1.5 });
    const now = explicit([1, 2], [4, 1, 2], { sum: 12, min: 0.25, max: 1.5 });
    expect(measuredSince(before, now)).toEqual({
      intervals: [
        { low: Number.NEGATIVE_INFINITY, high: 1, count: 1 },
        { low: 2, high: Number.POSITIVE_INFINITY, count: 2 },
      ],
      sum: 7,
      min: 0.25,
      max: undefined,
      floor: 0.25,
      ceiling: 1.5,
    });
  });

  it('have no least or largest value of their own where that of all is what it was', () => {
    const before = explicit([1], [1, 1], { min: 0.5, max: 3 });
    const since = measuredSince(before, explicit([1], [2, 1], { min: 0.5, max: 3 }));
    expect(since).toMatchObject({ min: undefined, max: undefined, floor: 0.5, ceiling: 3 });
  });

  it.each<[what: string, now: ExplicitBuckets | ExponentialBuckets, expected: string]>([
    ['a bucket has fewer', explicit([1], [0, 9]), 'reset'],
    ['there are fewer in all', explicit([1], [2, 1], { count: 1 }), 'reset'],
    ['a bound is another', explicit([2], [2, 9]), 'changed'],
    ['there are more bounds', explicit([1, 2], [2, 9, 9]), 'changed'],
    ['they are exponential now', exponential({}), 'changed'],
  ])('cannot be compared where %s', (_, now, expected) => {
    expect(measuredSince(explicit([1], [1, 1]), now)).toBe(expected);
  });
});

describe('exponential buckets', () => {
  it('are intervals, those of negative values mirrored', () => {
    const buckets = exponential({
      positive: { offset: 1, counts: [1, 2] },
      negative: { offset: -1, counts: [3, 4] },
      zeroCount: 5,
      zeroThreshold: 0.25,
    });
    expect(measured(buckets).intervals).toEqual([
      { low: -2, high: -1, count: 4 },
      { low: -1, high: -0.5, count: 3 },
      { low: -0.25, high: 0.25, count: 5 },
      { low: 2, high: 4, count: 1 },
      { low: 4, high: 8, count: 2 },
    ]);
  });

  it('have narrower ones at a higher scale', () => {
    const [interval] = measured(exponential({ scale: 1, positive: { offset: 2, counts: [1] } })).intervals;
    expect(interval?.low).toBeCloseTo(2, 12);
    expect(interval?.high).toBeCloseTo(2 * Math.SQRT2, 12);
  });

  it('end at the largest number that there is', () => {
    const [interval] = measured(exponential({ positive: { offset: 1023, counts: [1] } })).intervals;
    expect(interval).toEqual({ low: 2 ** 1023, high: Number.MAX_VALUE, count: 1 });
  });

  it('are compared at the coarser scale of the two, and with the zeros of the later', () => {
    const before = exponential({
      count: 6,
      scale: 1,
      zeroCount: 1,
      positive: { offset: -4, counts: [1, 1, 0, 0, 1, 2] },
    });
    const now = exponential({
      count: 9,
      scale: 0,
      zeroCount: 4,
      zeroThreshold: 0.5,
      positive: { offset: 0, counts: [4, 1] },
    });
    // The two between 1/4 and 1/2 are zeros now.
    const since = measuredSince(before, now);
    expect(since).toMatchObject({
      intervals: [
        { low: 0, high: 0.5, count: 1 },
        { low: 1, high: 2, count: 1 },
        { low: 2, high: 4, count: 1 },
      ],
    });
  });

  it.each<[what: string, now: Partial<ExponentialBuckets>]>([
    ['a bucket has fewer', { count: 9, positive: { offset: 3, counts: [1, 8] } }],
    ['a bucket is gone', { count: 9, positive: { offset: 4, counts: [9] } }],
    ['there are fewer zeros', { count: 9, zeroCount: 0, positive: { offset: 3, counts: [9] } }],
  ])('were begun anew where %s', (_, now) => {
    const before = exponential({ count: 3, zeroCount: 1, positive: { offset: 3, counts: [2] } });
    expect(measuredSince(before, exponential(now))).toBe('reset');
  });

  it('give what was added, whatever the scales', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        values,
        values,
        fc.integer({ min: -2, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        (old, young, scale, finer) => {
          const since = measuredSince(exponentialOf(old, scale + finer), exponentialOf([...old, ...young], scale));
          if (typeof since === 'string') throw new Error(since);
          expect(since.intervals.reduce((all, { count }) => all + count, 0)).toBe(young.length);
          for (const { low, high, count } of since.intervals) {
            const near = young.filter((value) => value > low * (1 - 1e-9) && value <= high * (1 + 1e-9));
            expect(near.length).toBeGreaterThanOrEqual(count);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what cannot be read as a histogram', () => {
  it.each<[what: string, buckets: ExplicitBuckets | ExponentialBuckets]>([
    ['a bucket too few', explicit([1, 2], [1, 2])],
    ['bounds that descend', explicit([2, 1], [1, 2, 3])],
    ['a bound that is no number', explicit([Number.NaN], [1, 2])],
    ['a negative count', explicit([1], [-1, 2])],
    ['half a value', explicit([1], [0.5, 2])],
    ['a count that is no number', explicit([1], [1, 2], { count: Number.NaN })],
    ['a scale that is none', exponential({ scale: 21 })],
    ['a scale that is no number', exponential({ scale: Number.NaN })],
    ['a negative zero threshold', exponential({ zeroThreshold: -1 })],
    ['half a zero', exponential({ zeroCount: 0.5 })],
  ])('%s', (_, buckets) => {
    expect(faultOf(buckets)).toMatch(/^(a|the|scale)/);
  });

  it('is not what can', () => {
    expect(faultOf(explicit([1, 2], [1, 2, 3]))).toBeUndefined();
    expect(faultOf(explicit([], []))).toBeUndefined();
    expect(faultOf(exponential({ scale: -3, positive: { offset: -5, counts: [1] } }))).toBeUndefined();
    expect([sizeOf(explicit([1], [1, 2])), sizeOf(exponential({ positive: { offset: 0, counts: [1, 2] } }))]).toEqual([
      3, 3,
    ]);
  });
});
