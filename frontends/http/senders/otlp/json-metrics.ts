import {
  attributesOf,
  type Fields,
  field,
  fieldsOf,
  listOf,
  numberOf,
  numberOr,
  optionalNumber,
  resourceOf,
  scopeOf,
  textOf,
} from './json-values.ts';
import type { ObjectShape, ReadFields } from './json-walk.ts';
import { type BucketRange, type Head, type MetricKind, MOST_BUCKETS, type Point, tooManyBuckets } from './model.ts';
import { NO_RECORDED_VALUE, temporalityOf } from './protobuf-metrics.ts';

/** `ExportMetricsServiceRequest` as JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export const METRICS_OBJECT: ObjectShape = {
  level: 'request',
  kept: new Map(),
  inside: new Map([['resourceMetrics', { list: true, of: resourceShape() }]]),
};

function resourceShape(): ObjectShape {
  return {
    level: 'resource',
    kept: new Map([['resource', resourceOf]]),
    inside: new Map([['scopeMetrics', { list: true, of: scopeShape() }]]),
  };
}

function scopeShape(): ObjectShape {
  return {
    level: 'scope',
    kept: new Map([['scope', scopeOf]]),
    inside: new Map([['metrics', { list: true, of: metricShape() }]]),
  };
}

function metricShape(): ObjectShape {
  return {
    level: 'metric',
    kept: new Map<string, ReadFields>([
      ['name', (value) => ({ name: textOf(value) })],
      ['unit', (value) => ({ unit: textOf(value) })],
    ]),
    inside: new Map([
      ['gauge', { list: false, of: dataShape('gauge') }],
      ['sum', { list: false, of: dataShape('sum') }],
      ['histogram', { list: false, of: dataShape('histogram') }],
      ['exponentialHistogram', { list: false, of: dataShape('exponential') }],
      ['summary', { list: false, of: dataShape('summary') }],
    ]),
  };
}

function dataShape(kind: MetricKind): ObjectShape {
  return {
    level: 'data',
    kind,
    kept: new Map<string, ReadFields>([
      ['aggregationTemporality', (value) => ({ temporality: temporality(value) })],
      ['isMonotonic', (value) => ({ monotonic: value === true })],
    ]),
    inside: new Map([['dataPoints', { list: true, of: 'leaf' }]]),
  };
}

const TEMPORALITIES: ReadonlyMap<unknown, Head['temporality']> = new Map([
  ['AGGREGATION_TEMPORALITY_DELTA', 'delta'],
  ['AGGREGATION_TEMPORALITY_CUMULATIVE', 'cumulative'],
]);

function temporality(given: unknown): Head['temporality'] {
  return TEMPORALITIES.get(given) ?? temporalityOf(numberOf(given));
}

const START = field('startTimeUnixNano');
const TIME = field('timeUnixNano');
const INT = field('asInt');
const DOUBLE = field('asDouble');
const COUNTS = field('bucketCounts');
const BOUNDS = field('explicitBounds');
const ZERO_COUNT = field('zeroCount');
const ZERO_THRESHOLD = field('zeroThreshold');
const QUANTILES = field('quantileValues');

/** One point of the kind that the last head said, or why it is none. */
export function pointOf(fields: Fields, kind: MetricKind): Point | string {
  const timed = {
    attributes: attributesOf(fields.attributes),
    start: numberOr(START(fields), 0),
    time: numberOr(TIME(fields), 0),
    absent: (numberOr(fields.flags, 0) & NO_RECORDED_VALUE) !== 0,
  };
  if (Number.isNaN(timed.start) || Number.isNaN(timed.time)) return 'the time of one is no number of nanoseconds';
  switch (kind) {
    case 'gauge':
    case 'sum':
      return { kind: 'number', ...timed, value: numberOf(INT(fields) ?? DOUBLE(fields)) };
    case 'histogram': {
      const counts = numbersOf(COUNTS(fields));
      if (counts.length > MOST_BUCKETS) return tooManyBuckets().message;
      const buckets = { kind: 'explicit', ...totals(fields), counts, bounds: numbersOf(BOUNDS(fields)) } as const;
      return { kind: 'histogram', ...timed, buckets };
    }
    case 'exponential': {
      const [positive, negative] = [rangeOf(fields.positive), rangeOf(fields.negative)];
      if (Math.max(positive.counts.length, negative.counts.length) > MOST_BUCKETS) return tooManyBuckets().message;
      const buckets = {
        kind: 'exponential',
        ...totals(fields),
        scale: numberOr(fields.scale, 0),
        zeroCount: numberOr(ZERO_COUNT(fields), 0),
        zeroThreshold: numberOr(ZERO_THRESHOLD(fields), 0),
        positive,
        negative,
      } as const;
      return { kind: 'histogram', ...timed, buckets };
    }
    case 'summary': {
      const quantiles = listOf(QUANTILES(fields)).slice(0, MOST_BUCKETS).map(quantileOf);
      return { kind: 'summary', ...timed, count: numberOr(fields.count, 0), sum: numberOr(fields.sum, 0), quantiles };
    }
    default:
      return kind satisfies never;
  }
}

function totals(fields: Fields) {
  return {
    count: numberOr(fields.count, 0),
    sum: optionalNumber(fields.sum),
    min: optionalNumber(fields.min),
    max: optionalNumber(fields.max),
  };
}

function numbersOf(given: unknown): readonly number[] {
  return listOf(given).map(numberOf);
}

function rangeOf(given: unknown): BucketRange {
  const fields = fieldsOf(given);
  return { offset: numberOr(fields.offset, 0), counts: numbersOf(COUNTS(fields)) };
}

function quantileOf(given: unknown): { readonly quantile: number; readonly value: number } {
  const { quantile, value } = fieldsOf(given);
  return { quantile: numberOr(quantile, 0), value: numberOr(value, 0) };
}
