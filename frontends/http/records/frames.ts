import { isDigit, LESS, LF, SPACE, ZERO } from './characters.ts';
import type { Scan } from './scan.ts';

const LONGEST_LENGTH = 7;
/** A walk through the frames of the loaded body. */
export interface FrameWalk {
  position: number;
  /** Places where a length was broken. */
  errors: number;
}

/**
 * Octet counting (RFC 6587, 3.4.1) as Logplex and log-shuttle send it: `<length> SP <message>`, back to back. A message may contain LF, and need not end with one.
 * A broken length costs what lies before the next `LF <length> SP <`. `spent` is asked every `between` frames; false when
 * it stopped the walk before the end of the body.
 */
export function walkFrames(
  { bytes, text }: Scan,
  walk: FrameWalk,
  frame: (start: number, end: number) => void,
  spent: () => boolean,
  between: number,
): boolean {
  let { position } = walk;
  for (let left = between; position < bytes.length; left--) {
    if (left === 0) {
      if (spent()) {
        walk.position = position;
        return false;
      }
      left = between;
    }
    // Some senders end each frame with an LF that is not counted.
    if (bytes[position]! === LF) {
      position++;
      continue;
    }
    const space = lengthEnd(bytes, position);
    const end = space < 0 ? -1 : space + 1 + decimal(bytes, position, space);
    if (end < 0 || end > bytes.length) {
      walk.errors++;
      position = resynchronise(bytes, text, position);
    } else {
      frame(space + 1, end);
      position = end;
    }
  }
  walk.position = position;
  return true;
}

/** Where the space after 1 to 7 digits is, or -1. */
function lengthEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at - start < LONGEST_LENGTH && isDigit(bytes[at]!)) at++;
  return at > start && bytes[at]! === SPACE ? at : -1;
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at]! - ZERO);
  return value;
}

function resynchronise(bytes: Uint8Array, text: string, position: number): number {
  for (let newline = text.indexOf('\n', position); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const space = lengthEnd(bytes, newline + 1);
    if (space > 0 && bytes[space + 1]! === LESS) return newline + 1;
  }
  return text.length;
}
