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
  const { text } = scan;
  header.platform = false;
  header.procStart = header.procEnd = header.message = start;
  if (text.charCodeAt(start) !== LESS) return false;
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
  header.platform = isPlatform(text, app, spaces[3]!);
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
  const { text } = scan;
  let at = start;
  while (at < end && isDigit(text.charCodeAt(at))) at++;
  const head = at > start && text.charCodeAt(at) === SPACE && text.charCodeAt(at + 1) === LESS ? at + 1 : start;
  if (readHeader(scan, head, end, true, header)) return;

  at = start;
  for (let word = 0; word < 3 && at < end; word++) {
    const stop = blankAfter(text, at, Math.min(end, at + LONGEST_WORD));
    if (stop - at === LONGEST_WORD) return;
    if (stop - at > 3 && text.startsWith(']:', stop - 2)) {
      let bracket = at;
      while (bracket < stop && text.charCodeAt(bracket) !== BRACKET) bracket++;
      if (bracket === stop) return;
      header.platform = isPlatform(text, at, bracket);
      header.procStart = bracket + 1;
      header.procEnd = stop - 2;
      header.message = Math.min(stop + 1, end);
      return;
    }
    if (isPlatform(text, at, stop)) {
      header.platform = true;
      header.procStart = Math.min(stop + 1, end);
      header.procEnd = blankAfter(text, header.procStart, end);
      header.message = skipNil(text, skipNil(text, Math.min(header.procEnd + 1, end), end), end);
      return;
    }
    at = stop + 1;
  }
}

function isPlatform(text: string, start: number, end: number): boolean {
  return end - start === 6 && text.startsWith('heroku', start);
}

function skipNil(text: string, position: number, end: number): number {
  if (position >= end || text.charCodeAt(position) !== MINUS) return position;
  if (position + 1 === end) return end;
  return text.charCodeAt(position + 1) === SPACE ? position + 2 : position;
}

/** After `-` or `[id key="value" …]…` and a space; `position` when there is neither. RFC 5424, 6.3. */
function skipStructuredData(scan: Scan, position: number, end: number): number {
  const { text } = scan;
  if (position >= end || text.charCodeAt(position) !== BRACKET) return skipNil(text, position, end);
  let at = position;
  while (at < end && text.charCodeAt(at) === BRACKET) {
    at = skipElement(scan, at + 1, end);
    if (at < 0) return position;
  }
  if (at >= end) return end;
  return isBlank(text.charCodeAt(at)) ? at + 1 : position;
}

/** After the `]` of the SD-ELEMENT whose id starts at `start`, or -1. */
function skipElement(scan: Scan, start: number, end: number): number {
  const { text } = scan;
  let at = skipSdName(text, start, end);
  if (at === start) return -1;
  while (at < end && text.charCodeAt(at) === SPACE) {
    const equals = skipSdName(text, at + 1, end);
    if (text.charCodeAt(equals) !== EQUALS || text.charCodeAt(equals + 1) !== QUOTE) return -1;
    at = closingQuote(scan, equals + 2, end) + 1;
  }
  return at < end && text.charCodeAt(at) === CLOSING_BRACKET ? at + 1 : -1;
}

const CLOSING_BRACKET = 0x5d;

/** SD-NAME: printable characters but `=`, space, `]` and `"`. */
function skipSdName(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === EQUALS || code === CLOSING_BRACKET || code === QUOTE) break;
    at++;
  }
  return at;
}

/** Where the process type ends: `web` of `web.1`. */
export function typeEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== DOT) at++;
  return at;
}

/** True for a PROCID that names a process; `-` is nil. */
export function hasProcess(text: string, header: Header): boolean {
  const { procStart, procEnd } = header;
  return procEnd > procStart && !(procEnd - procStart === 1 && text.charCodeAt(procStart) === MINUS);
}
