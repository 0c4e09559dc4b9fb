import { isDigit, LESS, LF, SPACE, ZERO } from './characters.ts';

const LONGEST_LENGTH = 7;

/**
 * Octet counting (RFC 6587, 3.4.1) as Logplex and log-shuttle send it: `<length> SP <message>`, back to back. Lengths
 * are in bytes, which are the characters of a latin1 text. A message may contain LF, and need not end with one.
 * A broken length costs what lies before the next `LF <length> SP <`. Gives the number of such places.
 */
export function walkFrames(text: string, frame: (start: number, end: number) => void): number {
  let errors = 0;
  let position = 0;
  while (position < text.length) {
    // Some senders end each frame with an LF that is not counted.
    if (text.charCodeAt(position) === LF) {
      position++;
      continue;
    }
    const space = lengthEnd(text, position);
    const end = space < 0 ? -1 : space + 1 + decimal(text, position, space);
    if (end < 0 || end > text.length) {
      errors++;
      position = resynchronise(text, position);
    } else {
      frame(space + 1, end);
      position = end;
    }
  }
  return errors;
}

/** Where the space after 1 to 7 digits is, or -1. */
function lengthEnd(text: string, start: number): number {
  let at = start;
  while (at - start < LONGEST_LENGTH && isDigit(text.charCodeAt(at))) at++;
  return at > start && text.charCodeAt(at) === SPACE ? at : -1;
}

function decimal(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (text.charCodeAt(at) - ZERO);
  return value;
}

function resynchronise(text: string, position: number): number {
  for (let newline = text.indexOf('\n', position); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const space = lengthEnd(text, newline + 1);
    if (space > 0 && text.charCodeAt(space + 1) === LESS) return newline + 1;
  }
  return text.length;
}
