/** Wire types of Protocol Buffers: https://protobuf.dev/programming-guides/encoding/ */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;

/** Longest string that is written character by character: beyond it Node is faster. */
const SHORT = 40;

/** Messages in messages, written in one go. */
export interface ProtobufWriter {
  /** Bytes so far. */
  readonly length: number;
  /** Begins a message without a key. Gives what {@link end} is to be told. */
  begin(): number;
  /** Begins a message in a field. */
  message(field: number): number;
  end(begun: number): void;
  /** A whole number from 0 to less than 2^63. */
  whole(field: number, value: number): void;
  /** Likewise, of either sign: `sint32` and `sint64`. */
  signed(field: number, value: number): void;
  double(field: number, value: number): void;
  /** A double of exactly these bits: JavaScript may change those of a NaN. */
  bits(field: number, high: number, low: number): void;
  /** The characters from `from` to `to`. */
  string(field: number, text: string, from?: number, to?: number): void;
  bytes(field: number, value: Uint8Array): void;
  /** Elements of a packed field, which {@link message} begins. */
  packedWhole(value: number): void;
  packedDouble(value: number): void;
  /** Takes the first bytes out. */
  take(bytes: number): Uint8Array;
}

export function createProtobufWriter(): ProtobufWriter {
  let buffer = Buffer.allocUnsafe(4096);
  let view = viewOf(buffer);
  let at = 0;

  const reserve = (bytes: number) => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
    view = viewOf(buffer);
  };
  const varint = (value: number) => {
    reserve(10);
    let rest = value;
    for (; rest >= 0x8000_0000; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at++] = rest;
  };
  const key = (field: number, wireType: number) => varint(field * 8 + wireType);

  const plainDouble = (value: number) => {
    reserve(8);
    view.setFloat64(at, value, true);
    at += 8;
  };

  /** One byte is left for the length, which is enough for most messages. */
  const begin = () => {
    reserve(1);
    at++;
    return at;
  };
  const end = (begun: number) => {
    const length = at - begun;
    if (length >= 0x80) {
      const more = varintLength(length) - 1;
      reserve(more);
      buffer.copyWithin(begun + more, begun, at);
    }
    at = begun - 1;
    varint(length);
    at += length;
  };

  return {
    get length() {
      return at;
    },
    begin,
    message(field) {
      key(field, LENGTH_DELIMITED);
      return begin();
    },
    end,
    whole(field, value) {
      key(field, VARINT);
      varint(value);
    },
    signed(field, value) {
      key(field, VARINT);
      varint(value < 0 ? -2 * value - 1 : 2 * value);
    },
    double(field, value) {
      key(field, FIXED64);
      plainDouble(value);
    },
    bits(field, high, low) {
      key(field, FIXED64);
      reserve(8);
      view.setUint32(at, low, true);
      view.setUint32(at + 4, high, true);
      at += 8;
    },
    string(field, text, from = 0, to = text.length) {
      key(field, LENGTH_DELIMITED);
      reserve(5 + (to - from) * 3);
      const begun = begin();
      if (to - from <= SHORT) {
        let i = from;
        for (; i < to; i++) {
          const code = text.charCodeAt(i);
          if (code >= 0x80) break;
          buffer[at++] = code;
        }
        // A surrogate pair is either after the break or not split by it.
        if (i < to) at += buffer.write(text.slice(i, to), at);
      } else {
        at += buffer.write(text.slice(from, to), at);
      }
      end(begun);
    },
    bytes(field, value) {
      key(field, LENGTH_DELIMITED);
      varint(value.length);
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    packedWhole: varint,
    packedDouble: plainDouble,
    take(bytes) {
      const taken = Uint8Array.prototype.slice.call(buffer, 0, bytes);
      buffer.copyWithin(0, bytes, at);
      at -= bytes;
      return taken;
    },
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
