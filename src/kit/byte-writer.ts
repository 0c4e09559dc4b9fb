/** Packs numbers and texts into bytes; `byte-reader.ts` gives them back as they were. */
export interface ByteWriter {
  /** Bytes since the last `take`. */
  readonly length: number;
  /** A whole number from 0 to 2^32 - 1. */
  whole(value: number): void;
  /** Any number, NaN and -0 included. */
  number(value: number): void;
  /** Any text, lone surrogates included. */
  text(text: string): void;
  /** What was written since the last call. */
  take(): Uint8Array;
}

const FIRST_ROOM = 4096;

/**
 * Little-endian. A text is a whole number, twice its units and 1 more where one of them is above U+00FF, and the units, of one byte or of
 * two each: UTF-8 has no lone surrogates, and takes four times as long.
 */
export function createByteWriter(): ByteWriter {
  let bytes = Buffer.allocUnsafe(FIRST_ROOM);
  let length = 0;

  function makeRoom(more: number): void {
    if (length + more <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, length + more));
    bytes.copy(larger, 0, 0, length);
    bytes = larger;
  }

  function whole(value: number): void {
    makeRoom(4);
    length = bytes.writeUInt32LE(value, length);
  }

  return {
    get length() {
      return length;
    },
    whole,
    number(value) {
      makeRoom(8);
      length = bytes.writeDoubleLE(value, length);
    },
    text(text) {
      const isWide = wide.test(text);
      whole(text.length * 2 + (isWide ? 1 : 0));
      makeRoom(text.length * 2);
      length += bytes.write(text, length, isWide ? 'utf16le' : 'latin1');
    },
    take() {
      const taken = Uint8Array.prototype.slice.call(bytes, 0, length);
      length = 0;
      return taken;
    },
  };
}

const wide = /[^\0-\xff]/;
