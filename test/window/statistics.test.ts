import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DDSketch } from '../../src/sketch/ddsketch.ts';
import {
  COUNT,
  countsAtOrBelow,
  MEAN,
  PERCENTILES,
  quantile,
  readStatistics,
  SUM,
  sketchCountsAtOrBelow,
  sortWeighted,
  statisticsWidth,
  writeSketchStatistics,
  writeStatistics,
} from '../../src/window/statistics.ts';

type Sample = readonly [value: number, weight: number];

function statisticsOf(values: readonly number[], weights?: readonly number[], percentiles: readonly number[] = [90]) {
  const sortedValues = Float64Array.from(values);
  const sortedWeights = weights === undefined ? undefined : Float64Array.from(weights);
  sortWeighted(sortedValues, sortedWeights);
  const row = new Float64Array(statisticsWidth(percentiles));
  writeStatistics(row, 0, sortedValues, sortedWeights, percentiles);
  return readStatistics(row, 0, percentiles);
}

function sketchStatisticsOf(samples: Iterable<Sample>, percentiles: readonly number[] = [90]) {
  const sketch = new DDSketch();
  for (const [value, weight] of samples) sketch.add(value, weight);
  const row = new Float64Array(statisticsWidth(percentiles));
  writeSketchStatistics(row, 0, sketch, percentiles);
  return readStatistics(row, 0, percentiles);
}

/** Each value repeated as often as it weighs, ascending. */
function expand(samples: readonly Sample[]): number[] {
  return samples.flatMap(([value, weight]) => Array<number>(weight).fill(value)).sort((a, b) => a - b);
}

/** `thousandths` of the multiset by nearest rank, in whole numbers. */
function nearestRank(ascending: readonly number[], thousandths: number): number {
  return ascending[Math.max(Math.ceil((thousandths * ascending.length) / 1000), 1) - 1]!;
}

/** Without magnitudes whose squares are no normal doubles: no two ways to add those give the same digits. */
const values = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => (Math.abs(value) < 1e-100 ? 0 : value));
const weighted = fc.array(fc.tuple(fc.oneof(values, fc.integer({ min: -3, max: 3 })), fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
  maxLength: 80,
});

