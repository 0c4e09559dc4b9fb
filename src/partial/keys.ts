import { grown } from '../kit/grow.ts';
import type { Steps } from '../kit/slices.ts';
import { KEY_RECORD_HEAD, type KeySection, recordLength } from './partial.ts';

/** Gives the number of a new key: its name is `bytes[nameStart, nameEnd)`, its tag section `bytes[nameEnd, tagEnd)`. */
export type NumberKey = (
  /** A type code, with `STATSD_KEY` for a key of the dialect `statsd`, or `CLIPPED_KEY` for one whose tags are to be clipped. */
  type: number,
  bytes: Buffer,
  nameStart: number,
  nameEnd: number,
  tagEnd: number,
) => number;

/** Keys that are learned at once: 0.1 ms, and 0.5 ms for each view whose mapping has 30 regular expressions. */
const KEYS_AT_ONCE = 32;

/** Enters the numbers of all keys of a section into `numbers`, by id. Gives the same array, or a larger one. */
export function* learnKeys(keys: KeySection, numbers: Uint32Array, numberOf: NumberKey): Steps<Uint32Array> {
  let table = numbers;
  yield* eachKey(keys, (id, type, bytes, nameStart, nameEnd, tagEnd) => {
    const number = numberOf(type, bytes, nameStart, nameEnd, tagEnd);
    if (id >= table.length) table = grown(table, id + 1);
    table[id] = number;
  });
  return table;
}

/** Calls `take` with the id and the place of each key of a section. */
export function* eachKey(
  { chunks }: KeySection,
  take: (id: number, ...key: Parameters<NumberKey>) => void,
): Steps<void> {
  let learned = 0;
  for (const { buffer, length } of chunks) {
    const bytes = Buffer.from(buffer, 0, length);
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const id = words[at / 4]!;
      const nameStart = at + KEY_RECORD_HEAD;
      const nameEnd = nameStart + words[at / 4 + 2]!;
      const tagEnd = nameEnd + words[at / 4 + 3]!;
      take(id, words[at / 4 + 1]!, bytes, nameStart, nameEnd, tagEnd);
      at += recordLength(KEY_RECORD_HEAD, tagEnd - nameStart);
      if (++learned % KEYS_AT_ONCE === 0) yield;
    }
  }
}

/** A part of a partial that has a row for each key that was used. */
export interface Section {
  readonly length: number;
  /** By row: the id of its key. */
  readonly ids: Uint32Array;
}

/** The number of each row's key. By hand: `Uint32Array.from` with a function takes ten times as long. */
export function numbersOf({ ids, length }: Section, numbers: Uint32Array): Uint32Array {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[row] = numbers[ids[row]!]!;
  return rows;
}
