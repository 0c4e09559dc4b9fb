import type { Body } from '../../../src/kit/http/body.ts';
import { createProtobufWriter, type ProtobufWriter } from '../exposition/protobuf-writer.ts';
import { fieldsOf, numbersIn } from './fields.ts';
import { taken } from './wire.ts';
import { V1 } from './wire-v1.ts';
import { V2 } from './wire-v2.ts';

/**
 * A request of version 2 as one of version 1, for a receiver that does not know the other: samples and native histograms are the same in
 * both, metadata and created timestamps are left out. `bytes` are what `wireV2` has written, or a part of it.
 */
export function downgraded(bytes: Buffer): Pick<Body, 'bytes' | 'ends' | 'start'> {
  const writer = createProtobufWriter();
  const symbols: string[] = [];
  const ends: number[] = [];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === V2.symbols) symbols.push(value.toString('utf8'));
    if (field !== V2.timeseries) continue;
    const opened = writer.message(V1.timeseries);
    writeSeries(writer, value, symbols);
    writer.end(opened);
    ends.push(writer.length);
  }
  return { bytes: taken(writer), ends, start: 0 };
}

function writeSeries(writer: ProtobufWriter, series: Buffer, symbols: readonly string[]): void {
  for (const { field, value } of fieldsOf(series)) {
    switch (field) {
      case V2.series.labels:
        writeLabels(writer, V1.series.labels, value, symbols);
        break;
      case V2.series.samples:
        writer.bytes(V1.series.samples, value);
        break;
      case V2.series.histograms:
        writer.bytes(V1.series.histograms, value);
        break;
      case V2.series.exemplars:
        writeExemplar(writer, value, symbols);
        break;
    }
  }
}

function writeExemplar(writer: ProtobufWriter, exemplar: Buffer, symbols: readonly string[]): void {
  const opened = writer.message(V1.series.exemplars);
  for (const { field, value, number } of fieldsOf(exemplar)) {
    if (field === V2.exemplar.labels) writeLabels(writer, V1.exemplar.labels, value, symbols);
    else if (field === V2.exemplar.value) writer.double(V1.exemplar.value, value.readDoubleLE());
    else if (field === V2.exemplar.timestamp) writer.whole(V1.exemplar.timestamp, number);
  }
  writer.end(opened);
}

function writeLabels(writer: ProtobufWriter, field: number, packed: Buffer, symbols: readonly string[]): void {
  const texts = [...numbersIn(packed)].map((number) => symbols[number] ?? '');
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const opened = writer.message(field);
    writer.string(V1.label.name, texts[at]!);
    writer.string(V1.label.value, texts[at + 1]!);
    writer.end(opened);
  }
}
