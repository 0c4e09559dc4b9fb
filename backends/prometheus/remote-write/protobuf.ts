/** Messages of Protocol Buffers, one behind the other. https://protobuf.dev/programming-guides/encoding/ */
export interface MessageWriter {
  /** Bytes since the last `take`. */
  readonly length: number;
  /** A whole number from 0 to less than 2^63: an element of a packed field. */
  varint(value: number): void;
  /** `uint32`, `uint64`, an enumeration, or an `int64` that is not negative. */
  uint(field: number, value: number): void;
  /** `sint32`. */
  sint(field: number, value: number): void;
  double(field: number, value: number): void;
  /** A double of exactly these bits: JavaScript may change those of a NaN. */
  doubleBits(field: number, high: number, low: number): void;
  /** A packed element. */
  plainDouble(value: number): void;
  /** Lone surrogates become U+FFFD. */
  text(field: number, text: string): void;
  bytes(field: number, value: Uint8Array): void;
  /** Begins a message within the message, or a packed field. Gives what `close` takes. */
  open(field: number): number;
  close(opened: number): void;
  /** A copy of what was written since the last call. */
  take(): Buffer;
}

/** Wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;

const FIRST_ROOM = 65_536;

/** Units up to which a loop beats the call of a native function. */
const SHORT = 48;

export function messageWriter(): MessageWriter {
  let buffer = Buffer.allocUnsafe(FIRST_ROOM);
  let end = 0;

  function makeRoom(more: number): void {
    if (end + more <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + more));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  function varint(value: number): void {
    makeRoom(10);
    let rest = value;
    while (rest >= 0x80) {
      buffer[end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[end++] = rest;
  }

  function key(field: number, wireType: number): void {
    varint(field * 8 + wireType);
  }

  function open(field: number): number {
    key(field, DELIMITED);
    makeRoom(1);
    return ++end;
  }

  /** The length was given one byte: where it takes more, the message is moved. */
  function close(opened: number): void {
    const length = end - opened;
    let more = 0;
    for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) more++;
    if (more > 0) {
      makeRoom(more);
      buffer.copyWithin(opened + more, opened, end);
    }
    end = opened - 1;
    varint(length);
    end += length;
  }

  /** False where a unit is above U+007F: nothing has been written then. */
  function shortText(text: string): boolean {
    const start = end;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) {
        end = start;
        return false;
      }
      buffer[end++] = unit;
    }
    return true;
  }

  return {
    get length() {
      return end;
    },
    varint,
    uint(field, value) {
      key(field, VARINT);
      varint(value);
    },
    sint(field, value) {
      key(field, VARINT);
      varint(value < 0 ? -2 * value - 1 : 2 * value);
    },
    double(field, value) {
      key(field, FIXED64);
      makeRoom(8);
      end = buffer.writeDoubleLE(value, end);
    },
    doubleBits(field, high, low) {
      key(field, FIXED64);
      makeRoom(8);
      end = buffer.writeUInt32LE(low, end);
      end = buffer.writeUInt32LE(high, end);
    },
    plainDouble(value) {
      makeRoom(8);
      end = buffer.writeDoubleLE(value, end);
    },
    text(field, text) {
      const opened = open(field);
      makeRoom(text.length * 3);
      if (text.length > SHORT || !shortText(text)) end += buffer.write(text, end, 'utf8');
      close(opened);
    },
    bytes(field, value) {
      key(field, DELIMITED);
      varint(value.length);
      makeRoom(value.length);
      buffer.set(value, end);
      end += value.length;
    },
    open,
    close,
    take() {
      const taken = Buffer.from(buffer.subarray(0, end));
      end = 0;
      return taken;
    },
  };
}
