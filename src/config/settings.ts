import type { MetricType, StatsdHistogram } from '../plugin.ts';
import type { LogSettings } from '../process/log.ts';

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

/**
 * How lines are read: `auto` is StatsD plus all DogStatsD extensions, `dogstatsd` is what the Datadog Agent does, `statsd`
 * what the original daemon does, to the letter.
 */
export type Dialect = 'auto' | 'dogstatsd' | 'statsd';

/** How the original daemon's metrics hash (`Window.statsd`) is kept from window to window. */
export interface StatsdSettings {
  readonly prefixStats: string;
  /** Negative: the top ones. In the order of the configuration. */
  readonly percentThreshold: readonly number[];
  /** Undefined: as given by no configuration. */
  readonly histogram: readonly StatsdHistogram[] | undefined;
  /** Names of timer fields; empty for all. */
  readonly calculatedTimerMetrics: readonly string[];
  /** False: idle ones are emitted as 0 for ever. */
  readonly deleteCounters: boolean;
  readonly deleteTimers: boolean;
  readonly deleteSets: boolean;
  /** False: an idle gauge is emitted with its last value for ever. */
  readonly deleteGauges: boolean;
  /** Flushes after which an idle gauge is deleted. */
  readonly gaugesMaxTTL: number;
  /** Of the dialect `statsd`: blanks, slashes and other characters in keys are replaced or removed. */
  readonly keyNameSanitize: boolean;
  readonly keyFlush: KeyFlushSettings | undefined;
  /** Log every line. */
  readonly dumpMessages: boolean;
  /** Of the original's configuration: what its modules are given, and what the admin command `config` prints. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The most frequent keys are logged now and then. */
export interface KeyFlushSettings {
  readonly intervalMs: number;
  /** Of the keys, the most frequent first. */
  readonly percent: number;
  /** File to append to; undefined for standard output. */
  readonly log: string | undefined;
}

/** The admin interface of the original daemon. */
export interface AdminSettings {
  readonly host: string;
  readonly port: number;
  /** No `END` where the original forgot it. */
  readonly strictCompat: boolean;
}

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
  /** Windows end at multiples of the interval since 1970 (`clock`), or since the start (`start`). */
  readonly align: 'clock' | 'start';
  /** Undefined: nothing reads the original's metrics hash. */
  readonly statsd: StatsdSettings | undefined;
  readonly admin: AdminSettings | undefined;
  /** Of the process; undefined: as the system gives it. */
  readonly title: string | undefined;
  /** Read the configuration again when its file changes. */
  readonly watch: boolean;
  readonly log: LogSettings;
}

export const defaultStatsdSettings: StatsdSettings = {
  prefixStats: 'statsd',
  percentThreshold: [90],
  histogram: undefined,
  calculatedTimerMetrics: [],
  deleteCounters: false,
  deleteTimers: false,
  deleteSets: false,
  deleteGauges: false,
  gaugesMaxTTL: 1,
  keyNameSanitize: true,
  keyFlush: undefined,
  dumpMessages: false,
  config: {},
};

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
  align: 'clock',
  statsd: undefined,
  admin: undefined,
  title: undefined,
  watch: false,
  log: { level: 'info', format: 'auto' },
};
