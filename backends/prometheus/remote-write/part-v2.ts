import type { Body } from '../../../src/kit/http/body.ts';
import { createProtobufWriter, type ProtobufWriter } from '../exposition/protobuf-writer.ts';
import { fieldsOf, numbersIn } from './fields.ts';
import { taken } from './wire.ts';
import { V2 } from './wire-v2.ts';

/**
 * The request of the series `[from, to)` of one of version 2, with no text that none of them has: a part that had all of them might be
 * as large as the whole. `body` is what `wireV2` has written, or a part of it.
 */
export function partOfV2(body: Body, from: number, to: number): Body {
  const { bytes, names, ends, start } = body;
  const symbols = [...fieldsOf(bytes.subarray(0, start))].map(({ value }) => value);
  const table = createProtobufWriter();
  const numbers = new Map<number, number>();
  const numberOf = (before: number) => {
    const known = numbers.get(before);
    if (known !== undefined) return known;
    const number = numbers.size;
    numbers.set(before, number);
    table.bytes(V2.symbols, symbols[before] ?? Buffer.alloc(0));
    return number;
  };
  numberOf(0);
  const writer = createProtobufWriter();
  const ownEnds: number[] = [];
  const first = from === 0 ? start : ends[from - 1]!;
  for (const { value } of fieldsOf(bytes.subarray(first, ends[to - 1]))) {
    const opened = writer.message(V2.timeseries);
    writeSeries(writer, value, numberOf);
    writer.end(opened);
    ownEnds.push(writer.length);
  }
  const texts = taken(table);
  return {
    bytes: Buffer.concat([texts, taken(writer)]),
    names: names.slice(from, to),
    ends: ownEnds.map((end) => end + texts.length),
    start: texts.length,
  };
}

type NumberOf = (before: number) => number;

function writeSeries(writer: ProtobufWriter, series: Buffer, numberOf: NumberOf): void {
  for (const { field, value, number } of fieldsOf(series)) {
    switch (field) {
      case V2.series.labels:
        writeReferences(writer, field, value, numberOf);
        break;
      case V2.series.exemplars:
        writeExemplar(writer, value, numberOf);
        break;
      case V2.series.metadata:
        writeMetadata(writer, value, numberOf);
        break;
      case V2.series.created:
        writer.whole(field, number);
        break;
      default:
        writer.bytes(field, value);
    }
  }
}

function writeReferences(writer: ProtobufWriter, field: number, packed: Buffer, numberOf: NumberOf): void {
  const opened = writer.message(field);
  for (const before of numbersIn(packed)) writer.packedWhole(numberOf(before));
  writer.end(opened);
}

function writeExemplar(writer: ProtobufWriter, exemplar: Buffer, numberOf: NumberOf): void {
  const opened = writer.message(V2.series.exemplars);
  for (const { field, value, number } of fieldsOf(exemplar)) {
    if (field === V2.exemplar.labels) writeReferences(writer, field, value, numberOf);
    else if (field === V2.exemplar.value) writer.double(field, value.readDoubleLE());
    else writer.whole(field, number);
  }
  writer.end(opened);
}

function writeMetadata(writer: ProtobufWriter, metadata: Buffer, numberOf: NumberOf): void {
  const opened = writer.message(V2.series.metadata);
  for (const { field, number } of fieldsOf(metadata))
    writer.whole(field, field === V2.metadata.help ? numberOf(number) : number);
  writer.end(opened);
}
