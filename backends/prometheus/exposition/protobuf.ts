import type { Encoder, Exemplar, FamilyType, HistogramSample, Labels, NativeHistogram, Sample } from './encoder.ts';
import { type Escaping, escapeName } from './escaping.ts';
import { escapedPairs, pairsFor } from './labels.ts';
import { type NativeBuckets, nativeBuckets } from './native-buckets.ts';
import { createProtobufWriter, type ProtobufWriter } from './protobuf-writer.ts';

/** Fields of github.com/prometheus/client_model, io/prometheus/client/metrics.proto. */
const FAMILY = { name: 1, help: 2, type: 3, metric: 4 };
const METRIC = { label: 1, gauge: 2, counter: 3, summary: 4, histogram: 7 };
const LABEL = { name: 1, value: 2 };
const COUNTER = { value: 1, exemplar: 2, created: 3 };
const GAUGE = { value: 1 };
const SUMMARY = { count: 1, sum: 2, quantile: 3, created: 4 };
const QUANTILE = { quantile: 1, value: 2 };
const HISTOGRAM = {
  count: 1,
  sum: 2,
  bucket: 3,
  countFloat: 4,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  created: 15,
};
const ZERO_COUNT_FLOAT = 8;
const NEGATIVE = { span: 9, delta: 10, count: 11 };
const POSITIVE = { span: 12, delta: 13, count: 14 };
const SPAN = { offset: 1, length: 2 };
const BUCKET = { count: 1, upperBound: 2, exemplar: 3, countFloat: 4 };
const EXEMPLAR = { label: 1, value: 2, timestamp: 3 };
/** Of google.protobuf.Timestamp. */
const TIMESTAMP = { seconds: 1, nanos: 2 };

const types: Readonly<Record<FamilyType, number>> = { counter: 0, gauge: 1, summary: 2, histogram: 4 };

/**
 * `io.prometheus.client.MetricFamily` messages, each behind its length. What is taken ends with a whole family, so a family
 * is held in memory as a whole.
 *
 * Counts that are whole numbers are written as such, which is what every version of Prometheus reads. Those of sampled values
 * may not be: then all counts of the histogram are floats, with whole numbers beside them for readers that know no others.
 */
export function createProtobufEncoder(escaping: Escaping): Encoder {
  const writer = createProtobufWriter();
  /** Bytes of whole families. */
  let whole = 0;
  let family: number | undefined;

  const endFamily = () => {
    if (family !== undefined) writer.end(family);
    family = undefined;
    whole = writer.length;
  };

  return {
    family({ name, help, type }) {
      endFamily();
      family = writer.begin();
      writer.string(FAMILY.name, escapeName(name, escaping));
      writer.string(FAMILY.help, help);
      writer.whole(FAMILY.type, types[type]);
    },
    sample(sample) {
      const metric = writer.message(FAMILY.metric);
      writeLabels(writer, sample.labels, escaping);
      writeValue(writer, sample, escaping);
      writer.end(metric);
    },
    endFamily,
    end: endFamily,
    get length() {
      return whole;
    },
    take() {
      const taken = writer.take(whole);
      if (family !== undefined) family -= whole;
      whole = 0;
      return taken;
    },
  };
}

function writeValue(writer: ProtobufWriter, sample: Sample, escaping: Escaping): void {
  switch (sample.type) {
    case 'counter': {
      const counter = writer.message(METRIC.counter);
      writer.double(COUNTER.value, sample.value);
      if (sample.exemplar !== undefined) writeExemplar(writer, COUNTER.exemplar, sample.exemplar, escaping);
      writeTimestamp(writer, COUNTER.created, sample.createdMs);
      writer.end(counter);
      return;
    }
    case 'gauge': {
      const gauge = writer.message(METRIC.gauge);
      writer.double(GAUGE.value, sample.value);
      writer.end(gauge);
      return;
    }
    case 'summary': {
      const summary = writer.message(METRIC.summary);
      // There is no other field for it.
      writer.whole(SUMMARY.count, Math.round(sample.count));
      writer.double(SUMMARY.sum, sample.sum);
      for (let i = 0; i < sample.quantiles.length; i++) {
        const quantile = writer.message(SUMMARY.quantile);
        writer.double(QUANTILE.quantile, sample.quantiles[i]!);
        writer.double(QUANTILE.value, sample.values[i]!);
        writer.end(quantile);
      }
      writeTimestamp(writer, SUMMARY.created, sample.createdMs);
      writer.end(summary);
      return;
    }
    case 'histogram':
      writeHistogram(writer, sample, escaping);
      return;
    default:
      sample satisfies never;
  }
}

