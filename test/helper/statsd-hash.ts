import type { Series, StatsdMetrics, StatsdTimerData, Window } from '../../src/plugin.ts';

type Entries<T> = Readonly<Record<string, T>> | readonly (readonly [key: string, value: T])[];

/** A metrics hash of the original daemon in short. */
export interface StatsdInput extends Partial<Omit<StatsdMetrics, MapKey>> {
  readonly counters?: Entries<number>;
  /** Default: a tenth of the counters. */
  readonly counterRates?: Entries<number>;
  readonly gauges?: Entries<number>;
  readonly timers?: Entries<readonly number[]>;
  readonly timerCounters?: Entries<number>;
  readonly timerData?: Entries<{
    readonly fields: Entries<number>;
    readonly histogram?: Entries<number>;
  }>;
  /** Members by key. */
  readonly sets?: Entries<readonly string[]>;
}

type MapKey = 'counters' | 'counterRates' | 'gauges' | 'timers' | 'timerCounters' | 'timerData' | 'sets';

/** A metrics hash by hand; what is not given is empty or the original's default. */
export function makeStatsd(input: StatsdInput = {}): StatsdMetrics {
  const counters = mapOf(input.counters);
  return {
    timestamp: 1_700_000_010,
    startupTime: 1_700_000_000,
    prefixStats: 'statsd',
    flushIntervalMs: 10_000,
    percentThreshold: [90],
    histogram: undefined,
    processingTime: 0,
    ...input,
    counters,
    counterRates: input.counterRates
      ? mapOf(input.counterRates)
      : new Map(Array.from(counters, ([key, value]) => [key, value / 10])),
    gauges: mapOf(input.gauges),
    timers: mapOf(input.timers),
    timerCounters: mapOf(input.timerCounters),
    timerData: new Map(
      Array.from(mapOf(input.timerData), ([key, { fields, histogram }]): [string, StatsdTimerData] => [
        key,
        histogram === undefined ? { fields: mapOf(fields) } : { fields: mapOf(fields), histogram: mapOf(histogram) },
      ]),
    ),
    sets: new Map(Array.from(mapOf(input.sets), ([key, values]) => [key, { values, size: values.length }])),
  };
}

function mapOf<T>(entries: Entries<T> = []): Map<string, T> {
  return new Map(Array.isArray(entries) ? entries : Object.entries(entries as Readonly<Record<string, T>>));
}

/** The same as the original gives it to its back-ends: plain objects, and sets with methods. */
export function originalHash(metrics: StatsdMetrics): object {
  const timerData = Array.from(metrics.timerData, ([key, { fields, histogram }]) => [
    key,
    { ...Object.fromEntries(fields), ...(histogram && { histogram: Object.fromEntries(histogram) }) },
  ]);
  const sets = Array.from(metrics.sets, ([key, { values, size }]) => [
    key,
    { values: () => [...values], size: () => size },
  ]);
  return {
    counters: Object.fromEntries(metrics.counters),
    gauges: Object.fromEntries(metrics.gauges),
    timers: Object.fromEntries(metrics.timers),
    timer_counters: Object.fromEntries(metrics.timerCounters),
    sets: Object.fromEntries(sets),
    counter_rates: Object.fromEntries(metrics.counterRates),
    timer_data: Object.fromEntries(timerData),
    pctThreshold: metrics.percentThreshold,
    histogram: metrics.histogram,
    statsd_metrics: { processing_time: metrics.processingTime },
  };
}

/** The window with its series as the original would have them too, names and tags as they are. */
export function withStatsd(window: Window): Window {
  return { ...window, statsd: statsdOf(window) };
}

function statsdOf(window: Window): StatsdMetrics {
  const counters: [string, number][] = [];
  const gauges: [string, number][] = [];
  const timerData: [string, { fields: [string, number][] }][] = [];
  const sets: [string, string[]][] = [];
  for (const series of window.series) {
    const key = [series.name, ...series.tags].join(';');
    switch (series.type) {
      case 'counter':
        counters.push([key, series.value]);
        break;
      case 'gauge':
        gauges.push([key, series.value]);
        break;
      case 'timer':
      case 'histogram':
      case 'distribution':
        timerData.push([key, { fields: fieldsOf(series) }]);
        break;
      case 'set':
        sets.push([key, [key]]);
        break;
      default:
        series satisfies never;
    }
  }
  return makeStatsd({ timestamp: Math.round(window.endMs / 1000), counters, gauges, timerData, sets });
}

function fieldsOf({ statistics }: Extract<Series, { statistics: unknown }>): [string, number][] {
  return [
    ['upper_90', statistics.percentiles.get(90) ?? 0],
    ['mean', statistics.mean],
    ['sum', statistics.sum],
  ];
}
