import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval, Measured } from '../../../../../frontends/http/senders/otlp/buckets.ts';
import { spread } from '../../../../../frontends/http/senders/otlp/spread.ts';

const INFINITE = Number.POSITIVE_INFINITY;

function given(intervals: readonly Interval[], more: Partial<Measured> = {}): Measured {
  return { intervals, sum: undefined, min: undefined, max: undefined, floor: undefined, ceiling: undefined, ...more };
}

function valuesOf(histogram: Measured) {
  const values: { value: number; weight: number }[] = [];
  const good = spread(histogram, (value, weight) => values.push({ value, weight }));
  const sum = values.reduce((all, { value, weight }) => all + value * weight, 0);
  const count = values.reduce((all, { weight }) => all + weight, 0);
  return { good, values, sum, count };
}

describe('the values of a histogram', () => {
  it('of one value are that value', () => {
    expect(valuesOf(given([{ low: 0, high: 10, count: 1 }], { sum: 3.25 })).values).toEqual([
      { value: 3.25, weight: 1 },
    ]);
  });

  it('lie evenly in their buckets where nothing else is known', () => {
    expect(valuesOf(given([{ low: 0, high: 8, count: 4 }])).values.map(({ value }) => value)).toEqual([1, 3, 5, 7]);
    expect(valuesOf(given([{ low: 0, high: 8, count: 40 }])).values).toEqual(
      [1, 3, 5, 7].map((value) => ({ value, weight: 10 })),
    );
  });

  it('have the least and the largest among them, where these are known', () => {
    const { values, count, sum } = valuesOf(
      given(
        [
          { low: 0, high: 10, count: 3 },
          { low: 10, high: INFINITE, count: 2 },
        ],
        { min: 2, floor: 2, max: 30, ceiling: 30, sum: 60 },
      ),
    );
    expect([Math.min(...values.map(({ value }) => value)), Math.max(...values.map(({ value }) => value))]).toEqual([
      2, 30,
    ]);
    expect(count).toBe(5);
    expect(sum).toBeCloseTo(60, 9);
  });

  it('over the last bound lie where the sum has them', () => {
    const { values } = valuesOf(given([{ low: 10, high: INFINITE, count: 4 }], { sum: 100 }));
    expect(values.every(({ value }) => value === 25)).toBe(true);
    expect(valuesOf(given([{ low: 10, high: INFINITE, count: 4 }])).values.every(({ value }) => value === 10)).toBe(
      true,
    );
  });

  it('under the first bound are over 0 where the bound is', () => {
    const { values } = valuesOf(given([{ low: -INFINITE, high: 8, count: 4 }]));
    expect(values.map(({ value }) => value)).toEqual([1, 3, 5, 7]);
    expect(valuesOf(given([{ low: -INFINITE, high: -8, count: 2 }])).values.every(({ value }) => value === -8)).toBe(
      true,
    );
  });

  it('without buckets lie between least and largest, or else at their mean', () => {
    const all = [{ low: -INFINITE, high: INFINITE, count: 4 }];
    expect(valuesOf(given(all, { sum: 20 })).values.every(({ value }) => value === 5)).toBe(true);
    const known = valuesOf(given(all, { sum: 20, min: 1, floor: 1, max: 8, ceiling: 8 }));
    expect(known).toMatchObject({ count: 4 });
    expect(known.sum).toBeCloseTo(20, 9);
    expect(valuesOf(given(all))).toMatchObject({ good: false, values: [] });
  });

  it('of none are none', () => {
    expect(valuesOf(given([]))).toMatchObject({ good: true, values: [] });
  });

  const bounds = fc
    .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 })
    .map((all) => all.sort((a, b) => a - b));
  const samples = fc.array(fc.double({ min: 0.001, max: 1500, noNaN: true }), { minLength: 1, maxLength: 60 });

  it.each([true, false])(
    'fall into their buckets again, and have the same sum (least and largest known: %s)',
    (extremes) => {
      fc.assert(
        fc.property(bounds, samples, (edges, values) => {
          const all = [...edges, INFINITE].map((high, index) => {
            const low = edges[index - 1] ?? -INFINITE;
            return { low, high, count: values.filter((value) => value > low && value <= high).length };
          });
          const intervals = all.filter(({ count }) => count > 0);
          const sum = values.reduce((total, value) => total + value, 0);
          const [min, max] = [Math.min(...values), Math.max(...values)];
          const known = extremes ? { min, max, floor: min, ceiling: max } : {};
          const found = valuesOf(given(intervals, { sum, ...known }));
          expect(found.count).toBe(values.length);
          for (const { low, high, count } of intervals) {
            const within = found.values.filter(({ value }) => value >= low && value <= high);
            expect(within.reduce((total, { weight }) => total + weight, 0)).toBeGreaterThanOrEqual(count);
          }
          if (!extremes && !Number.isFinite(intervals.at(-1)!.high)) return;
          expect(Math.abs(found.sum - sum)).toBeLessThanOrEqual(1e-9 * Math.abs(sum) + (extremes ? 0 : 1e-9));
        }),
        { numRuns: 300 },
      );
    },
  );
});
