import type { Body } from '../../../src/kit/http/body.ts';
import { createProtobufWriter, type ProtobufWriter } from '../exposition/protobuf-writer.ts';
import { copyWithout, fieldsOf, numbersIn } from './fields.ts';
import { FIELDS } from './native.ts';
import { taken } from './wire.ts';
import { SAMPLE_START, V1 } from './wire-v1.ts';
import { V2 } from './wire-v2.ts';

/**
 * A request of version 2 as one of version 1, for a receiver that does not know the other: metadata and what tells since when a
 * sum counts are left out. `bytes` are what `wireV2` has written, or a part of it.
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
        copyWithout(SAMPLE_START, value, writer, V1.series.samples);
        break;
      case V2.series.histograms:
        copyWithout(FIELDS.start, value, writer, V1.series.histograms);
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
