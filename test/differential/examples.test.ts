import { expect, test } from 'vitest';
import { valuesByName } from './compare.ts';
import { startNative, startOriginal } from './daemons.ts';
import { flushesOf } from './pair.ts';

const settings = {
  flushInterval: 500,
  percentThreshold: [90, 95, -10, 99.9, 50, 25, 75, 100, 0, 1],
  histogram: [
    { metric: 'bins', bins: [25, 50] },
    { metric: 'run_a', bins: [25, 50, 75.5, 'inf' as const] },
  ],
};

const sent: Readonly<Record<string, readonly string[]>> = {
  run_a: [70, 20, 100, 10, 50, 90, 30, 80, 60, 40].map((value) => `${value}|ms|@0.1`),
  run_b: ['42|ms'],
  run_c: ['4|ms', '1|ms', '2|ms'],
  run_d: ['0.1|ms', '0.2|ms', '0.3|ms'],
  run_e: ['20|ms', '10|ms'],
  bins: ['10|ms', '25|ms', '60|ms'],
};

/** Seen with the original, statsd 0.9.0; undefined where a field is left out. */
const fields: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  run_a: {
    ...threshold('90', '9', '50', 'upper', '90', '450', '28500'),
    ...threshold('95', '10', '55', 'upper', '100', '550', '38500'),
    ...threshold('top10', '1', '100', 'lower', '100', '100', '10000'),
    ...threshold('99_9', '10', '55', 'upper', '100', '550', '38500'),
    ...threshold('50', '5', '30', 'upper', '50', '150', '5500'),
    ...threshold('25', '3', '20', 'upper', '30', '60', '1400'),
    ...threshold('75', '8', '45', 'upper', '80', '360', '20400'),
    ...threshold('100', '10', '55', 'upper', '100', '550', '38500'),
    count_0: undefined,
    count_1: undefined,
    std: '28.722813232690143',
    upper: '100',
    lower: '10',
    count: '100',
    count_ps: '200',
    sum: '550',
    sum_squares: '38500',
    mean: '55',
    median: '55',
    'histogram.bin_25': '2',
    'histogram.bin_50': '2',
    'histogram.bin_75_5': '3',
    'histogram.bin_inf': '3',
  },
  run_b: {
    ...threshold('90', '1', '42', 'upper', '42', '42', '1764'),
    lower_top10: '42',
    lower_0: '42',
    std: '0',
    count: '1',
    median: '42',
  },
  run_c: {
    count_50: '2',
    upper_50: '2',
    mean_50: '1.5',
    count_25: '1',
    count_top10: undefined,
    std: '1.247219128924647',
    mean: '2.3333333333333335',
    median: '2',
  },
  run_d: {
    sum: '0.6000000000000001',
    sum_squares: '0.14',
    mean: '0.20000000000000004',
    std: '0.0816496580927726',
    median: '0.2',
  },
  run_e: { mean_90: '15', upper_25: '10', median: '15', std: '5' },
  bins: { 'histogram.bin_25': '1', 'histogram.bin_50': '1', 'histogram.bin_inf': undefined },
};

test('the statistics of timers have the same digits', async () => {
  const packets = Object.entries(sent).flatMap(([key, values]) => values.map((each) => Buffer.from(`${key}:${each}`)));
  const flushes = await flushesOf(settings, startOriginal, startNative, { transport: 'udp', packets });
  for (const flush of [flushes.theirs, flushes.ours]) {
    const values = valuesByName(flush);
    for (const [key, expected] of Object.entries(fields)) {
      const seen = Object.keys(expected).map((field) => [field, values.get(`stats.timers.${key}.${field}`)?.[0]]);
      expect.soft(Object.fromEntries(seen), key).toEqual(expected);
    }
  }
});

function threshold(
  suffix: string,
  count: string,
  mean: string,
  bound: 'upper' | 'lower',
  limit: string,
  sum: string,
  squares: string,
) {
  return {
    [`count_${suffix}`]: count,
    [`mean_${suffix}`]: mean,
    [`${bound}_${suffix}`]: limit,
    [`sum_${suffix}`]: sum,
    [`sum_squares_${suffix}`]: squares,
  };
}
