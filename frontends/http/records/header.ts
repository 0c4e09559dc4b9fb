import { BRACKET, blankAfter, DOT, EQUALS, isBlank, isDigit, LESS, MINUS, QUOTE, SPACE } from './characters.ts';
import { closingQuote, type Scan } from './scan.ts';

/** What the head of a log message says; one object is used again and again. */
export interface Header {
  /** APP-NAME is `heroku`: the message comes from the platform, not from an app. */
  platform: boolean;
  /** PROCID is `text[procStart, procEnd)`; empty when there is none. */
  procStart: number;
  procEnd: number;
  /** Where MSG starts. */
  message: number;
  /** The process of a record whose text has no head; else empty. */
  process: string;
}

const FIELDS = 6;
const LONGEST_WORD = 64;
const spaces = new Int32Array(FIELDS);

/**
 * `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID MSG`: RFC 5424 without STRUCTURED-DATA, as Logplex sends it.
 * With `structuredData` one nil or SD-ELEMENT list before MSG is skipped, as log-shuttle sends it. Anything else is a
 * message without a header.
 */
export function readHeader(scan: Scan, start: number, end: number, structuredData: boolean, header: Header): boolean {
  const { bytes } = scan;
  header.platform = false;
  header.procStart = header.procEnd = header.message = start;
  if (bytes[start]! !== LESS) return false;
  let from = start;
  for (let field = 0; field < FIELDS; field++) {
    const space = scan.space.next(from);
    if (space >= end) {
      // MSG and the space before it may be missing.
      if (field < FIELDS - 1) return false;
      spaces[field] = end;
      break;
    }
    spaces[field] = space;
    from = space + 1;
  }
  const app = spaces[2]! + 1;
  header.platform = isPlatform(scan, app, spaces[3]!);
  header.procStart = spaces[3]! + 1;
  header.procEnd = spaces[4]!;
  header.message = Math.min(spaces[5]! + 1, end);
  if (structuredData) header.message = skipStructuredData(scan, header.message, end);
  return true;
}

/**
 * The head of a raw line, in one of these forms:
 * `[<length>] <PRI>1 …` as above, `[TIMESTAMP] app[web.1]: MSG` as `heroku logs` prints it, and
 * `[TIMESTAMP] [HOSTNAME] heroku router - MSG`. Only the first words are looked at, so that the text of a message
 * cannot pass for a message of the platform.
 */
export function readRawHeader(scan: Scan, start: number, end: number, header: Header): void {
  const { bytes } = scan;
  let at = start;
  while (at < end && isDigit(bytes[at]!)) at++;
  const head = at > start && bytes[at]! === SPACE && bytes[at + 1]! === LESS ? at + 1 : start;
  if (readHeader(scan, head, end, true, header)) return;

  at = start;
  for (let word = 0; word < 3 && at < end; word++) {
    const stop = blankAfter(bytes, at, Math.min(end, at + LONGEST_WORD));
    if (stop - at === LONGEST_WORD) return;
    if (stop - at > 3 && scan.text.startsWith(']:', stop - 2)) {
      let bracket = at;
      while (bracket < stop && bytes[bracket]! !== BRACKET) bracket++;
      if (bracket === stop) return;
      header.platform = isPlatform(scan, at, bracket);
      header.procStart = bracket + 1;
      header.procEnd = stop - 2;
      header.message = Math.min(stop + 1, end);
      return;
    }
    if (isPlatform(scan, at, stop)) {
      header.platform = true;
      header.procStart = Math.min(stop + 1, end);
      header.procEnd = blankAfter(bytes, header.procStart, end);
      header.message = skipNil(bytes, skipNil(bytes, Math.min(header.procEnd + 1, end), end), end);
      return;
    }
    if (!isPlain(bytes, at, stop)) return;
    at = stop + 1;
  }
}

function isPlatform(scan: Scan, start: number, end: number): boolean {
  return end - start === 6 && scan.text.startsWith('heroku', start);
}

function skipNil(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end || bytes[position]! !== MINUS) return position;
  if (position + 1 === end) return end;
  return bytes[position + 1]! === SPACE ? position + 2 : position;
}

/** After `-` or `[id key="value" …]…` and a space; `position` when there is neither. RFC 5424, 6.3. */
function skipStructuredData(scan: Scan, position: number, end: number): number {
  const { bytes } = scan;
  if (position >= end || bytes[position]! !== BRACKET) return skipNil(bytes, position, end);
  let at = position;
  while (at < end && bytes[at]! === BRACKET) {
    at = skipElement(scan, at + 1, end);
    if (at < 0) return position;
  }
  if (at >= end) return end;
  return isBlank(bytes[at]!) ? at + 1 : position;
}

/** After the `]` of the SD-ELEMENT whose id starts at `start`, or -1. */
function skipElement(scan: Scan, start: number, end: number): number {
  const { bytes } = scan;
  let at = skipSdName(bytes, start, end);
  if (at === start) return -1;
  while (at < end && bytes[at]! === SPACE) {
    const equals = skipSdName(bytes, at + 1, end);
    if (bytes[equals]! !== EQUALS || bytes[equals + 1]! !== QUOTE) return -1;
    at = closingQuote(scan, equals + 2, end) + 1;
  }
  return at < end && bytes[at]! === CLOSING_BRACKET ? at + 1 : -1;
}

const CLOSING_BRACKET = 0x5d;

/** SD-NAME: printable characters but `=`, space, `]` and `"`. */
function skipSdName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const code = bytes[at]!;
    if (code <= SPACE || code === EQUALS || code === CLOSING_BRACKET || code === QUOTE) break;
    at++;
  }
  return at;
}

/** Where the process type ends: at the dot of `web.1`, at a blank or at `end`. */
export function typeEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== DOT && bytes[at]! > SPACE) at++;
  return at;
}

/** True for a word that may stand in the head of a line: it begins neither a field nor a quote. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === EQUALS || bytes[at] === QUOTE) return false;
  return true;
}

/** True for a PROCID that names a process; `-` is nil. */
export function hasProcess(bytes: Uint8Array, header: Header): boolean {
  const { procStart, procEnd } = header;
  return procEnd > procStart && !(procEnd - procStart === 1 && bytes[procStart]! === MINUS);
}