describe('writeStatistics', () => {
  it.each([
    {
      input: [70, 10, 100, 30, 90, 50, 20, 80, 60, 40],
      expected: {
        count: 10,
        sum: 550,
        sumSquares: 38500,
        min: 10,
        max: 100,
        mean: 55,
        median: 55,
        stddev: 28.722813232690143,
      },
    },
    {
      input: [4, 1, 2],
      expected: {
        count: 3,
        sum: 7,
        sumSquares: 21,
        min: 1,
        max: 4,
        mean: 2.3333333333333335,
        median: 2,
        stddev: 1.247219128924647,
      },
    },
    {
      input: [0.3, 0.1, 0.2],
      expected: {
        count: 3,
        sum: 0.6000000000000001,
        sumSquares: 0.14,
        min: 0.1,
        max: 0.3,
        mean: 0.20000000000000004,
        median: 0.2,
        stddev: 0.0816496580927726,
      },
    },
    {
      input: [20, 10],
      expected: { count: 2, sum: 30, sumSquares: 500, min: 10, max: 20, mean: 15, median: 15, stddev: 5 },
    },
    {
      input: [42],
      expected: { count: 1, sum: 42, sumSquares: 1764, min: 42, max: 42, mean: 42, median: 42, stddev: 0 },
    },
  ])('gives the digits of statsd for $input', ({ input, expected }) => {
    expect(statisticsOf(input)).toMatchObject(expected);
    expect(statisticsOf(input, Array<number>(input.length).fill(1))).toMatchObject(expected);
  });

  it.each<readonly [percentile: number, n: number, index: number]>([
    [90, 10, 9],
    [95, 10, 10],
    [99.9, 10, 10],
    [50, 10, 5],
    [25, 10, 3],
    [100, 10, 10],
    [120, 10, 10],
    [0, 10, 1],
    [-10, 10, 1],
    [99.9, 1000, 999],
    [99.9, 1001, 1000],
    [99.99, 10_000, 9999],
    [33.3, 1000, 333],
    [7, 100, 7],
    [29, 100, 29],
    [57, 100, 57],
    [90, 1, 1],
    [0.001, 100_000, 1],
    [1e-9, 10, 1],
  ])('percentile %d of 1 to %d is %d', (percentile, n, index) => {
    const input = Array.from({ length: n }, (_, i) => i + 1);
    expect(statisticsOf(input, undefined, [percentile]).percentiles.get(percentile)).toBe(index);
    expect(statisticsOf(input, Array<number>(n).fill(1), [percentile]).percentiles.get(percentile)).toBe(index);
    expect(statisticsOf(input, Array<number>(n).fill(1 / 0.3), [percentile]).percentiles.get(percentile)).toBe(index);
  });

  it('agrees with the multiset in which each value stands as often as it weighs', () => {
    fc.assert(
      fc.property(weighted, fc.integer({ min: 0, max: 1000 }), (samples, thousandths) => {
        const all = expand(samples);
        const n = all.length;
        const sum = all.reduce((total, value) => total + value, 0);
        const mean = sum / n;
        const percentile = thousandths / 10;
        const statistics = statisticsOf(
          samples.map(([value]) => value),
          samples.map(([, weight]) => weight),
          [percentile],
        );
        const largest = Math.max(Math.abs(all[0]!), Math.abs(all[n - 1]!), Number.MIN_VALUE);
        const near = (actual: number, wanted: number, size: number) =>
          expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-12 * size);
        expect(statistics).toMatchObject({ count: n, min: all[0], max: all[n - 1] });
        near(statistics.sum, sum, n * largest);
        near(
          statistics.sumSquares,
          all.reduce((total, value) => total + value * value, 0),
          n * largest * largest,
        );
        near(statistics.mean, mean, largest);
        near(
          statistics.stddev,
          Math.sqrt(all.reduce((total, value) => total + (value - mean) ** 2, 0) / n),
          largest * 1e3,
        );
        expect(statistics.median).toBe((all[(n - 1) >> 1]! + all[n >> 1]!) / 2);
        expect(statistics.percentiles.get(percentile)).toBe(nearestRank(all, thousandths));
      }),
      { numRuns: 1000 },
    );
  });

  it('scales count and sums with equal weights, and nothing else', () => {
    const input = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    const sampled = statisticsOf(input, Array<number>(10).fill(10));
    expect(sampled).toMatchObject({ count: 100, sum: 5500, sumSquares: 385000, mean: 55, median: 55 });
    expect(sampled.stddev).toBeCloseTo(28.722813232690143, 12);
    expect(sampled.percentiles).toEqual(new Map([[90, 90]]));
  });

  it('has a median between two values only when they halve the weight', () => {
    expect(statisticsOf([1, 2, 3], [1, 1, 2]).median).toBe(2.5);
    expect(statisticsOf([1, 2, 3], [1, 2, 1]).median).toBe(2);
    expect(statisticsOf([1, 2, 3], [3, 1, 1]).median).toBe(1);
    expect(statisticsOf([1, 2, 3, 4], [0.1, 0.2, 0.2, 0.1]).median).toBe(2.5);
  });

  it('keeps a small spread around a large mean', () => {
    expect(statisticsOf([1e9, 1e9 + 1, 1e9 + 2]).stddev).toBeCloseTo(0.816496580927726, 12);
  });

  it('stays finite when sums overflow', () => {
    const { MAX_VALUE } = Number;
    expect(statisticsOf([MAX_VALUE, MAX_VALUE])).toMatchObject({
      sum: MAX_VALUE,
      sumSquares: MAX_VALUE,
      mean: MAX_VALUE,
      median: MAX_VALUE,
      stddev: 0,
    });
    const mixed = statisticsOf([-MAX_VALUE, -MAX_VALUE, MAX_VALUE, MAX_VALUE]);
    expect(mixed).toMatchObject({ sum: 0, mean: 0, median: 0 });
    expect(mixed.stddev / MAX_VALUE).toBeCloseTo(1, 12);
    expect(statisticsOf([-1e154, 1e154], [0.001, 0.001]).stddev / 1e154).toBeCloseTo(1, 12);
    expect(statisticsOf([1e200, 3e200])).toMatchObject({ sum: 4e200, sumSquares: MAX_VALUE, mean: 2e200 });
    expect(statisticsOf([1e200, 3e200]).stddev / 1e200).toBeCloseTo(1, 12);
  });

  it('touches its own columns only', () => {
    const row = new Float64Array(2 + statisticsWidth([50, 99]) + 2).fill(-1);
    writeStatistics(row, 2, Float64Array.of(1, 2, 3), undefined, [50, 99]);
    expect([...row]).toEqual([-1, -1, 3, 6, 14, 1, 3, 2, 2, Math.sqrt(2 / 3), 2, 3, -1, -1]);
    expect([row[2 + COUNT], row[2 + SUM], row[2 + MEAN], row[2 + PERCENTILES + 1]]).toEqual([3, 6, 2, 3]);
    expect([...readStatistics(row, 2, [50, 99]).percentiles]).toEqual([
      [50, 2],
      [99, 3],
    ]);
  });

  it('is all 0 without values', () => {
    const row = new Float64Array(1 + statisticsWidth([90]) + 1).fill(7);
    writeStatistics(row, 1, new Float64Array(0), undefined, [90]);
    expect([...row]).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    row.fill(7);
    writeSketchStatistics(row, 1, new DDSketch(), [90]);
    expect([...row]).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
  });
});

