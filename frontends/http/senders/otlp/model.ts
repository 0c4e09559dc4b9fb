import { type Refusal, refusal } from '../../../../src/kit/http/refusal.ts';
import type { Steps } from '../../../../src/kit/slices.ts';
import type { Json } from '../../records/record.ts';

/** What a body is read into, whatever its encoding: https://opentelemetry.io/docs/specs/otel/metrics/data-model/ */
export interface Attribute {
  readonly key: string;
  readonly value: Json;
}
export type Attributes = readonly Attribute[];

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential' | 'summary';
export type Temporality = 'delta' | 'cumulative';

/**
 * What is known of the part of a body that holds a list: its fields beside that list, which may stand before it or behind it. Of each only those of its
 * level are there.
 */
export interface Head extends HeadFields {
  readonly level: 'request' | 'resource' | 'scope' | 'metric' | 'data';
}

export interface HeadFields {
  /** Of a resource, or of a scope. */
  readonly attributes?: Attributes;
  /** Of a scope, or of a metric. */
  readonly name?: string;
  readonly version?: string;
  readonly unit?: string;
  readonly kind?: MetricKind;
  /** Undefined where it is none of the two. */
  readonly temporality?: Temporality | undefined;
  readonly monotonic?: boolean;
}

interface Timed {
  readonly attributes: Attributes;
  /** Nanoseconds since 1970, rounded to some hundred of them; 0: not known. */
  readonly start: number;
  readonly time: number;
  /** The series has no value now. */
  readonly absent: boolean;
}

export interface NumberPoint extends Timed {
  readonly kind: 'number';
  readonly value: number;
}

/** What is known of the values besides their buckets. */
export interface Totals {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface ExplicitBuckets extends Totals {
  readonly kind: 'explicit';
  /** Bucket `i` holds values over `bounds[i - 1]` and up to `bounds[i]`; the last one has no bound. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Bucket `offset + i` holds values over `base ** (offset + i)` and up to `base ** (offset + i + 1)`, with `base` = 2 ** 2 ** -scale. */
export interface BucketRange {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface ExponentialBuckets extends Totals {
  readonly kind: 'exponential';
  readonly scale: number;
  readonly zeroCount: number;
  /** Values that are no further from 0 are in `zeroCount`. */
  readonly zeroThreshold: number;
  readonly positive: BucketRange;
  /** Of the absolute values. */
  readonly negative: BucketRange;
}

export type Buckets = ExplicitBuckets | ExponentialBuckets;

export interface HistogramPoint extends Timed {
  readonly kind: 'histogram';
  readonly buckets: Buckets;
}

export interface SummaryPoint extends Timed {
  readonly kind: 'summary';
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

export type Point = NumberPoint | HistogramPoint | SummaryPoint;

export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly timeMs: number | undefined;
  readonly severity: string | undefined;
  readonly body: Json;
  readonly attributes: Attributes;
}

/** Where what is read of a body goes, in the order of the body. Nothing of it throws. */
export interface Sink<Leaf> {
  /** Comes before what it holds, complete. */
  open(head: Head): void;
  /** True: `flush` has to come next. */
  leaf(leaf: Leaf): boolean;
  flush(): Steps<void>;
  /** One that cannot be read, or not be held. */
  refuse(why: string): void;
}

/** Longest data point or log record, in bytes: half a megabyte of JSON takes 5 ms. */
export const LONGEST_LEAF = 512 * 1024;
/** Resources, scopes and metrics of one body. */
export const MOST_HEADS = 500_000;
/** Of one resource, data point or log record; SDKs keep 128. */
export const MOST_ATTRIBUTES = 512;
/** Of one data point; SDKs keep 160. */
export const MOST_BUCKETS = 8192;
/** Lists and maps within each other, of one attribute. */
export const DEEPEST = 20;

export const TOO_LONG = `one is longer than ${LONGEST_LEAF} bytes`;

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** The name of the severity `number`, 1 to 24: `INFO`, `INFO2`, … */
export function severityName(number: number): string | undefined {
  const name = SEVERITIES[Math.floor((number - 1) / 4)];
  const step = (number - 1) % 4;
  return name === undefined || step === 0 ? name : `${name}${step + 1}`;
}

export function tooManyBuckets(): Refusal {
  return refusal(400, `A histogram has more than ${MOST_BUCKETS} buckets.`);
}

/** Of the name in the published layout: `SEVERITY_NUMBER_INFO2` is 10. */
export function severityNumber(name: string): number | undefined {
  const [, severity = '', step = '1'] = /^SEVERITY_NUMBER_([A-Z]+)([2-4]?)$/.exec(name) ?? [];
  const index = SEVERITIES.indexOf(severity);
  return index < 0 ? undefined : 4 * index + Number(step || 1);
}
