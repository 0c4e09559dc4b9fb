/** What is written of a page, format by format; remote write is one of them. For each family `family`, then its samples, and `end` at the end. */
export interface Encoder {
  family(family: Family): void;
  /** Of the last family, and of its type. It is read at once: the caller may use the object again. */
  sample(sample: Sample): void;
  /** No more samples of the last family follow: all of it can be taken. */
  endFamily(): void;
  /** Nothing follows. */
  end(): void;
  /** Bytes that `take` would give, about. */
  readonly length: number;
  /** What was written since the last call. */
  take(): Uint8Array;
}

export type FamilyType = Sample['type'];

/** All series of one name. */
export interface Family {
  /** As it stands on a page of classic names, or any text where names are UTF-8. Of a counter with `_total` only where it was called so. */
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
}

/** The labels of one series, in both forms that formats need. */
export interface Labels {
  /** `name:value` each, sorted by name, each name once and no value empty. */
  readonly pairs: readonly string[];
  /** As in the text format, without braces; names that are not classic are in quotes: `a="1","b.c"="x"`. */
  readonly text: string;
}

interface SampleBase {
  readonly labels: Labels;
}

export interface CounterSample extends SampleBase {
  readonly type: 'counter';
  readonly value: number;
  /** Unix time in milliseconds at which it began at 0. */
  readonly createdMs: number;
  readonly exemplar?: Exemplar | undefined;
}

export interface GaugeSample extends SampleBase {
  readonly type: 'gauge';
  readonly value: number;
}

export interface SummarySample extends SampleBase {
  readonly type: 'summary';
  readonly count: number;
  readonly sum: number;
  readonly createdMs: number;
  /** From 0 to 1, ascending. */
  readonly quantiles: readonly number[];
  /** One for each of the quantiles; NaN where there are no values. */
  readonly values: ArrayLike<number>;
}

export interface HistogramSample extends SampleBase {
  readonly type: 'histogram';
  readonly count: number;
  readonly sum: number;
  readonly createdMs: number;
  /** Upper bounds, inclusive, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Weight of the values at or below each of the bounds: cumulative, and as long as they. That of +Inf is `count`. */
  readonly counts: ArrayLike<number>;
  readonly native?: NativeHistogram | undefined;
  /** The last one of each bucket, that of +Inf behind the others. Absent: there is none. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
}

/**
 * Bucket `i` of schema `s` holds the values v with base^(i-1) < v ≤ base^i, where base = 2^(2^-s).
 * https://prometheus.io/docs/specs/native_histograms/
 */
export interface NativeHistogram {
  readonly schema: number;
  /** Values of at most this magnitude are in the zero bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Index and weight, ascending by index, no weight 0. */
  readonly positive: Iterable<readonly [index: number, weight: number]>;
  /** Likewise, by the magnitude of the values. */
  readonly negative: Iterable<readonly [index: number, weight: number]>;
}

export interface Exemplar {
  /** `name:value` each. */
  readonly pairs: readonly string[];
  readonly value: number;
  /** Unix time in milliseconds. */
  readonly timestampMs: number;
}

export type Sample = CounterSample | GaugeSample | SummarySample | HistogramSample;
