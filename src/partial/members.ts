import { MEMBER_RECORD_HEAD, recordLength, type SetSection } from './partial.ts';

/** Calls `member` with the row of its set and the place of each exact member, in order of arrival. */
export function readMembers(
  { chunks }: SetSection,
  member: (row: number, bytes: Buffer, start: number, end: number) => void,
): void {
  for (const { buffer, length } of chunks) {
    const bytes = Buffer.from(buffer, 0, length);
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const start = at + MEMBER_RECORD_HEAD;
      const end = start + words[at / 4 + 1]!;
      member(words[at / 4]!, bytes, start, end);
      at += recordLength(MEMBER_RECORD_HEAD, end - start);
    }
  }
}
