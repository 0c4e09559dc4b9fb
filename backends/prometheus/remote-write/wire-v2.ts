import type { FamilyType } from '../exposition/encoder.ts';
import { createProtobufWriter } from '../exposition/protobuf-writer.ts';
import { splitPair } from './labels.ts';
import { writeNative } from './native.ts';
import { taken, type Wire } from './wire.ts';
import { writePoint } from './wire-v1.ts';

/** Fields of `io.prometheus.write.v2.Request` and what is in it. https://prometheus.io/docs/specs/remote_write_spec_2_0/#protobuf-message */
export const V2 = {
  symbols: 4,
  timeseries: 5,
  series: { labels: 1, samples: 2, histograms: 3, exemplars: 4, metadata: 5, created: 6 },
  exemplar: { labels: 1, value: 2, timestamp: 3 },
  metadata: { type: 1, help: 3 },
} as const;

const TYPES: Readonly<Record<FamilyType, number>> = { counter: 1, gauge: 2, histogram: 3, summary: 5 };

/** Texts of a request stand before its series, each once, and the first one is empty; series name them by their number. */
export function wireV2(): Wire {
  const writer = createProtobufWriter();
  const table = createProtobufWriter();
  const numbers = new Map<string, number>();
  let names: string[] = [];
  let ends: number[] = [];
  let samples = 0;
  begin();

  function begin(): void {
    numbers.clear();
    numberOf('');
    names = [];
    ends = [];
    samples = 0;
  }

  function numberOf(text: string): number {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    const number = numbers.size;
    numbers.set(text, number);
    table.string(V2.symbols, text);
    return number;
  }

  return {
    get count() {
      return ends.length;
    },
    get samples() {
      return samples;
    },
    get length() {
      return table.length + writer.length;
    },
    add({ name, labels, type, help, points, native, exemplars, createdMs }) {
      const opened = writer.message(V2.timeseries);
      const packed = writer.message(V2.series.labels);
      for (const text of labels) writer.packedWhole(numberOf(text));
      writer.end(packed);
      for (const point of points) writePoint(writer, point, createdMs);
      if (native !== undefined) writeNative(writer, V2.series.histograms, native, createdMs);
      for (const { pairs, value, timestampMs } of exemplars) {
        const exemplar = writer.message(V2.series.exemplars);
        const references = writer.message(V2.exemplar.labels);
        for (const text of pairs.flatMap(splitPair)) writer.packedWhole(numberOf(text));
        writer.end(references);
        writer.double(V2.exemplar.value, value);
        writer.whole(V2.exemplar.timestamp, timestampMs);
        writer.end(exemplar);
      }
      const metadata = writer.message(V2.series.metadata);
      writer.whole(V2.metadata.type, TYPES[type]);
      writer.whole(V2.metadata.help, numberOf(help));
      writer.end(metadata);
      // Receivers up to 2.0-rc.3 look for it here, and the later ones at the samples.
      if (createdMs > 0) writer.whole(V2.series.created, createdMs);
      writer.end(opened);
      names.push(name);
      ends.push(writer.length);
      samples += points.length + (native === undefined ? 0 : 1);
    },
    take() {
      const texts = taken(table);
      const start = texts.length;
      const body = {
        bytes: Buffer.concat([texts, taken(writer)]),
        names,
        ends: ends.map((end) => end + start),
        start,
      };
      begin();
      return body;
    },
  };
}
