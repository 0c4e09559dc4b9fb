import { describe, expect, it } from 'vitest';
import { DDSketch } from '../../src/sketch/ddsketch.ts';
import { scaledValues } from '../../src/window/scaled.ts';

/** The values 1, 2 and 10, the last with a weight of 2. */
function many() {
  const sketch = new DDSketch();
  for (const value of [1, 2, 10, 10]) sketch.add(value);
  return {
    name: 'a',
    statistics: {
      count: 4,
      sum: 23,
      sumSquares: 205,
      min: 1,
      max: 10,
      mean: 5.75,
      median: 6,
      stddev: 4,
      percentiles: new Map([[90, 10]]),
    },
    quantile: (q: number) => (q <= 0.25 ? 1 : q <= 0.5 ? 2 : 10),
    sketch,
    values: () =>
      [
        [1, 1],
        [2, 1],
        [10, 2],
      ] as const,
    countsAtOrBelow: (bounds: readonly number[]) =>
      Float64Array.from(bounds, (bound) => (bound >= 10 ? 4 : bound >= 2 ? 2 : bound >= 1 ? 1 : 0)),
  };
}

describe('scaled series', () => {
  it('have all that comes of the values', () => {
    const scaled = scaledValues(many(), 0.5);
    expect(scaled.statistics).toEqual({
      count: 4,
      sum: 11.5,
      sumSquares: 51.25,
      min: 0.5,
      max: 5,
      mean: 2.875,
      median: 3,
      stddev: 2,
      percentiles: new Map([[90, 5]]),
    });
    expect([scaled.quantile(0.25), scaled.quantile(1)]).toEqual([0.5, 5]);
    expect([...scaled.countsAtOrBelow([0.4, 0.5, 1, 4, 5])]).toEqual([0, 1, 2, 2, 4]);
    expect([...scaled.values()!]).toEqual([
      [0.5, 1],
      [1, 1],
      [5, 2],
    ]);
    expect(scaled.sketch).toMatchObject({ count: 4, sum: 11.5, min: 0.5, max: 5, zeroCount: 0 });
    const weights = Array.from(scaled.sketch.positiveBins(), ([, weight]) => weight);
    expect(weights.reduce((sum, weight) => sum + weight)).toBe(4);
    expect(scaled.name).toBe('a');
  });

  it('turn round below 0', () => {
    const scaled = scaledValues(many(), -1);
    expect(scaled.statistics).toMatchObject({ sum: -23, min: -10, max: -1, mean: -5.75 });
    expect(Array.from(scaled.values()!, ([value]) => value)).toEqual([-10, -2, -1]);
    expect([scaled.quantile(0), scaled.quantile(1)]).toEqual([-10, -1]);
    expect([...scaled.countsAtOrBelow([-10, -2, -1, 0])]).toEqual([2, 3, 4, 4]);
    expect([...scaled.sketch.positiveBins()]).toEqual([]);
  });

  it.each([
    { scale: 0.5, bounds: [0.4, 0.5, 0.98, 1.02, 4, 5.1], counts: [0, 1, 1, 2, 2, 4] },
    { scale: -1, bounds: [-11, -9.9, -2.1, -1.9, -0.9, 0], counts: [0, 2, 2, 3, 4, 4] },
    { scale: 0, bounds: [-1, 0, 1], counts: [0, 4, 4] },
  ])('are counted at or below bounds as they are, by the sketch too: times $scale', ({ scale, bounds, counts }) => {
    expect([...scaledValues(many(), scale).countsAtOrBelow(bounds)]).toEqual(counts);
    const folded = scaledValues({ ...many(), values: () => undefined }, scale);
    expect([...folded.countsAtOrBelow(bounds)]).toEqual(counts);
  });
});
