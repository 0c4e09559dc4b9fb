import type { NativeHistogram } from '../exposition/encoder.ts';
import { nativeBuckets } from '../exposition/native-buckets.ts';
import type { ProtobufWriter } from '../exposition/protobuf-writer.ts';

/** A native histogram at one time. */
export interface NativeCounts {
  readonly histogram: NativeHistogram;
  readonly count: number;
  readonly sum: number;
  /** Unix time in milliseconds. */
  readonly timestampMs: number;
}

/** Fields of `Histogram`, which both versions have in common but for one. */
export const FIELDS = {
  countFloat: 2,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCountFloat: 7,
  negativeSpans: 8,
  negativeCounts: 10,
  positiveSpans: 11,
  positiveCounts: 13,
  timestamp: 15,
  /** Of version 2. */
  start: 17,
} as const;

/** One with counts that are no whole numbers, as those of sampled values are not. `field`: that of the series; `startMs`: of version 2, where it is not 0. */
export function writeNative(writer: ProtobufWriter, field: number, native: NativeCounts, startMs = 0): void {
  const { histogram, count, sum, timestampMs } = native;
  const opened = writer.message(field);
  writer.double(FIELDS.countFloat, count);
  writer.double(FIELDS.sum, sum);
  writer.signed(FIELDS.schema, histogram.schema);
  writer.double(FIELDS.zeroThreshold, histogram.zeroThreshold);
  writer.double(FIELDS.zeroCountFloat, histogram.zeroCount);
  writeBuckets(writer, FIELDS.negativeSpans, FIELDS.negativeCounts, histogram.negative);
  writeBuckets(writer, FIELDS.positiveSpans, FIELDS.positiveCounts, histogram.positive);
  writer.whole(FIELDS.timestamp, timestampMs);
  if (startMs > 0) writer.whole(FIELDS.start, startMs);
  writer.end(opened);
}

function writeBuckets(
  writer: ProtobufWriter,
  spanField: number,
  countField: number,
  buckets: NativeHistogram['positive'],
): void {
  const { spans, weights } = nativeBuckets(buckets);
  for (const { offset, length } of spans) {
    const opened = writer.message(spanField);
    writer.signed(1, offset);
    writer.whole(2, length);
    writer.end(opened);
  }
  if (weights.length === 0) return;
  const opened = writer.message(countField);
  for (const weight of weights) writer.packedDouble(weight);
  writer.end(opened);
}
