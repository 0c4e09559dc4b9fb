/** ASCII bytes of the wire formats. */
export const NUL = 0x00;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const AT = 0x40;
export const UNDERSCORE = 0x5f;
export const LOWER_C = 0x63;
export const LOWER_G = 0x67;
export const LOWER_M = 0x6d;
export const LOWER_S = 0x73;
export const PIPE = 0x7c;
export const DELETE = 0x7f;
export const ZERO = 0x30;
export const UPPER_T = 0x54;

// Without `ignoreBOM` a leading U+FEFF would be cut off, and a name of nothing else would become empty.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** UTF-8 to a string; invalid bytes become U+FFFD. ASCII in a `Buffer` takes a third of the time. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (Buffer.isBuffer(bytes) && isAscii(bytes, start, end)) return bytes.toString('latin1', start, end);
  return utf8.decode(bytes.subarray(start, end));
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > DELETE) return false;
  return true;
}

/** Whether `bytes[start, end)` begins with these. */
export function startsWith(bytes: Uint8Array, start: number, end: number, first: Uint8Array): boolean {
  if (end - start < first.length) return false;
  for (let at = 0; at < first.length; at++) if (bytes[start + at] !== first[at]) return false;
  return true;
}
