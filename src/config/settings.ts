import type { MetricType } from '../plugin.ts';

/** Upper bounds of what one process holds in memory. Whatever is over a limit is refused and counted. */
export interface Limits {
  /** Series in one window. */
  readonly series: number;
  /** Series (tag combinations) of one metric name. */
  readonly seriesPerName: number;
  /** Bytes of a metric name. */
  readonly nameLength: number;
  /** Tags of one series. */
  readonly tags: number;
  /** Bytes of one tag, key and value together. */
  readonly tagLength: number;
  /** Bytes of one line. */
  readonly lineLength: number;
  /** Exact values of one timer or histogram in one window; above it the series becomes a sketch. */
  readonly timerValuesPerSeries: number;
  /** Exact values of all timers and histograms in one window. */
  readonly timerValues: number;
  /** Exact members of one set in one window; above it the series becomes an estimate. */
  readonly setMembersPerSeries: number;
  /** Exact members of all sets in one window. */
  readonly setMembers: number;
  /** Events in one window. */
  readonly events: number;
  /** Service checks in one window. */
  readonly serviceChecks: number;
}

/** Milliseconds for which an idle series goes on being reported. 0: not at all; Infinity: for ever. */
export type Expire = Readonly<Record<MetricType, number>>;

/** What may wait for one back-end; beyond it the oldest windows are dropped and counted. */
export interface QueueSettings {
  readonly windows: number;
  readonly bytes: number;
  readonly ageMs: number;
}

export interface RetrySettings {
  /** Shortest wait between two attempts. */
  readonly minMs: number;
  /** Longest wait between two attempts. */
  readonly maxMs: number;
  /** Deadline of one attempt. */
  readonly timeoutMs: number;
}

/** How lines are read: `auto` is StatsD plus all DogStatsD extensions, `dogstatsd` is what the Datadog Agent does. */
export type Dialect = 'auto' | 'dogstatsd';

/** Everything in the configuration but the plugins. Plain data: it can be posted to another thread. */
export interface Settings {
  readonly flushIntervalMs: number;
  /** Over 0, up to 100, unique, in the order of the configuration. */
  readonly percentiles: readonly number[];
  readonly expire: Expire;
  readonly limits: Limits;
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly shutdownTimeoutMs: number;
  readonly selfMetrics: boolean;
}

export const defaultSettings: Settings = {
  flushIntervalMs: 10_000,
  percentiles: [50, 90, 95, 99],
  expire: {
    counter: 0,
    timer: 0,
    histogram: 0,
    distribution: 0,
    set: 0,
    gauge: Number.POSITIVE_INFINITY,
  },
  limits: {
    series: 1_000_000,
    seriesPerName: 100_000,
    nameLength: 1024,
    tags: 64,
    tagLength: 200,
    lineLength: 8192,
    timerValuesPerSeries: 10_000,
    timerValues: 4_000_000,
    setMembersPerSeries: 1000,
    setMembers: 2_000_000,
    events: 10_000,
    serviceChecks: 10_000,
  },
  queue: { windows: 360, bytes: 64 * 1024 * 1024, ageMs: 15 * 60_000 },
  retry: { minMs: 1000, maxMs: 30_000, timeoutMs: 20_000 },
  shutdownTimeoutMs: 5000,
  selfMetrics: true,
};
