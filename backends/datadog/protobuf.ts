/** Wire types of Protocol Buffers: https://protobuf.dev/programming-guides/encoding/ */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** A message under construction: fields in the order in which they are written. */
export interface ProtobufWriter {
  /** `value`: a whole number from 0 to `Number.MAX_SAFE_INTEGER`. */
  uint64(field: number, value: number): void;
  double(field: number, value: number): void;
  string(field: number, value: string): void;
  bytes(field: number, value: Uint8Array): void;
  packedUint32(field: number, values: readonly number[]): void;
  packedSint32(field: number, values: readonly number[]): void;
  finish(): Uint8Array;
}

export function protobufWriter(): ProtobufWriter {
  let buffer = Buffer.allocUnsafe(256);
  let end = 0;

  const reserve = (bytes: number) => {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + bytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  };
  const varint = (value: number) => {
    reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      buffer[end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[end++] = rest;
  };
  const key = (field: number, wireType: number) => varint(field * 8 + wireType);
  const packed = (field: number, values: readonly number[], encode: (value: number) => number) => {
    let length = 0;
    for (const value of values) length += varintLength(encode(value));
    key(field, LENGTH_DELIMITED);
    varint(length);
    for (const value of values) varint(encode(value));
  };
  const bytes = (field: number, value: Uint8Array) => {
    key(field, LENGTH_DELIMITED);
    varint(value.length);
    reserve(value.length);
    buffer.set(value, end);
    end += value.length;
  };

  return {
    uint64(field, value) {
      key(field, VARINT);
      varint(value);
    },
    double(field, value) {
      key(field, FIXED64);
      reserve(8);
      end = buffer.writeDoubleLE(value, end);
    },
    string: (field, value) => bytes(field, Buffer.from(value)),
    bytes,
    packedUint32: (field, values) => packed(field, values, (value) => value),
    packedSint32: (field, values) => packed(field, values, zigzag),
    finish: () => buffer.subarray(0, end),
  };
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Of values under 2^35. */
function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
