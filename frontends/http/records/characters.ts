/** Bytes of log lines, and what they may be part of. */

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
const NINE = 0x39;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const BRACKET = 0x5b;
export const BACKSLASH = 0x5c;

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** 1 for a byte of a metric name: `[A-Za-z0-9_.:/-]`. */
export const NAME = table(`${LETTERS}${DIGITS}_.:/-`);
/** 1 for a byte of a unit: `[A-Za-z%]`, and the bytes of the two UTF-8 forms of µ (C2 B5, CE BC). */
export const UNIT = table(`${LETTERS}%\xc2\xb5\xce\xbc`);
/** 1 for a byte after which `"` is no opening quote, such as in `5" pipe`: `[A-Za-z0-9]`. */
export const WORD = table(`${LETTERS}${DIGITS}`);

function table(characters: string): Uint8Array {
  const flags = new Uint8Array(256);
  for (const character of characters) flags[character.charCodeAt(0)] = 1;
  return flags;
}

/** Blanks are all bytes up to the space: tab, CR and control bytes too. */
export function isBlank(code: number): boolean {
  return code <= SPACE;
}

export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** First blank at or after `position`, or `end`. */
export function blankAfter(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && bytes[at]! > SPACE) at++;
  return at;
}
