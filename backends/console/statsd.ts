import { inspect } from 'node:util';
import type { StatsdMetrics, StatsdTimerData } from '../../src/plugin.ts';

export interface StatsdTextOptions {
  /** One level deeper, and in colours even where there is no terminal. */
  readonly prettyprint: boolean;
  /** Whether the output is a terminal with colours. */
  readonly colour: boolean;
}

/**
 * What the original's back-end `console` prints: a line with the date, and its metrics hash as `console.log` shows an
 * object, for which `util.inspect` is asked for all of it at once.
 */
export function statsdText(metrics: StatsdMetrics, { prettyprint, colour }: StatsdTextOptions): string {
  const date = new Date(metrics.timestamp * 1000).toString();
  const options = prettyprint ? { depth: 5, colors: true } : { colors: colour };
  // `console.log` puts a blank between its arguments, the first of which ends with one.
  return `Flushing stats at  ${date}\n${inspect(shown(metrics), options)}\n`;
}

// `fromEntries` makes every key a property of its own, `__proto__` too.
function shown(metrics: StatsdMetrics): object {
  return {
    counters: Object.fromEntries(metrics.counters),
    timers: Object.fromEntries(metrics.timers),
    gauges: Object.fromEntries(metrics.gauges),
    timer_data: Object.fromEntries(Array.from(metrics.timerData, ([key, data]) => [key, timerData(data)])),
    counter_rates: Object.fromEntries(metrics.counterRates),
    sets: Object.fromEntries(Array.from(metrics.sets, ([key, { values }]) => [key, values])),
    pctThreshold: metrics.percentThreshold,
  };
}

function timerData({ fields, histogram }: StatsdTimerData): object {
  const data = Object.fromEntries(fields);
  return histogram === undefined ? data : { ...data, histogram: Object.fromEntries(histogram) };
}