function writeHistogram(writer: ProtobufWriter, sample: HistogramSample, escaping: Escaping): void {
  const { native, bounds, counts, exemplars } = sample;
  const positive = native === undefined ? undefined : nativeBuckets(native.positive);
  const negative = native === undefined ? undefined : nativeBuckets(native.negative);
  const isWhole =
    Number.isInteger(sample.count) &&
    Array.prototype.every.call(counts, Number.isInteger) &&
    Number.isInteger(native?.zeroCount ?? 0) &&
    [positive, negative].every((buckets) => buckets?.weights.every(Number.isInteger) ?? true);

  const histogram = writer.message(METRIC.histogram);
  writer.whole(HISTOGRAM.count, Math.round(sample.count));
  writer.double(HISTOGRAM.sum, sample.sum);
  const bucket = (bound: number, count: number, exemplar: Exemplar | undefined) => {
    const message = writer.message(HISTOGRAM.bucket);
    writer.whole(BUCKET.count, Math.round(count));
    writer.double(BUCKET.upperBound, bound);
    if (exemplar !== undefined) writeExemplar(writer, BUCKET.exemplar, exemplar, escaping);
    if (!isWhole) writer.double(BUCKET.countFloat, count);
    writer.end(message);
  };
  for (let i = 0; i < bounds.length; i++) bucket(bounds[i]!, counts[i]!, exemplars?.[i]);
  // The last bucket is understood, but for its exemplar.
  const last = exemplars?.[bounds.length];
  if (last !== undefined) bucket(Number.POSITIVE_INFINITY, sample.count, last);
  if (!isWhole) writer.double(HISTOGRAM.countFloat, sample.count);
  if (native !== undefined) writeNative(writer, native, positive!, negative!, isWhole);
  writeTimestamp(writer, HISTOGRAM.created, sample.createdMs);
  writer.end(histogram);
}

function writeNative(
  writer: ProtobufWriter,
  { schema, zeroThreshold, zeroCount }: NativeHistogram,
  positive: NativeBuckets,
  negative: NativeBuckets,
  isWhole: boolean,
): void {
  writer.signed(HISTOGRAM.schema, schema);
  writer.double(HISTOGRAM.zeroThreshold, zeroThreshold);
  if (isWhole) writer.whole(HISTOGRAM.zeroCount, zeroCount);
  else writer.double(ZERO_COUNT_FLOAT, zeroCount);
  writeBuckets(writer, NEGATIVE, negative, isWhole);
  writeBuckets(writer, POSITIVE, positive, isWhole);
  // Without a run it would be taken for a classic histogram.
  if (positive.spans.length + negative.spans.length === 0) writeSpan(writer, POSITIVE.span, 0, 0);
}

function writeBuckets(
  writer: ProtobufWriter,
  fields: Readonly<Record<'span' | 'delta' | 'count', number>>,
  { spans, weights }: NativeBuckets,
  isWhole: boolean,
): void {
  for (const { offset, length } of spans) writeSpan(writer, fields.span, offset, length);
  let before = 0;
  for (const weight of weights) {
    if (isWhole) writer.signed(fields.delta, weight - before);
    else writer.double(fields.count, weight);
    before = weight;
  }
}

function writeSpan(writer: ProtobufWriter, field: number, offset: number, length: number): void {
  const span = writer.message(field);
  writer.signed(SPAN.offset, offset);
  writer.whole(SPAN.length, length);
  writer.end(span);
}

function writeLabels(writer: ProtobufWriter, labels: Labels, escaping: Escaping): void {
  writePairs(writer, METRIC.label, pairsFor(labels, escaping));
}

function writePairs(writer: ProtobufWriter, field: number, pairs: readonly string[]): void {
  for (const pair of pairs) {
    const colon = pair.indexOf(':');
    const label = writer.message(field);
    writer.string(LABEL.name, pair, 0, colon);
    writer.string(LABEL.value, pair, colon + 1);
    writer.end(label);
  }
}

function writeExemplar(writer: ProtobufWriter, field: number, exemplar: Exemplar, escaping: Escaping): void {
  const message = writer.message(field);
  writePairs(writer, EXEMPLAR.label, escapedPairs(exemplar.pairs, escaping));
  writer.double(EXEMPLAR.value, exemplar.value);
  writeTimestamp(writer, EXEMPLAR.timestamp, exemplar.timestampMs);
  writer.end(message);
}

/** `ms`: Unix time, not before 1970. */
function writeTimestamp(writer: ProtobufWriter, field: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  const timestamp = writer.message(field);
  writer.whole(TIMESTAMP.seconds, seconds);
  writer.whole(TIMESTAMP.nanos, Math.round((ms - seconds * 1000) * 1e6));
  writer.end(timestamp);
}
