import { refusal } from '../../src/kit/http/refusal.ts';

/** Wire types of Protocol Buffers: https://protobuf.dev/programming-guides/encoding/ */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A place in a body. What is read is of the field that `next` went to. Every function throws a refusal (400) of a broken message. */
export interface ProtobufReader {
  /** Number of the field, and its wire type. */
  readonly field: number;
  readonly wire: number;
  /** Goes to the next field of the message that ends at `end`; false at its end. What was not read of a field has to be skipped. */
  next(end: number): boolean;
  /** The end of what a length-delimited field holds; reading goes on inside it. */
  end(): number;
  /** Bytes of what a field holds; 0 of one that is not length-delimited. Reading stays where it is. */
  length(): number;
  /** A signed integer of 64 bits; over 2^53 the nearest number. */
  int64(): number;
  uint32(): number;
  sint32(): number;
  /** Of 64 bits, little-endian; over 2^53 the nearest number. */
  fixed64(): number;
  sfixed64(): number;
  double(): number;
  string(): string;
  /** A part of the body, not a copy. */
  bytes(): Buffer;
  packedSint32(into: number[]): void;
  packedUint32(into: number[]): void;
  packedUint64(into: number[]): void;
  packedFixed64(into: number[]): void;
  packedDouble(into: number[]): void;
  skip(): void;
  /** Goes to a place that `end` gave. */
  seek(place: number): void;
}

const broken = () => refusal(400, 'The body is no message of Protocol Buffers, or it is incomplete.');

export function protobufReader(body: Buffer): ProtobufReader {
  let at = 0;
  let field = 0;
  let wire = 0;

  function expect(type: number): void {
    if (wire !== type) throw broken();
  }

  /** The lower and the upper half of a varint of at most 64 bits. */
  let low = 0;
  let high = 0;
  function varint(): void {
    low = 0;
    high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= body.length) throw broken();
      const byte = body[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        low >>>= 0;
        return;
      }
    }
    throw broken();
  }

  function skipBytes(count: number): void {
    if (count > body.length - at) throw broken();
    at += count;
  }

  /** Where the bytes of a length-delimited field end. */
  function contentEnd(): number {
    expect(LENGTH_DELIMITED);
    varint();
    if (high !== 0 || low > body.length - at) throw broken();
    return at + low;
  }

  /** A packed field, or one element of a field that was not packed. `single`: the wire type of an element. */
  function packed(into: number[], single: number, value: () => number): void {
    if (wire === single) {
      into.push(value());
      return;
    }
    const end = contentEnd();
    while (at < end) into.push(value());
    if (at !== end) throw broken();
  }

  const unsigned = () => {
    varint();
    return low;
  };
  const zigzag = () => {
    varint();
    return (low >>> 1) ^ -(low & 1);
  };
  const unsigned64 = () => {
    varint();
    return (high >>> 0) * 2 ** 32 + low;
  };
  const fixed = () => {
    skipBytes(8);
    return body.readUInt32LE(at - 4) * 2 ** 32 + body.readUInt32LE(at - 8);
  };
  const real = () => {
    skipBytes(8);
    return body.readDoubleLE(at - 8);
  };

  return {
    get field() {
      return field;
    },
    get wire() {
      return wire;
    },
    next(end) {
      if (at === end) return false;
      if (at > end) throw broken();
      varint();
      if (high !== 0 || at > end) throw broken();
      field = low >>> 3;
      wire = low & 7;
      if (field === 0) throw broken();
      return true;
    },
    end: contentEnd,
    length() {
      if (wire !== LENGTH_DELIMITED) return 0;
      const place = at;
      const length = contentEnd() - at;
      at = place;
      return length;
    },
    int64() {
      expect(VARINT);
      varint();
      return high * 2 ** 32 + low;
    },
    uint32() {
      expect(VARINT);
      return unsigned();
    },
    sint32() {
      expect(VARINT);
      return zigzag();
    },
    fixed64() {
      expect(FIXED64);
      return fixed();
    },
    sfixed64() {
      expect(FIXED64);
      skipBytes(8);
      return body.readInt32LE(at - 4) * 2 ** 32 + body.readUInt32LE(at - 8);
    },
    double() {
      expect(FIXED64);
      return real();
    },
    string() {
      const end = contentEnd();
      const text = body.toString('utf8', at, end);
      at = end;
      return text;
    },
    bytes() {
      const end = contentEnd();
      const part = body.subarray(at, end);
      at = end;
      return part;
    },
    packedSint32: (into) => packed(into, VARINT, zigzag),
    packedUint32: (into) => packed(into, VARINT, unsigned),
    packedUint64: (into) => packed(into, VARINT, unsigned64),
    packedFixed64: (into) => packed(into, FIXED64, fixed),
    packedDouble: (into) => packed(into, FIXED64, real),
    skip() {
      if (wire === VARINT) varint();
      else if (wire === FIXED64) skipBytes(8);
      else if (wire === FIXED32) skipBytes(4);
      else at = contentEnd();
    },
    seek(place) {
      at = place;
    },
  };
}
