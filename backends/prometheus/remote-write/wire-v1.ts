import { createProtobufWriter, type ProtobufWriter } from '../exposition/protobuf-writer.ts';
import { splitPair } from './labels.ts';
import { writeNative } from './native.ts';
import { type Point, STALE, STALE_BITS, taken, type Wire } from './wire.ts';

/** Fields of `prometheus.WriteRequest` and what is in it. https://prometheus.io/docs/specs/remote_write_spec/#protocol */
export const V1 = {
  timeseries: 1,
  series: { labels: 1, samples: 2, exemplars: 3, histograms: 4 },
  label: { name: 1, value: 2 },
  exemplar: { labels: 1, value: 2, timestamp: 3 },
} as const;

export function wireV1(): Wire {
  const writer = createProtobufWriter();
  let names: string[] = [];
  let ends: number[] = [];
  let samples = 0;

  function writeLabel(field: number, name: string, value: string): void {
    const opened = writer.message(field);
    writer.string(V1.label.name, name);
    writer.string(V1.label.value, value);
    writer.end(opened);
  }

  return {
    get count() {
      return ends.length;
    },
    get samples() {
      return samples;
    },
    get length() {
      return writer.length;
    },
    add({ name, labels, points, native, exemplars }) {
      const opened = writer.message(V1.timeseries);
      for (let at = 0; at < labels.length; at += 2) writeLabel(V1.series.labels, labels[at]!, labels[at + 1]!);
      for (const point of points) writePoint(writer, point);
      for (const { pairs, value, timestampMs } of exemplars) {
        const exemplar = writer.message(V1.series.exemplars);
        for (const pair of pairs) writeLabel(V1.exemplar.labels, ...splitPair(pair));
        writer.double(V1.exemplar.value, value);
        writer.whole(V1.exemplar.timestamp, timestampMs);
        writer.end(exemplar);
      }
      if (native !== undefined) writeNative(writer, V1.series.histograms, native);
      writer.end(opened);
      names.push(name);
      ends.push(writer.length);
      samples += points.length + (native === undefined ? 0 : 1);
    },
    take() {
      const body = { bytes: taken(writer), names, ends, start: 0 };
      names = [];
      ends = [];
      samples = 0;
      return body;
    },
  };
}

/** A `Sample`, as the field 2 of its series, which it is in both versions. `startMs`: of version 2, where it is not 0. */
export function writePoint(writer: ProtobufWriter, { value, timestampMs }: Point, startMs = 0): void {
  const opened = writer.message(V1.series.samples);
  if (value === STALE) writer.bits(1, STALE_BITS.high, STALE_BITS.low);
  else writer.double(1, value);
  writer.whole(2, timestampMs);
  if (startMs > 0) writer.whole(SAMPLE_START, startMs);
  writer.end(opened);
}

/** Field of a sample of version 2. */
export const SAMPLE_START = 3;
