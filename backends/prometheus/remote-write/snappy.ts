import snappy from 'snappyjs';
import type { Version } from './wire.ts';
import { V2 } from './wire-v2.ts';

/** The content coding of remote write: the block format, not the framed one. https://github.com/google/snappy/blob/main/format_description.txt */
export const SNAPPY = 'snappy';

export function compress(bytes: Uint8Array): Uint8Array {
  return snappy.compress(bytes);
}

/** Throws where it is no such block. */
export function uncompress(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = snappy.uncompress(bytes);
  return Buffer.from(buffer, byteOffset, length);
}

/**
 * The version of a compressed request: the first field of one of version 2 is a symbol, and one of version 1 has none of that number. A
 * payload may be older than the configuration, and the receiver may have changed since it was written.
 */
export function versionOf(block: Uint8Array): Version {
  let at = 0;
  while (block[at]! >= 0x80) at++;
  at++;
  // What comes first is no copy of anything. Its length is in the tag, or in up to four bytes behind it.
  const length = block[at]! >> 2;
  const first = block[at + 1 + (length < 60 ? 0 : length - 59)];
  return first !== undefined && first >> 3 === V2.symbols ? 2 : 1;
}
