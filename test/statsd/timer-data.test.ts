import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultStatsdSettings, type StatsdSettings } from '../../src/config/settings.ts';
import { readTimerData, rowWidth, writeTimerRow } from '../../src/statsd/timer-data.ts';
import { timerFields } from '../../src/statsd/timer-fields.ts';

/** Fields of one timer with these values, as plain data in their order. */
function timerData(values: readonly number[], settings: Partial<StatsdSettings>, options: Options = {}) {
  const { counter = values.length, seconds = 10, key = 't' } = options;
  const fields = timerFields({ ...defaultStatsdSettings, ...settings });
  const sorted = Float64Array.from(values).sort();
  // Somewhere in the middle of larger tables, as in a flush.
  const all = Float64Array.of(7, ...sorted, 9);
  const row = new Float64Array(rowWidth(fields) + 3);
  if (values.length > 0) writeTimerRow(row, 3, all, 1, values.length + 1, counter, seconds, fields);
  const data = readTimerData(key, row, 3, all, 1, values.length + 1, fields);
  const histogram = data.histogram && { histogram: Object.fromEntries(data.histogram) };
  return { ...Object.fromEntries(data.fields), ...histogram };
}

interface Options {
  readonly counter?: number;
  readonly seconds?: number;
  readonly key?: string;
}

const shuffledTens = [70, 10, 100, 30, 20, 90, 60, 50, 40, 80];

describe('ten values 10 to 100 at a rate of 0.1 (run A)', () => {
  const withPercent = (percent: number) =>
    timerData(shuffledTens, { percentThreshold: [percent] }, { counter: 100, seconds: 60 });
  const totals = {
    std: 28.722813232690143,
    upper: 100,
    lower: 10,
    count: 100,
    count_ps: 1.6666666666666667,
    sum: 550,
    sum_squares: 38500,
    mean: 55,
    median: 55,
  };

  it.each([
    [90, '90', 9, 50, 'upper', 90, 450, 28500],
    [95, '95', 10, 55, 'upper', 100, 550, 38500],
    [-10, 'top10', 1, 100, 'lower', 100, 100, 10000],
    [99.9, '99_9', 10, 55, 'upper', 100, 550, 38500],
    [50, '50', 5, 30, 'upper', 50, 150, 5500],
    [25, '25', 3, 20, 'upper', 30, 60, 1400],
    [75, '75', 8, 45, 'upper', 80, 360, 20400],
    [100, '100', 10, 55, 'upper', 100, 550, 38500],
    // Here the original has NaN: a threshold takes all values and no more.
    [-99.9, 'top99_9', 10, 55, 'lower', 10, 550, 38500],
    [-100, 'top100', 10, 55, 'lower', 10, 550, 38500],
    [120, '120', 10, 55, 'upper', 100, 550, 38500],
  ] as const)('threshold %d', (percent, suffix, count, mean, bound, limit, sum, squares) => {
    expect(withPercent(percent)).toEqual({
      [`count_${suffix}`]: count,
      [`mean_${suffix}`]: mean,
      [`${bound}_${suffix}`]: limit,
      [`sum_${suffix}`]: sum,
      [`sum_squares_${suffix}`]: squares,
      ...totals,
    });
  });

  it.each([0, 1])('threshold %d has no values and is left out', (percent) => {
    expect(withPercent(percent)).toEqual(totals);
  });

  it('has the order of the original', () => {
    const names = Object.keys(timerData(shuffledTens, { percentThreshold: [90, -10], histogram: [] }));
    expect(names).toEqual([
      ...['count_90', 'mean_90', 'upper_90', 'sum_90', 'sum_squares_90'],
      ...['count_top10', 'mean_top10', 'lower_top10', 'sum_top10', 'sum_squares_top10'],
      ...['std', 'upper', 'lower', 'count', 'count_ps', 'sum', 'sum_squares', 'mean', 'median'],
    ]);
  });

  it('has the values of each bin that no bin before it took', () => {
    const bins = [25, 50, 75.5, 'inf'] as const;
    const data = timerData(shuffledTens, { histogram: [{ metric: '', bins }] });
    expect(data).toMatchObject({ histogram: { bin_25: 2, bin_50: 2, bin_75_5: 3, bin_inf: 3 } });
    expect(Object.keys(data).at(-1)).toBe('histogram');
  });
});

it('one value is every percentile, whatever the threshold (run B)', () => {
  expect(timerData([42], { percentThreshold: [90, -10, 0] })).toMatchObject({
    ...{ count_90: 1, mean_90: 42, upper_90: 42, sum_90: 42, sum_squares_90: 1764 },
    ...{ lower_top10: 42, lower_0: 42, std: 0, count: 1, median: 42 },
  });
});

it('has the digits of the run C', () => {
  const data = timerData([4, 1, 2], { percentThreshold: [50, 25, -10] });
  expect(data).toMatchObject({
    ...{ count_50: 2, upper_50: 2, mean_50: 1.5, count_25: 1 },
    ...{ std: 1.247219128924647, mean: 2.3333333333333335, median: 2 },
  });
  expect(data).not.toHaveProperty('count_top10');
});

