import type { Body } from '../../../src/kit/http/body.ts';
import { fieldsOf, numbersIn } from './fields.ts';
import { type MessageWriter, messageWriter } from './protobuf.ts';
import { V2 } from './wire-v2.ts';

/**
 * The request of the series `[from, to)` of one of version 2, with no text that none of them has: a part that had all of them might be
 * as large as the whole. `body` is what `wireV2` has written, or a part of it.
 */
export function partOfV2(body: Body, from: number, to: number): Body {
  const { bytes, names, ends, start } = body;
  const symbols = [...fieldsOf(bytes.subarray(0, start))].map(({ value }) => value);
  const table = messageWriter();
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
  const writer = messageWriter();
  const ownEnds: number[] = [];
  const first = from === 0 ? start : ends[from - 1]!;
  for (const { value } of fieldsOf(bytes.subarray(first, ends[to - 1]))) {
    const opened = writer.open(V2.timeseries);
    writeSeries(writer, value, numberOf);
    writer.close(opened);
    ownEnds.push(writer.length);
  }
  const texts = table.take();
  return {
    bytes: Buffer.concat([texts, writer.take()]),
    names: names.slice(from, to),
    ends: ownEnds.map((end) => end + texts.length),
    start: texts.length,
  };
}

type NumberOf = (before: number) => number;

function writeSeries(writer: MessageWriter, series: Buffer, numberOf: NumberOf): void {
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
        writer.uint(field, number);
        break;
      default:
        writer.bytes(field, value);
    }
  }
}

function writeReferences(writer: MessageWriter, field: number, packed: Buffer, numberOf: NumberOf): void {
  const opened = writer.open(field);
  for (const before of numbersIn(packed)) writer.varint(numberOf(before));
  writer.close(opened);
}

function writeExemplar(writer: MessageWriter, exemplar: Buffer, numberOf: NumberOf): void {
  const opened = writer.open(V2.series.exemplars);
  for (const { field, value, number } of fieldsOf(exemplar)) {
    if (field === V2.exemplar.labels) writeReferences(writer, field, value, numberOf);
    else if (field === V2.exemplar.value) writer.double(field, value.readDoubleLE());
    else writer.uint(field, number);
  }
  writer.close(opened);
}

function writeMetadata(writer: MessageWriter, metadata: Buffer, numberOf: NumberOf): void {
  const opened = writer.open(V2.series.metadata);
  for (const { field, number } of fieldsOf(metadata))
    writer.uint(field, field === V2.metadata.help ? numberOf(number) : number);
  writer.close(opened);
}
