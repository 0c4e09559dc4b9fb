import type { Steps } from '../kit/slices.ts';
import { MEMBER_RECORD_HEAD, recordLength, type SetSection } from './partial.ts';

/** Members that are read at once: 1 ms. */
const MEMBERS_AT_ONCE = 2048;

/** Calls `member` with the row of its set and the place of each exact member, in order of arrival. */
export function* readMembers(
  { chunks }: SetSection,
  member: (row: number, bytes: Buffer, start: number, end: number) => void,
): Steps<void> {
  let read = 0;
  for (const { buffer, length } of chunks) {
    const bytes = Buffer.from(buffer, 0, length);
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const start = at + MEMBER_RECORD_HEAD;
      const end = start + words[at / 4 + 1]!;
      member(words[at / 4]!, bytes, start, end);
      at += recordLength(MEMBER_RECORD_HEAD, end - start);
      if (++read % MEMBERS_AT_ONCE === 0) yield;
    }
  }
}
