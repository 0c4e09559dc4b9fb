import type { TimerSeries } from '../../src/plugin.ts';

/** What the aggregates of a timer or histogram are made of. */
export type Summary = Pick<TimerSeries, 'statistics' | 'quantile'>;

/**
 * A series as the Datadog Agent weighs its values: one that was sent with rate r counts ⌊1/r⌋ times, while their sum has 1/r of each,
 * so that with `@0.3` the average may be over the greatest value. Of a series with only a sketch left, as it is.
 */
export function agentSummary(series: TimerSeries): Summary {
  const values = series.values();
  if (values === undefined) return series;
  const repeated = Array.from(values, ([value, weight]) => [value, Math.floor(weight)] as const);
  const count = repeated.reduce((total, [, times]) => total + times, 0);
  if (count === series.statistics.count) return series;
  const { sum } = series.statistics;
  return {
    statistics: { ...series.statistics, count, mean: sum / count },
    quantile: (q) => ranked(repeated, Math.floor((Math.round(q * 100) * count - 1) / 100)),
  };
}

/** The first value up to which there are more than `rank`. */
function ranked(ascending: readonly (readonly [value: number, times: number])[], rank: number): number {
  let running = 0;
  for (const [value, times] of ascending) {
    running += times;
    if (running > rank) return value;
  }
  return ascending.at(-1)?.[0] ?? 0;
}
