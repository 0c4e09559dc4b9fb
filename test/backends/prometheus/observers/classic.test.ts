import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addClassic, limitOf } from '../../../../backends/prometheus/observers/classic.ts';
import { timerOf, type WeightedValue } from '../../../helper/value-series.ts';

const DEFAULT = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

describe('classic buckets', () => {
  it('include their bound: 100 ms in le 0.1', () => {
    const counts = new Float64Array(3);
    const all: WeightedValue[] = [50, 100, 5000].map((value) => [value, 1]);
    addClassic(counts, timerOf(all), [0.01, 0.1, 1], 1000);
    expect([...counts]).toEqual([0, 2, 2]);
    addClassic(counts, timerOf([[10, 2.5]]), [0.01, 0.1, 1], 1000);
    expect([...counts]).toEqual([2.5, 4.5, 4.5]);
  });

  it('hold each whole number of milliseconds at the bound of as many seconds', () => {
    for (let ms = 1; ms <= 20_000; ms++) {
      const limit = limitOf(ms / 1000, 1000);
      expect(limit).toBeGreaterThanOrEqual(ms);
      expect(limit).toBeLessThan(ms + 1e-9 * ms);
    }
  });

  it.each([
    { bound: 0.57, unit: 1000, limit: 570 },
    { bound: 0.1, unit: 1, limit: 0.1 },
    { bound: -2.5, unit: 1, limit: -2.5 },
  ])('$bound times $unit', ({ bound, unit, limit }) => {
    expect(Math.abs(limitOf(bound, unit) - limit)).toBeLessThan(1e-12 * Math.abs(limit));
    expect(limitOf(bound, unit) / unit).toBeLessThanOrEqual(bound);
  });

  it('are the naive counts of the values as they are on the page', () => {
    const value = fc.oneof(
      fc.constantFrom(...DEFAULT.map((bound) => bound * 1000), 0, -0, -5),
      fc.integer({ min: -20, max: 12_000 }),
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const points = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 5 })), { maxLength: 30 });
    const bound = fc.oneof(
      fc.constantFrom(...DEFAULT, 0, -0.005),
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const bounds = fc.array(bound, { maxLength: 12 }).map((all) => [...new Set(all)].sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(points, { maxLength: 4 }), bounds, fc.constantFrom(1, 1000), (windows, limits, unit) => {
        const counts = new Float64Array(limits.length);
        for (const window of windows) addClassic(counts, timerOf(window), limits, unit);
        const naive = limits.map((limit) =>
          windows.flat().reduce((sum, [one, weight]) => (one / unit <= limit ? sum + weight : sum), 0),
        );
        expect([...counts]).toEqual(naive);
      }),
      { numRuns: 200 },
    );
  });
});
