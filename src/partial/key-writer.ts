import type { Scan } from '../protocol/scan.ts';
import { KEY_RECORD_HEAD, type KeySection, recordLength } from './partial.ts';

/** New keys, written down for the thread that merges as they are added, so that no window's end waits for names. */
export interface Announcements {
  add(id: number, type: number, bytes: Uint8Array, key: KeyText): void;
  take(): KeySection;
}

/** Where the name and the tag section of a raw key are. */
export type KeyText = Pick<Scan, 'nameStart' | 'nameEnd' | 'tagStart' | 'tagEnd'>;

const FIRST_CHUNK = 4096;
const CHUNK = 262_144;
/** Bytes up to which a loop is faster than a view and a call. */
const SHORT = 64;

export function createAnnouncements(): Announcements {
  let chunks: Uint8Array[] = [];
  let length = 0;
  let chunk = new Uint8Array(0);
  let words = new Uint32Array(0);
  let used = 0;

  function nextChunk(needed: number): void {
    if (used > 0) chunks.push(chunk.subarray(0, used));
    chunk = new Uint8Array(Math.max(needed, chunks.length === 0 ? FIRST_CHUNK : CHUNK));
    words = new Uint32Array(chunk.buffer);
    used = 0;
  }

  function copy(bytes: Uint8Array, start: number, end: number, to: number): void {
    if (end - start > SHORT) chunk.set(bytes.subarray(start, end), to);
    else for (let at = start; at < end; at++) chunk[to + at - start] = bytes[at]!;
  }

  return {
    add(id, type, bytes, { nameStart, nameEnd, tagStart, tagEnd }) {
      const nameLength = nameEnd - nameStart;
      const tagLength = tagEnd - tagStart;
      const needed = recordLength(KEY_RECORD_HEAD, nameLength + tagLength);
      if (used + needed > chunk.length) nextChunk(needed);
      words[used / 4] = id;
      words[used / 4 + 1] = type;
      words[used / 4 + 2] = nameLength;
      words[used / 4 + 3] = tagLength;
      copy(bytes, nameStart, nameEnd, used + KEY_RECORD_HEAD);
      copy(bytes, tagStart, tagEnd, used + KEY_RECORD_HEAD + nameLength);
      used += needed;
      length++;
    },
    take() {
      if (used > 0) chunks.push(chunk.subarray(0, used));
      const section = { length, chunks };
      chunks = [];
      length = 0;
      chunk = new Uint8Array(0);
      used = 0;
      return section;
    },
  };
}
