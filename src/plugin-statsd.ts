/** What only those need who follow the original StatsD daemon: the part of the contract of `plugin.ts` that speaks of it. */

/**
 * The metrics hash of the original StatsD daemon (statsd 0.9, docs/backend_interface.md), with idle series and zeros as
 * `statsd` in the configuration asks for them. Keys are the original's: sanitised names with tags as `name;k=v`, in the
 * order in which they were first seen. A snapshot: nothing in it changes after the window.
 */
export interface StatsdMetrics {
  /** Unix seconds of the flush, whole. */
  readonly timestamp: number;
  /** Unix seconds of the start, whole. */
  readonly startupTime: number;
  /** Name before the daemon's own counters. */
  readonly prefixStats: string;
  readonly flushIntervalMs: number;
  /** The daemon's own three come first: bad_lines_seen, packets_received and metrics_received. */
  readonly counters: ReadonlyMap<string, number>;
  /** Per second of the configured interval. */
  readonly counterRates: ReadonlyMap<string, number>;
  readonly gauges: ReadonlyMap<string, number>;
  /** Ascending values; empty for an idle timer. */
  readonly timers: ReadonlyMap<string, readonly number[]>;
  /** Sum of 1 / sample rate. */
  readonly timerCounters: ReadonlyMap<string, number>;
  readonly timerData: ReadonlyMap<string, StatsdTimerData>;
  readonly sets: ReadonlyMap<string, StatsdSet>;
  readonly percentThreshold: readonly number[];
  readonly histogram: readonly StatsdHistogram[] | undefined;
  /** Milliseconds that the statistics of the timers took. */
  readonly processingTime: number;
}

export interface StatsdTimerData {
  /** `count_90`, `upper_90`, `std`, …, in the original's order. */
  readonly fields: ReadonlyMap<string, number>;
  /** `bin_50`, `bin_inf`, … and their counts. */
  readonly histogram?: ReadonlyMap<string, number>;
}

export interface StatsdSet {
  /** Distinct members; those beyond the limit of exact members are missing. */
  readonly values: readonly string[];
  /** Number of distinct members: an estimate beyond the limit. */
  readonly size: number;
}

/** Timers whose key contains `metric` are counted in bins with these upper limits, `inf` for all that is left. */
export interface StatsdHistogram {
  readonly metric: string;
  readonly bins: readonly (number | 'inf')[];
}

/** What modules of the original are told at the start. */
export interface StatsdContext {
  /** Unix seconds of the start, whole. */
  readonly startupTime: number;
  readonly flushIntervalMs: number;
  /** Name before the daemon's own counters. */
  readonly prefixStats: string;
  /** The configuration of the original daemon. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * One module written for the original StatsD daemon, whose mistakes are its own: what it throws, now or later (in timers, in
 * callbacks, as an `error` event that nobody listens to, as a rejection), is logged, counted as
 * `statsdrain.module.errors`, and ends nothing.
 */
export interface ModuleGuard {
  /** Runs code of the module. Gives undefined when it throws. */
  run<T>(code: () => T): T | undefined;
  /** As `run`, but throws what the module throws, and neither logs nor counts it. */
  runOrThrow<T>(code: () => T): T;
}

/** Printed as `<group>.<name>: <value>`; of a name that starts with `last_` the value is Unix seconds. */
export interface StatusLine {
  readonly group: string;
  readonly name: string;
  readonly value: number | string;
}
