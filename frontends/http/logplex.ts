import { isDigit, LESS, LF, SPACE, ZERO } from './characters.ts';
import type { Scan } from './scan.ts';

const LONGEST_LENGTH = 7;

/**
 * Octet counting (RFC 6587, 3.4.1) as Logplex and log-shuttle send it: `<length> SP <message>`, back to back. A message may contain LF, and need not end with one.
 * A broken length costs what lies before the next `LF <length> SP <`. Gives the number of such places.
 */
export function walkFrames({ bytes, text }: Scan, frame: (start: number, end: number) => void): number {
  let errors = 0;
  let position = 0;
  while (position < bytes.length) {
    // Some senders end each frame with an LF that is not counted.
    if (bytes[position]! === LF) {
      position++;
      continue;
    }
    const space = lengthEnd(bytes, position);
    const end = space < 0 ? -1 : space + 1 + decimal(bytes, position, space);
    if (end < 0 || end > bytes.length) {
      errors++;
      position = resynchronise(bytes, text, position);
    } else {
      frame(space + 1, end);
      position = end;
    }
  }
  return errors;
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