describe('writeSketchStatistics', () => {
  it('agrees with the exact statistics within 1 %', () => {
    const positive = fc.array(
      fc.tuple(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 9 })),
      {
        minLength: 1,
        maxLength: 300,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(positive, fc.integer({ min: 0, max: 1000 }), (samples, thousandths) => {
        const all = expand(samples);
        const n = all.length;
        const mean = all.reduce((total, value) => total + value, 0) / n;
        const percentile = thousandths / 10;
        const statistics = sketchStatisticsOf(samples, [percentile]);
        expect(statistics).toMatchObject({ count: n, min: all[0], max: all[n - 1] });
        expect(statistics.mean / mean).toBeCloseTo(1, 12);
        expect(statistics.sum / (mean * n)).toBeCloseTo(1, 12);
        expect(Math.abs(statistics.median / nearestRank(all, 500) - 1)).toBeLessThan(0.01);
        expect(Math.abs(statistics.percentiles.get(percentile)! / nearestRank(all, thousandths) - 1)).toBeLessThan(
          0.01,
        );
        const stddev = Math.sqrt(all.reduce((total, value) => total + (value - mean) ** 2, 0) / n);
        expect(Math.abs(statistics.stddev - stddev)).toBeLessThanOrEqual(1e-6 * all[n - 1]!);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('never takes the root of a negative variance', () => {
    for (let i = 0; i < 100; i++) {
      const value = 0.1 + i / 7;
      expect(sketchStatisticsOf([[value, 3]]).stddev).toBeLessThan(1e-6 * value);
    }
  });

  it('stays finite when sums overflow', () => {
    const { MAX_VALUE } = Number;
    const one = sketchStatisticsOf([[MAX_VALUE, 3]]);
    expect(one).toMatchObject({ count: 3, sum: MAX_VALUE, sumSquares: MAX_VALUE, mean: MAX_VALUE, stddev: 0 });
    const mixed = sketchStatisticsOf([
      [-1e200, 1],
      [0, 2],
      [1e200, 1],
    ]);
    expect(mixed).toMatchObject({ count: 4, sumSquares: MAX_VALUE, mean: 0, median: 0, min: -1e200, max: 1e200 });
    expect(Math.abs(mixed.stddev / (1e200 * Math.SQRT1_2) - 1)).toBeLessThan(0.01);
    for (let digit = 1; digit < 10; digit++) {
      const spread = sketchStatisticsOf([
        [-digit * 1e203, 1],
        [-2e200, 1],
        [-1e200, 1],
        [digit * 1e203, 1],
        [digit * 1e201, 1],
      ]);
      expect(spread).toMatchObject({ min: -digit * 1e203, max: digit * 1e203 });
      expect(Math.abs(spread.median / -1e200 - 1)).toBeLessThan(0.01);
    }
  });
});

describe('sortWeighted', () => {
  it('keeps each weight with its value', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 300,
      size: 'max',
    });
    fc.assert(
      fc.property(pairs, (input) => {
        const sortedValues = Float64Array.from(input, ([value]) => value);
        const weights = Float64Array.from(input, ([, weight]) => weight);
        sortWeighted(sortedValues, weights);
        // Both sorts are stable where weights differ; with equal weights there is nothing to tell apart.
        const expected = [...input].sort(([a], [b]) => a - b);
        expect(Array.from(sortedValues, (value, i) => [value, weights[i]])).toEqual(expected);
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });

  it.each([0, 1, 2, 16, 17, 33, 1000, 4097])('sorts %d values in any pattern', (n) => {
    for (const pattern of [
      (i: number) => i,
      (i: number) => -i,
      (i: number) => (i * 7919) % 1009,
      (i: number) => i % 2,
    ]) {
      const sortedValues = Float64Array.from({ length: n }, (_, i) => pattern(i));
      const weights = sortedValues.map((value) => value * 2 + 1);
      const expected = sortedValues.toSorted();
      sortWeighted(sortedValues, weights);
      expect(sortedValues).toEqual(expected);
      expect(weights).toEqual(expected.map((value) => value * 2 + 1));
    }
  });

  it('sorts a slice and leaves what is around it', () => {
    const all = Float64Array.of(9, 3, 1, 2, 0);
    const weights = Float64Array.of(90, 30, 10, 20, 0);
    sortWeighted(all.subarray(1, 4), weights.subarray(1, 4));
    expect([...all]).toEqual([9, 1, 2, 3, 0]);
    expect([...weights]).toEqual([90, 10, 20, 30, 0]);
  });

  it('sorts numbers as numbers without weights', () => {
    const all = Float64Array.of(10, 9, -1, 100);
    sortWeighted(all, undefined);
    expect([...all]).toEqual([-1, 9, 10, 100]);
  });
});

describe('quantile', () => {
  it('is the nearest rank', () => {
    const ascending = Float64Array.of(1, 2, 3, 4);
    expect([-1, 0, 0.25, 0.26, 0.5, 0.75, 0.76, 1, 2].map((q) => quantile(ascending, undefined, q))).toEqual([
      1, 1, 1, 2, 2, 3, 4, 4, 4,
    ]);
    const weights = Float64Array.of(1, 1, 1, 7);
    expect([0, 0.1, 0.2, 0.3, 0.31, 1].map((q) => quantile(ascending, weights, q))).toEqual([1, 1, 2, 3, 4, 4]);
  });

  it('gives the last value for 1, however little it weighs', () => {
    expect(quantile(Float64Array.of(1, 2), Float64Array.of(1, 1e-30), 1)).toBe(2);
  });

  it('is 0 without values', () => {
    expect(quantile(new Float64Array(0), undefined, 0.5)).toBe(0);
  });
});

describe('counts at or below bounds', () => {
  const bounds = fc
    .array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -4, max: 4 })), { maxLength: 20 })
    .map((all) => all.sort((a, b) => a - b));

  it('are the naive ones', () => {
    fc.assert(
      fc.property(weighted, bounds, (samples, limits) => {
        const columns = { values: samples.map(([value]) => value), weights: samples.map(([, weight]) => weight) };
        const values = Float64Array.from([99, ...columns.values, -99]);
        const weights = Float64Array.from([99, ...columns.weights, 99]);
        const end = values.length - 1;
        sortWeighted(values, weights, 1, end);
        const naive = (ofEach: (sample: Sample) => number) =>
          limits.map((limit) => samples.reduce((sum, sample) => (sample[0] <= limit ? sum + ofEach(sample) : sum), 0));
        expect([...countsAtOrBelow(values, weights, limits, 1, end)]).toEqual(naive(([, weight]) => weight));
        expect([...countsAtOrBelow(values, undefined, limits, 1, end)]).toEqual(naive(() => 1));
      }),
      { numRuns: 200 },
    );
  });

  it('of a sketch are those of values within 0.78 %, and its count at the largest value', () => {
    fc.assert(
      fc.property(weighted, (samples) => {
        const sketch = new DDSketch();
        for (const [value, weight] of samples) sketch.add(value, weight);
        const naive = (limit: number) =>
          samples.reduce((sum, [value, weight]) => (value <= limit ? sum + weight : sum), 0);
        const limits = samples.map(([value]) => value).sort((a, b) => a - b);
        const counts = sketchCountsAtOrBelow(sketch, limits);
        for (const [i, limit] of limits.entries()) {
          expect(counts[i]).toBeGreaterThanOrEqual(naive(limit - Math.abs(limit) * 0.016));
          expect(counts[i]).toBeLessThanOrEqual(naive(limit + Math.abs(limit) * 0.016));
        }
        expect(counts.at(-1)).toBe(sketch.count);
      }),
      { numRuns: 200 },
    );
  });

  it.each<{ name: string; samples: Sample[]; limits: number[]; counts: number[] }>([
    {
      // 99.2 to 100.7 share a bin, which stands for 99.95: the smallest value, 100.6, moves that up to itself.
      name: 'a bin counts as a value that there may be',
      samples: [
        [100.6, 3],
        [1e6, 1],
      ],
      limits: [100, 101],
      counts: [0, 3],
    },
    {
      name: 'zeros and negative values',
      samples: [
        [-50, 2],
        [0, 1],
        [7, 1],
      ],
      limits: [-51, -49, 0, 1, 8],
      counts: [0, 2, 3, 3, 4],
    },
    { name: 'nothing', samples: [], limits: [-1, 0, 1], counts: [0, 0, 0] },
  ])('of a sketch: $name', ({ samples, limits, counts }) => {
    const sketch = new DDSketch();
    for (const [value, weight] of samples) sketch.add(value, weight);
    expect([...sketchCountsAtOrBelow(sketch, limits)]).toEqual(counts);
  });
});
