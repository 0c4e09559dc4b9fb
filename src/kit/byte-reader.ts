/** Reads what a `ByteWriter` wrote, in the same order. Each call throws a RangeError where the bytes end before. */
export interface ByteReader {
  readonly atEnd: boolean;
  whole(): number;
  number(): number;
  text(): string;
}

export function createByteReader(source: Uint8Array): ByteReader {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;

  function whole(): number {
    const value = bytes.readUInt32LE(at);
    at += 4;
    return value;
  }

  return {
    get atEnd() {
      return at >= bytes.length;
    },
    whole,
    number() {
      const value = bytes.readDoubleLE(at);
      at += 8;
      return value;
    },
    text() {
      const head = whole();
      const isWide = head % 2 === 1;
      const end = at + Math.floor(head / 2) * (isWide ? 2 : 1);
      if (end > bytes.length) throw new RangeError(`a text ends at byte ${end}, and there are ${bytes.length}`);
      const text = bytes.toString(isWide ? 'utf16le' : 'latin1', at, end);
      at = end;
      return text;
    },
  };
}
