import { isAscii } from 'node:buffer';
import type { LineStream } from '../plugin.ts';

/**
 * A stream as the original daemon reads it, as 7-bit ASCII: the highest bit of each byte is taken off, before lines are cut (so
 * that 0x8a is a LF).
 */
export function sevenBit(stream: LineStream): LineStream {
  return {
    push: (chunk) => stream.push(isAscii(chunk) ? chunk : chunk.map((byte) => byte & 0x7f)),
    end: () => stream.end(),
  };
}
