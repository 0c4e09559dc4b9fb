/** Bytes of log lines, and what they may be part of. */

export const LF = 0x0a;
export const CR = 0x0d;
export const ESCAPE = 0x1b;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
const NINE = 0x39;
export const COLON = 0x3a;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSING_BRACKET = 0x5d;
export const BACKTICK = 0x60;

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** 1 for a byte of a metric name: `[A-Za-z0-9_.:/-]`. */
export const NAME = table(`${LETTERS}${DIGITS}_.:/-`);
/** 1 for a byte of a unit: `[A-Za-z%]`, and the bytes of the two UTF-8 forms of µ (C2 B5, CE BC). */
export const UNIT = table(`${LETTERS}%\xc2\xb5\xce\xbc`);
/** 1 for a byte after which a quote opens nothing, such as in `5" pipe` and `don't`: `[A-Za-z0-9]`. */
export const WORD = table(`${LETTERS}${DIGITS}`);
/** 1 for what may stand behind a token that somebody wrote into a sentence, a list or brackets: `,;)]}>`. */
export const CLOSING = table(',;)]}>');
/** 1 for a digit of a number with base 16. */
export const HEXADECIMAL = table(`${DIGITS}abcdefABCDEF`);

function table(characters: string): Uint8Array {
  const flags = new Uint8Array(256);
  for (const character of characters) flags[character.charCodeAt(0)] = 1;
  return flags;
}

/** Blanks are all bytes up to the space: tab, CR, control bytes, and so the ESC that a colour begins with. */
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

/** Behind the last blank of `[start, position)`, or `start`. */
export function blankBefore(bytes: Uint8Array, start: number, position: number): number {
  let at = position;
  while (at > start && bytes[at - 1]! > SPACE) at--;
  return at;
}

/** A word to compare with {@link startsAt}. */
export function word(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** True when `known` stands at `position`: for short words half the time of `startsWith` of a string. */
export function startsAt(bytes: Uint8Array, position: number, known: Uint8Array): boolean {
  for (let at = 0; at < known.length; at++) if (bytes[position + at] !== known[at]) return false;
  return true;
}
