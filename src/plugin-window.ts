/** What back-ends are given: the part of the contract of `plugin.ts` that describes windows. */
import type { StatsdMetrics } from './plugin-statsd.ts';

/**
 * What was received in one closed interval. Every back-end is given the same object, which is not to be changed, and is given it
 * again when a send is retried.
 */
export interface Window {
  /**
   * Unix time in milliseconds. Windows are aligned to the clock: a 10 s window ends at :00, :10, … Each begins where the one before
   * ended, unless the wall clock was set or the machine suspended meanwhile: then it begins as long before its end as it took.
   */
  readonly startMs: number;
  readonly endMs: number;
  /** The configured flush interval in milliseconds. The first and the last window may be shorter than this. */
  readonly intervalMs: number;
  /** Number of series in `series`. */
  readonly seriesCount: number;
  /** The series, by type and in a stable order. Each walk gives new objects; keep what you need of them. */
  readonly series: Iterable<Series>;
  /**
   * True: the members of sets are counted until a later window, which has the sets of this one too. That is so where windows are shorter than the
   * configured flush interval. Absent: all sets are here.
   */
  readonly setsGoOn?: boolean;
  /** Counters and gauges that were sent with a time of their own: they are in no series. */
  readonly points: readonly TimedPoint[];
  readonly events: readonly Event[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly account: Account;
  /** Bytes of memory that the window takes, about. */
  readonly byteLength: number;
  /** The same interval as the original StatsD daemon would give it to its back-ends. Absent where no back-end reads it. */
  readonly statsd?: StatsdMetrics;
}

/** What happened to the lines received since the previous window: received = aggregated + rejected + dropped. */
export interface Account {
  readonly received: number;
  readonly aggregated: number;
  /** By reason: lines that could not be read. */
  readonly rejected: ReadonlyMap<string, number>;
  /** By reason: good lines for which there was no room. */
  readonly dropped: ReadonlyMap<string, number>;
  /** Some of the rejected lines, up to eight for each reason, in no order. */
  readonly examples: readonly RejectedLine[];
}

/** A line that could not be read. */
export interface RejectedLine {
  readonly frontend: string;
  readonly reason: string;
  /** What would be right: half a sentence. */
  readonly advice: string;
  /** As it came, up to 200 bytes, with `…` where it was cut. It may hold control characters. */
  readonly line: string;
  /** Address and port of the sender, where they are known without cost. */
  readonly from?: string;
}

interface SeriesBase {
  readonly name: string;
  /** `key:value` or `key`, sorted, without duplicates; without `host:` and `dd.internal.` ones. */
  readonly tags: readonly string[];
  /** Of the last `host:` tag as sent. Empty: sent to have none. Absent: not sent. */
  readonly host?: string;
  /**
   * False for a series that received nothing in this window and is only held, for as long as `expire` says. A counter and a
   * set are 0 then, statistics have a count of 0 and are 0 altogether, and a gauge has its last value. A back-end sends just
   * that, or nothing of the series: which of them is its own choice for each type, and no loss.
   */
  readonly updated: boolean;
  /**
   * Lines and ready samples of the window that were added to it; a line with several values counts once for those that follow one another. Absent: no
   * back-end of its windows asked (`wantsLines`), or it is statsdrain's own.
   */
  readonly lines?: number;
  /** Where the series is new: Unix time in milliseconds before which it received nothing. */
  readonly seenMs?: number;
  /** Likewise: of two series that are new in one window the one with the smaller number came first. */
  readonly seenOrder?: number;
  /** Its tags in the order in which they were sent, where two of them have keys that look alike, so that it matters which came last. */
  readonly sent?: readonly string[];
  /** What a rule of the configuration says of it besides its name. Absent: nothing. */
  readonly rule?: SeriesRule;
}

/** What a rule says of a series besides its name, for back-ends that can do so. Series of one rule share the object. */
export interface SeriesRule {
  /** What it means, a sentence. */
  readonly help?: string;
  /** Milliseconds after its last sample at which a back-end that holds series forgets it; 0 or less: at once. Absent: as the back-end says. */
  readonly ttlMs?: number;
  /** What becomes of timers, histograms and distributions. Absent: as the back-end says. */
  readonly observer?: Observer;
}

/** What many values become where they are held for more than a window. */
export type Observer = SummaryObserver | HistogramObserver;

export interface SummaryObserver {
  readonly kind: 'summary';
  /** From 0 to 1, ascending. */
  readonly quantiles: readonly number[];
  /** Milliseconds for which a value counts in quantiles. */
  readonly maxAgeMs: number;
  /** Steps in which values leave: one of `maxAgeMs / ageBuckets` each. */
  readonly ageBuckets: number;
}

export interface HistogramObserver {
  readonly kind: 'histogram';
  /** Upper bounds, inclusive, ascending, without +Inf; in the unit of the page (timers: seconds). */
  readonly buckets: readonly number[];
  /** Growth from one bucket of a native histogram to the next, such as 1.1; 0: there is none. */
  readonly nativeFactor: number;
  readonly nativeMaxBuckets: number;
}

export interface CounterSeries extends SeriesBase {
  readonly type: 'counter';
  /** Sum over the window, sample rates applied. */
  readonly value: number;
  /** Per second of the window's real length. */
  readonly rate: number;
  /** As those of values; the value is what the key added in the window. */
  readonly exemplars?: readonly Exemplar[];
}

/** One value of a series, and what tells of which occasion it is: its trace. */
export interface Exemplar {
  /** What a naming gave for it: `name:value` each. */
  readonly labels: readonly string[];
  /** In the unit of the series. */
  readonly value: number;
}

export interface GaugeSeries extends SeriesBase {
  readonly type: 'gauge';
  readonly value: number;
  /** When it was set or changed last: milliseconds of a clock that is never set, by which the gauges of one process can be compared. Absent: not since the start. */
  readonly setMs?: number;
}

export interface SetSeries extends SeriesBase {
  readonly type: 'set';
  /** Number of distinct members: exact up to the configured limit, an estimate (σ = 0.81 %) above it. */
  readonly value: number;
}

/** Statistics of weighted values; a value sent with sample rate r weighs 1/r. All 0 when `count` is 0. */
export interface Statistics {
  /** Sum of the weights. */
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  /** Of the population. */
  readonly stddev: number;
  /** Each configured percentile (90, 99.9, …) and its value, in the order of the configuration. */
  readonly percentiles: ReadonlyMap<number, number>;
}

interface ValueSeries extends SeriesBase {
  readonly statistics: Statistics;
  /**
   * Value at quantile `q` (0 to 1): the smallest with at least `q` of the weight at or below it. Of a series with more values than
   * the limits allow to keep it is an estimate, within 0.78 % of that value.
   */
  quantile(q: number): number;
  readonly sketch: Sketch;
  /** Each value with its weight, ascending by value. Undefined where there were more than the limits allow to keep, and only a sketch is left. */
  values(): Iterable<readonly [value: number, weight: number]> | undefined;
  /**
   * Weight of the values at or below each of the bounds, which ascend and have the unit of the values. Exact where `values` gives
   * them; else from the bins of the sketch, of which each counts as the value that `quantile` gives for it.
   */
  countsAtOrBelow(bounds: readonly number[]): Float64Array;
  /**
   * Of the naming of the view: some of its values, in the order in which they came; of those of nearly equal size (within 2.2 %) the last one. Of
   * a whole window there are at most 4096, those that came last. Absent: there are none.
   */
  readonly exemplars?: readonly Exemplar[];
}

export interface TimerSeries extends ValueSeries {
  /** `timer` values are milliseconds, `histogram` values have the unit of the sender. */
  readonly type: 'timer' | 'histogram';
}

export interface DistributionSeries extends ValueSeries {
  readonly type: 'distribution';
}

/**
 * A DDSketch with γ = 1.015625 (relative accuracy 0.78 %), the mapping of the Datadog Agent:
 * bin k holds the values v with round(ln v / ln γ) = k.
 */
export interface Sketch {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly zeroCount: number;
  /** Bins of the positive values, ascending by key. Weights may be fractional. */
  positiveBins(): Iterable<readonly [key: number, weight: number]>;
  /** Bins of the negative values by the key of their magnitude, ascending. */
  negativeBins(): Iterable<readonly [key: number, weight: number]>;
}

export type Series = CounterSeries | GaugeSeries | SetSeries | TimerSeries | DistributionSeries;

/** A counter or gauge that was sent with a time of its own (DogStatsD 1.3, `|T`): in no series, no rate applied, nothing held of it. */
export interface TimedPoint {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
  /** What a rule of the configuration says of its series besides the name. Absent: nothing. */
  readonly rule?: SeriesRule;
  /** Unix seconds, as sent. */
  readonly timestamp: number;
  /** A counter's: sum of those of equal name, tags, host and second. A gauge's: the last one. */
  readonly value: number;
}

/** A DogStatsD event (`_e{…}`). Absent fields were not sent. */
export interface Event {
  readonly title: string;
  readonly text: string;
  /** Unix seconds: as sent, else when it was received. */
  readonly timestamp: number;
  readonly priority: 'normal' | 'low';
  readonly alertType: 'error' | 'warning' | 'info' | 'success';
  /** Of the field `h:`, else of the last `host:` tag. */
  readonly host?: string;
  readonly aggregationKey?: string;
  readonly sourceType?: string;
  readonly tags: readonly string[];
}

/** A DogStatsD service check (`_sc|…`). */
export interface ServiceCheck {
  readonly name: string;
  /** 0 OK, 1 warning, 2 critical, 3 unknown. */
  readonly status: 0 | 1 | 2 | 3;
  /** Unix seconds: as sent, else when it was received. */
  readonly timestamp: number;
  /** As an event's. */
  readonly host?: string;
  readonly message?: string;
  readonly tags: readonly string[];
}
