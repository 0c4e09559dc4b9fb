import {
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  BRACKET,
  blankAfter,
  CLOSING,
  ESCAPE,
  isBlank,
  isDigit,
  QUOTE,
  WORD,
} from './characters.ts';

/** Finds one needle in a text and remembers the last answer: a walk through the text searches each byte once. */
export class Finder {
  readonly #needle: string;
  readonly length: number;
  #text = '';
  #from = 0;
  #found = -1;

  constructor(needle: string) {
    this.#needle = needle;
    this.length = needle.length;
  }

  load(text: string): void {
    this.#text = text;
    this.#from = 0;
    this.#found = -1;
  }

  /** First occurrence at or after `position`, or the length of the text. */
  next(position: number): number {
    if (position >= this.#from && position <= this.#found) return this.#found;
    const found = this.#text.indexOf(this.#needle, position);
    this.#from = position;
    this.#found = found < 0 ? this.#text.length : found;
    return this.#found;
  }
}

/**
 * Bytes of a body that are read at one time. As a string of that size they are young objects of V8's, which are made ten times as fast as
 * large ones.
 */
export const WINDOW = 64 * 1024;

/**
 * Text that is read. A loop over every byte takes 2.5 to 3 times as long as jumps with the native `indexOf` of a string, so each
 * kind of mark has its own finder; what lies between two marks is read from the bytes, which `charCodeAt` is slower at.
 */
export interface Scan {
  bytes: Uint8Array;
  /** The bytes as latin1: a character for each byte, so that positions hold for both. */
  text: string;
  readonly hash: Finder;
  readonly quote: Finder;
  readonly apostrophe: Finder;
  readonly backtick: Finder;
  readonly newline: Finder;
  readonly source: Finder;
  readonly addon: Finder;
  /** `HTTP/`, as it stands at the end of a request line. */
  readonly protocol: Finder;
  /** `] "`, as it stands between the date and the request line of the common log format. */
  readonly request: Finder;
  load(body: Buffer): void;
}

export const NOTHING = Buffer.alloc(0);

export function createScan(): Scan {
  const finders = {
    hash: new Finder('#'),
    quote: new Finder('"'),
    apostrophe: new Finder("'"),
    backtick: new Finder('`'),
    newline: new Finder('\n'),
    source: new Finder('source='),
    addon: new Finder('addon='),
    protocol: new Finder('HTTP/'),
    request: new Finder('] "'),
  };
  const all = Object.values(finders);
  const scan: Scan = {
    bytes: NOTHING,
    text: '',
    ...finders,
    load(body) {
      const text = body.toString('latin1');
      scan.bytes = body;
      scan.text = text;
      for (const finder of all) finder.load(text);
    },
  };
  return scan;
}

/**
 * `target`, if it lies outside of quotes, else where the quotes around it end (after the closing one, or `end`).
 * `from` is a position outside of quotes. A quote that is not closed before `end`, the end of the line, hides the rest
 * of the line: a sender that cuts long lines must not turn quoted text into metrics.
 */
export function unquoted(scan: Scan, from: number, target: number, end: number): number {
  let open = openingQuote(scan, from, from, target);
  while (open < target) {
    const close = closingOf(scan, open, end);
    if (close === end) return end;
    if (close >= target) return close + 1;
    open = openingQuote(scan, close + 1, close + 1, target);
  }
  return target;
}

/** The first `"`, `'` or backtick of `[position, target)` that opens something, else `target`. At `from` any of them does. */
function openingQuote(scan: Scan, from: number, position: number, target: number): number {
  for (let at = position; ; ) {
    const open = Math.min(scan.quote.next(at), scan.apostrophe.next(at), scan.backtick.next(at));
    if (open >= target) return target;
    if (open === from || WORD[scan.bytes[open - 1]!] === 0) return open;
    at = open + 1;
  }
}

/** Where the quote closes that opens at `open`, or `end`. */
function closingOf(scan: Scan, open: number, end: number): number {
  switch (scan.bytes[open]!) {
    case QUOTE:
      return closingQuote(scan, open + 1, end);
    case APOSTROPHE:
      return closingApostrophe(scan, open + 1, end);
    default:
      return Math.min(scan.backtick.next(open + 1), end);
  }
}

/** First `"` at or after `position` that is not escaped with a backslash, or `end`. */
export function closingQuote(scan: Scan, position: number, end: number): number {
  let close = scan.quote.next(position);
  while (close < end) {
    if (!isEscaped(scan.bytes, position, close)) return close;
    close = scan.quote.next(close + 1);
  }
  return end;
}

/** First `'` that is neither escaped nor the apostrophe of `don't`, or `end`. */
function closingApostrophe(scan: Scan, position: number, end: number): number {
  let close = scan.apostrophe.next(position);
  while (close < end) {
    const isInWord =
      close > position && close + 1 < end && isWord(scan.bytes, close - 1) && isWord(scan.bytes, close + 1);
    if (!isInWord && !isEscaped(scan.bytes, position, close)) return close;
    close = scan.apostrophe.next(close + 1);
  }
  return end;
}

function isWord(bytes: Uint8Array, position: number): boolean {
  return WORD[bytes[position]!] === 1;
}

/** True after an odd number of backslashes, of which none stands before `start`. */
function isEscaped(bytes: Uint8Array, start: number, position: number): boolean {
  let before = position - 1;
  while (before >= start && bytes[before]! === BACKSLASH) before--;
  return (position - before) % 2 === 0;
}

/** True when a key of logfmt may start at `position` of the line that starts at `lineStart`: a colour may stand before it. */
export function startsKey(bytes: Uint8Array, position: number, lineStart: number): boolean {
  return position === lineStart || isBlank(bytes[position - 1]!) || endsColour(bytes, position, lineStart);
}

/** True after `ESC [ 3 2 m` and its like. */
function endsColour(bytes: Uint8Array, position: number, lineStart: number): boolean {
  let at = position - 1;
  if (bytes[at] !== 0x6d && bytes[at] !== 0x4b) return false;
  do at--;
  while (at > lineStart && (isDigit(bytes[at]!) || bytes[at] === 0x3b));
  return at > lineStart && bytes[at] === BRACKET && bytes[at - 1] === ESCAPE;
}

/** The value that starts at `position`, unquoted and with its escapes resolved; without the punctuation of the text around it. */
export function textValue(scan: Scan, position: number, end: number): string {
  const { bytes, text } = scan;
  if (position >= end) return '';
  const first = bytes[position]!;
  if (first === QUOTE || first === APOSTROPHE || first === BACKTICK) {
    const value = text.slice(position + 1, closingOf(scan, position, end));
    return first === BACKTICK ? value : value.replace(/\\(["'\\])/g, '$1');
  }
  return text.slice(position, valueEnd(bytes, position, end));
}

/** Where the unquoted value that starts at `position` ends. */
export function valueEnd(bytes: Uint8Array, position: number, end: number): number {
  let stop = blankAfter(bytes, position, end);
  while (stop > position && CLOSING[bytes[stop - 1]!] === 1) stop--;
  return stop;
}