it('adds up from the smallest value (run D)', () => {
  expect(timerData([0.3, 0.1, 0.2], { percentThreshold: [] })).toEqual({
    ...{ std: 0.0816496580927726, upper: 0.3, lower: 0.1, count: 3, count_ps: 0.3, sum: 0.6000000000000001 },
    ...{ sum_squares: 0.14, mean: 0.20000000000000004, median: 0.2 },
  });
});

it('rounds half a value up (run E)', () => {
  const data = timerData([20, 10], { percentThreshold: [90, 25] });
  expect(data).toMatchObject({ count_90: 2, mean_90: 15, count_25: 1, upper_25: 10, median: 15, std: 5 });
});

it('an idle timer has nothing but its count', () => {
  const bins = [1, 'inf'] as const;
  expect(Object.entries(timerData([], { histogram: [{ metric: '', bins }] }))).toEqual([
    ['count_ps', 0],
    ['count', 0],
  ]);
  expect(timerData([], { calculatedTimerMetrics: ['mean'] })).toEqual({});
});

describe('histogram', () => {
  it.each([
    ['the first entry that fits', 'api.time', { bin_1: 1, bin_inf: 2 }],
    ['one that fits every key', 'other', { bin_10: 3 }],
    ['none, where the entry that fits has no bins', 'off.time', undefined],
  ])('takes %s', (_, key, expected) => {
    const histogram = [
      { metric: 'api', bins: [1, 'inf'] },
      { metric: 'off', bins: [] },
      { metric: '', bins: [10] },
    ] as const;
    expect(timerData([0.5, 5, 7], { histogram }, { key })).toEqual(
      expected === undefined
        ? expect.not.objectContaining({ histogram: expect.anything() })
        : expect.objectContaining({ histogram: expected }),
    );
  });

  it('leaves out what is over the last limit, and puts a limit into the next bin', () => {
    const histogram = [{ metric: '', bins: [25, 50] }];
    expect(timerData([10, 25, 60], { histogram })).toMatchObject({ histogram: { bin_25: 1, bin_50: 1 } });
  });
});

describe('calculatedTimerMetrics', () => {
  const percentThreshold = [90, -10, 99.9];
  const histogram = [{ metric: '', bins: ['inf' as const] }];
  it.each([
    [
      ['count', 'median', 'upper_percent', 'histogram'],
      ['upper_90', 'upper_99_9', 'count', 'median', 'histogram'],
    ],
    [['lower_percent'], ['lower_top10']],
    [['upper_99_percent'], ['upper_99_9']],
    [
      ['count_ps', 'upper'],
      ['upper', 'count_ps'],
    ],
    [['upper_90'], []],
  ])('%j lets through %j', (calculatedTimerMetrics, expected) => {
    const data = timerData(shuffledTens, { percentThreshold, histogram, calculatedTimerMetrics });
    expect(Object.keys(data)).toEqual(expected);
  });
});

describe('beside the original', () => {
  const original = createRequire(import.meta.url)('statsd/lib/process_metrics.js') as {
    process_metrics(
      metrics: object,
      calculated: readonly string[],
      intervalMs: number,
      timestamp: number,
      done: (metrics: { timer_data: Record<string, Record<string, unknown>> }) => void,
    ): void;
  };

  it('has the same digits in the same order for any values, thresholds, bins and lists of fields', () => {
    const value = fc.oneof(
      fc.nat(1000),
      fc.double({ min: 0, max: 1e9, noNaN: true }).map((one) => one + 0),
      fc.constantFrom(0.1, 0.2, 0.3, 1e21, 5e-324),
    );
    /** Those for which the original has NaN: as many values as there are, or more. */
    const threshold = fc.oneof(fc.integer({ min: -60, max: 100 }), fc.constantFrom(99.9, -0.5, 33.3, 0));
    const bins = fc.array(fc.oneof(fc.nat(1000), fc.constantFrom(0.5, 'inf' as const)), { maxLength: 5 });
    const wanted = fc.subarray(['count', 'upper_percent', 'lower_percent', 'sum_squares_percent', 'histogram', 'std']);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 400 }),
        fc.array(threshold, { maxLength: 4 }),
        bins,
        wanted,
        (values, percents, limits, calculated) => {
          const percentThreshold = percents.filter(
            (percent) =>
              values.length === 1 ||
              percent > 0 ||
              Math.round((Math.abs(percent) / 100) * values.length) < values.length,
          );
          // The original drops 99.9 from a list; here it is folded as the others are.
          const calculatedTimerMetrics = percentThreshold.some((one) => one % 1 !== 0) ? [] : calculated;
          const histogram = [{ metric: 't', bins: limits }];
          let expected: Record<string, unknown> = {};
          original.process_metrics(
            {
              counters: {},
              timers: { t: [...values] },
              timer_counters: { t: 12.5 },
              pctThreshold: percentThreshold,
              histogram,
            },
            calculatedTimerMetrics,
            700,
            0,
            ({ timer_data }) => {
              expected = timer_data.t!;
            },
          );
          const settings = { percentThreshold, histogram, calculatedTimerMetrics };
          const data = timerData(values, settings, { counter: 12.5, seconds: 0.7 });
          expect(Object.entries(data)).toEqual(Object.entries(expected));
        },
      ),
      { numRuns: 500 },
    );
  });
});
