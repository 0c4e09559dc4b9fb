/**
 * Append-only byte storage in chunks, so that growing never copies what is there. A position is one number:
 * chunk index × CHUNK + offset. An entry never crosses a chunk border. A chunk whose last entry is released is free
 * for use again, so storage follows what is live as long as entries of one age go together.
 */
export interface Arena {
  /** The chunk that holds `position`; the entry starts at {@link offsetIn}. */
  chunkOf(position: number): Uint8Array;
  /** Room for `length` bytes; the caller fills it. More than {@link CHUNK} bytes get a chunk of their own. */
  reserve(length: number): number;
  release(position: number): void;
  /** Bytes held. */
  byteLength(): number;
}

const CHUNK_BITS = 17;
/** 128 KiB: larger than any line of the default limits. */
export const CHUNK = 1 << CHUNK_BITS;

export function offsetIn(position: number): number {
  return position & (CHUNK - 1);
}

export function createArena(): Arena {
  const chunks: (Uint8Array | undefined)[] = [new Uint8Array(CHUNK)];
  const entries: number[] = [0];
  const free: number[] = [];
  let current = 0;
  let used = 0;

  function nextChunk(length: number): void {
    if (entries[current] !== 0) current = free.pop() ?? chunks.length;
    chunks[current] = new Uint8Array(Math.max(CHUNK, length));
    entries[current] = 0;
    used = 0;
  }

  return {
    chunkOf: (position) => chunks[position >>> CHUNK_BITS]!,
    reserve(length) {
      if (used + length > CHUNK) nextChunk(length);
      const position = (current << CHUNK_BITS) + used;
      used += length;
      entries[current] = entries[current]! + 1;
      return position;
    },
    release(position) {
      const index = position >>> CHUNK_BITS;
      const left = entries[index]! - 1;
      entries[index] = left;
      if (left === 0 && index !== current) {
        chunks[index] = undefined;
        free.push(index);
      }
    },
    byteLength: () => chunks.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0),
  };
}
