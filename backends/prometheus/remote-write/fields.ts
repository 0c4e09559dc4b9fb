import { FIXED64, LENGTH_DELIMITED, type ProtobufWriter, VARINT } from '../exposition/protobuf-writer.ts';

/** One field of a message of Protocol Buffers. */
export interface Field {
  readonly field: number;
  readonly wireType: typeof VARINT | typeof FIXED64 | typeof LENGTH_DELIMITED;
  /** Of what is no varint. */
  readonly value: Buffer;
  /** Of a varint. */
  readonly number: number;
}

const NOTHING = Buffer.alloc(0);

/** Throws where the message is cut off, or has groups. */
export function* fieldsOf(message: Buffer): Generator<Field, undefined> {
  const cursor = { at: 0 };
  const bytes = (length: number) => {
    cursor.at += length;
    if (cursor.at > message.length) throw new Error('a message that is cut off');
    return message.subarray(cursor.at - length, cursor.at);
  };
  while (cursor.at < message.length) {
    const key = varint(message, cursor);
    const field = Math.floor(key / 8);
    const wireType = key % 8;
    switch (wireType) {
      case VARINT:
        yield { field, wireType, value: NOTHING, number: varint(message, cursor) };
        break;
      case FIXED64:
        yield { field, wireType, value: bytes(8), number: 0 };
        break;
      case LENGTH_DELIMITED:
        yield { field, wireType, value: bytes(varint(message, cursor)), number: 0 };
        break;
      default:
        throw new Error(`a message with the wire type ${wireType}`);
    }
  }
}

/** Writes the fields of a message, but for one of them, as a message within another one. */
export function copyWithout(omitted: number, message: Buffer, writer: ProtobufWriter, as: number): void {
  const opened = writer.message(as);
  for (const { field, wireType, value, number } of fieldsOf(message)) {
    if (field === omitted) continue;
    switch (wireType) {
      case VARINT:
        writer.whole(field, number);
        break;
      case FIXED64:
        writer.bits(field, value.readUInt32LE(4), value.readUInt32LE());
        break;
      case LENGTH_DELIMITED:
        writer.bytes(field, value);
        break;
      default:
        wireType satisfies never;
    }
  }
  writer.end(opened);
}

/** Of a packed field of varints. */
export function* numbersIn(packed: Buffer): Generator<number, undefined> {
  const cursor = { at: 0 };
  while (cursor.at < packed.length) yield varint(packed, cursor);
}

/** Up to `Number.MAX_SAFE_INTEGER`. */
function varint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error('a message that is cut off');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}
