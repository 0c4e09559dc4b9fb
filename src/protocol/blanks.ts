import { CR, NUL, SPACE, TAB } from './bytes.ts';

// What clients put around the parts of a line without meaning anything by it: blanks of ASCII, and the NUL at the end of a text in C.

/** A blank of ASCII or a NUL. */
function isBlank(byte: number): boolean {
  return byte === SPACE || byte === NUL || (byte >= TAB && byte <= CR);
}

/** Where the blanks at the start of `bytes[start, end)` end. */
export function afterBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at]!)) at++;
  return at;
}

/** Where the blanks at the end of `bytes[start, end)` begin. */
export function beforeBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1]!)) at--;
  return at;
}

/** Where the NUL at the end of a line begin; CR may be among them. Other blanks there may be those of a tag. */
export function beforeNul(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === NUL || bytes[at - 1] === CR)) at--;
  return at;
}
