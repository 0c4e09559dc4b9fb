import type { ProtobufReader } from '../../protobuf.ts';
import {
  type Attribute,
  type BucketRange,
  type Head,
  type MetricKind,
  MOST_BUCKETS,
  type Point,
  tooManyBuckets,
} from './model.ts';
import { addAttribute, readResource, readScope } from './protobuf-values.ts';
import type { MessageShape, ReadFields } from './protobuf-walk.ts';

/** `ExportMetricsServiceRequest`, version 1.x of opentelemetry-proto. */
export const METRICS_MESSAGE: MessageShape = {
  level: 'request',
  kept: new Map(),
  inside: new Map([
    [
      1,
      {
        level: 'resource',
        kept: new Map([[1, readResource]]),
        inside: new Map([
          [2, { level: 'scope', kept: new Map([[1, readScope]]), inside: new Map([[2, metricShape()]]) }],
        ]),
      },
    ],
  ]),
};

function metricShape(): MessageShape {
  return {
    level: 'metric',
    kept: new Map<number, ReadFields>([
      [1, (reader) => ({ name: reader.string() })],
      [3, (reader) => ({ unit: reader.string() })],
    ]),
    inside: new Map([
      [5, dataShape('gauge')],
      [7, dataShape('sum')],
      [9, dataShape('histogram')],
      [10, dataShape('exponential')],
      [11, dataShape('summary')],
    ]),
  };
}

function dataShape(kind: MetricKind): MessageShape {
  return {
    level: 'data',
    kind,
    kept: new Map<number, ReadFields>([
      [2, (reader) => ({ temporality: temporalityOf(reader.uint32()) })],
      [3, (reader) => ({ monotonic: reader.uint32() !== 0 })],
    ]),
    inside: new Map([[1, 'leaf']]),
  };
}

/** `AggregationTemporality`. */
export function temporalityOf(number: number): Head['temporality'] {
  return number === 1 ? 'delta' : number === 2 ? 'cumulative' : undefined;
}

/** `DataPointFlags`: the only one that there is. */
export const NO_RECORDED_VALUE = 1;

/** One point of the kind that the last head said. */
export function readPoint(reader: ProtobufReader, end: number, kind: MetricKind): Point {
  switch (kind) {
    case 'gauge':
    case 'sum':
      return numberPoint(reader, end);
    case 'histogram':
      return explicitPoint(reader, end);
    case 'exponential':
      return exponentialPoint(reader, end);
    case 'summary':
      return summaryPoint(reader, end);
    default:
      return kind satisfies never;
  }
}

function numberPoint(reader: ProtobufReader, end: number): Point {
  const attributes: Attribute[] = [];
  let [start, time, value, flags] = [0, 0, Number.NaN, 0];
  while (reader.next(end)) {
    if (reader.field === 7) addAttribute(reader, attributes);
    else if (reader.field === 2) start = reader.fixed64();
    else if (reader.field === 3) time = reader.fixed64();
    else if (reader.field === 4) value = reader.double();
    else if (reader.field === 6) value = reader.sfixed64();
    else if (reader.field === 8) flags = reader.uint32();
    else reader.skip();
  }
  return { kind: 'number', attributes, start, time, value, absent: (flags & NO_RECORDED_VALUE) !== 0 };
}

function explicitPoint(reader: ProtobufReader, end: number): Point {
  const attributes: Attribute[] = [];
  const counts: number[] = [];
  const bounds: number[] = [];
  let [start, time, count, flags] = [0, 0, 0, 0];
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  while (reader.next(end)) {
    if (reader.field === 9) addAttribute(reader, attributes);
    else if (reader.field === 2) start = reader.fixed64();
    else if (reader.field === 3) time = reader.fixed64();
    else if (reader.field === 4) count = reader.fixed64();
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6) reader.packedFixed64(counts);
    else if (reader.field === 7) reader.packedDouble(bounds);
    else if (reader.field === 10) flags = reader.uint32();
    else if (reader.field === 11) min = reader.double();
    else if (reader.field === 12) max = reader.double();
    else reader.skip();
  }
  if (counts.length > MOST_BUCKETS) throw tooManyBuckets();
  const absent = (flags & NO_RECORDED_VALUE) !== 0;
  const buckets = { kind: 'explicit', bounds, counts, count, sum, min, max } as const;
  return { kind: 'histogram', attributes, start, time, absent, buckets };
}

function exponentialPoint(reader: ProtobufReader, end: number): Point {
  const attributes: Attribute[] = [];
  let [start, time, count, flags, scale, zeroCount, zeroThreshold] = [0, 0, 0, 0, 0, 0, 0];
  let positive: BucketRange = { offset: 0, counts: [] };
  let negative = positive;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  while (reader.next(end)) {
    if (reader.field === 1) addAttribute(reader, attributes);
    else if (reader.field === 2) start = reader.fixed64();
    else if (reader.field === 3) time = reader.fixed64();
    else if (reader.field === 4) count = reader.fixed64();
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6) scale = reader.sint32();
    else if (reader.field === 7) zeroCount = reader.fixed64();
    else if (reader.field === 8) positive = rangeOf(reader);
    else if (reader.field === 9) negative = rangeOf(reader);
    else if (reader.field === 10) flags = reader.uint32();
    else if (reader.field === 12) min = reader.double();
    else if (reader.field === 13) max = reader.double();
    else if (reader.field === 14) zeroThreshold = reader.double();
    else reader.skip();
  }
  const absent = (flags & NO_RECORDED_VALUE) !== 0;
  const totals = { count, sum, min, max };
  const buckets = { kind: 'exponential', ...totals, scale, zeroCount, zeroThreshold, positive, negative } as const;
  return { kind: 'histogram', attributes, start, time, absent, buckets };
}

function rangeOf(reader: ProtobufReader): BucketRange {
  const end = reader.end();
  const counts: number[] = [];
  let offset = 0;
  while (reader.next(end)) {
    if (reader.field === 1) offset = reader.sint32();
    else if (reader.field === 2) reader.packedUint64(counts);
    else reader.skip();
  }
  if (counts.length > MOST_BUCKETS) throw tooManyBuckets();
  return { offset, counts };
}

function summaryPoint(reader: ProtobufReader, end: number): Point {
  const attributes: Attribute[] = [];
  const quantiles: { quantile: number; value: number }[] = [];
  let [start, time, count, sum, flags] = [0, 0, 0, 0, 0];
  while (reader.next(end)) {
    if (reader.field === 7) addAttribute(reader, attributes);
    else if (reader.field === 2) start = reader.fixed64();
    else if (reader.field === 3) time = reader.fixed64();
    else if (reader.field === 4) count = reader.fixed64();
    else if (reader.field === 5) sum = reader.double();
    else if (reader.field === 6 && quantiles.length < MOST_BUCKETS) quantiles.push(quantileOf(reader));
    else if (reader.field === 8) flags = reader.uint32();
    else reader.skip();
  }
  const absent = (flags & NO_RECORDED_VALUE) !== 0;
  return { kind: 'summary', attributes, start, time, absent, count, sum, quantiles };
}

function quantileOf(reader: ProtobufReader): { quantile: number; value: number } {
  const end = reader.end();
  let [quantile, value] = [0, 0];
  while (reader.next(end)) {
    if (reader.field === 1) quantile = reader.double();
    else if (reader.field === 2) value = reader.double();
    else reader.skip();
  }
  return { quantile, value };
}
