import {
  BRACKET,
  blankAfter,
  CLOSING_BRACKET,
  COLON,
  DOT,
  EQUALS,
  GREATER,
  isBlank,
  isDigit,
  LESS,
  MINUS,
  QUOTE,
  SPACE,
  startsAt,
  word,
} from './characters.ts';
import { closingQuote, type Scan } from './scan.ts';

/** What the head of a log message says; one object is used again and again. */
export interface Header {
  /** The message says that it comes from the platform, not from an app: APP-NAME is `heroku`. */
  platform: boolean;
  /** PROCID is `text[procStart, procEnd)`; empty when there is none. */
  procStart: number;
  procEnd: number;
  /** Where MSG starts. */
  message: number;
  /** The process of a record whose text has no head; else empty. */
  process: string;
}

export function createHeader(): Header {
  return { platform: false, procStart: 0, procEnd: 0, message: 0, process: '' };
}

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
  const version = spaceAfter(bytes, start + 1, end);
  const time = timeEnd(bytes, version + 1, end);
  const host = spaceAfter(bytes, time + 1, end);
  const app = spaceAfter(bytes, host + 1, end);
  const process = spaceAfter(bytes, app + 1, end);
  if (process >= end) return false;
  header.platform = isPlatform(scan, host + 1, app);
  header.procStart = app + 1;
  header.procEnd = process;
  // MSG and the space before it may be missing.
  header.message = Math.min(spaceAfter(bytes, process + 1, end) + 1, end);
  if (structuredData) header.message = skipStructuredData(scan, header.message, end);
  return true;
}

function spaceAfter(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** The space behind a time. That of Logplex, `2024-05-01T10:00:01.120000+00:00`, is known by five of its characters. */
function timeEnd(bytes: Uint8Array, start: number, end: number): number {
  const isUsual =
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === COLON &&
    bytes[start + 19] === DOT &&
    bytes[start + 29] === COLON &&
    bytes[start + 32] === SPACE;
  return isUsual && start + 32 < end ? start + 32 : spaceAfter(bytes, start, end);
}

const LONGEST_WORD = 64;

/**
 * The head of a raw line: `[<length>] <PRI>1 …` as above; `<PRI>May  1 10:00:01 host nginx[12]: MSG` of RFC 3164; `TIME app[web.1]: MSG` as
 * `heroku logs` prints it; `TIME [HOSTNAME] heroku router - MSG`; `app[web.1]: MSG`. Only one that begins with a priority or a time can
 * be the platform's, and only its first words are looked at, so that the text of a message cannot pass for a message of the platform.
 */
export function readRawHeader(scan: Scan, start: number, end: number, header: Header): void {
  const { bytes } = scan;
  let at = start;
  while (at < end && isDigit(bytes[at]!)) at++;
  const head = at > start && bytes[at]! === SPACE && bytes[at + 1]! === LESS ? at + 1 : start;
  const priority = skipPriority(bytes, head, end);
  if (priority > head && isVersion(bytes, priority) && readHeader(scan, head, end, true, header)) return;

  header.platform = false;
  header.procStart = header.procEnd = header.message = start;
  at = skipTime(bytes, priority, end);
  const hasHead = at > head;
  for (let word = 0; word < (hasHead ? 2 : 1) && at < end; word++) {
    const stop = blankAfter(bytes, at, Math.min(end, at + LONGEST_WORD));
    if (stop - at === LONGEST_WORD) return;
    if (readTag(scan, at, stop, hasHead, header)) {
      header.message = Math.min(stop + 1, end);
      return;
    }
    if (hasHead && isPlatform(scan, at, stop)) {
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

/** `app[web.1]:`; after a time also `nginx[12]:` and `nginx:`, where the process is the program. */
function readTag(scan: Scan, start: number, end: number, hasHead: boolean, header: Header): boolean {
  const { bytes } = scan;
  if (end - start < 2 || bytes[end - 1] !== COLON) return false;
  const isBracketed = bytes[end - 2] === CLOSING_BRACKET;
  if (!isBracketed && !hasHead) return false;
  let bracket = start;
  while (bracket < end - 1 && bytes[bracket] !== BRACKET) bracket++;
  if (isBracketed && bracket === end - 1) return false;
  let digits = bracket + 1;
  while (digits < end - 2 && isDigit(bytes[digits]!)) digits++;
  const isProgram = !isBracketed || digits === end - 2;
  header.procStart = isProgram ? start : bracket + 1;
  header.procEnd = isProgram ? bracket : end - 2;
  header.platform = hasHead && isBracketed && isPlatform(scan, start, bracket);
  return true;
}

/** After `<PRI>`, or `position`. */
function skipPriority(bytes: Uint8Array, position: number, end: number): number {
  if (bytes[position] !== LESS) return position;
  let at = position + 1;
  while (at < end && at - position < 4 && isDigit(bytes[at]!)) at++;
  return at > position + 1 && bytes[at] === GREATER ? at + 1 : position;
}

function isVersion(bytes: Uint8Array, position: number): boolean {
  return bytes[position] === 0x31 && bytes[position + 1] === SPACE;
}

/** After `2024-05-01T10:00:01Z `, `2024-05-01 10:00:01 ` or `May  1 10:00:01 `, or `position`. */
function skipTime(bytes: Uint8Array, position: number, end: number): number {
  const at = (offset: number) => bytes[position + offset]!;
  if (position + 16 > end) return position;
  if (isDigit(at(0)) && isDigit(at(3)) && at(4) === MINUS && at(7) === MINUS && isDigit(at(9)) && at(13) === COLON) {
    return Math.min(blankAfter(bytes, position + 13, end) + 1, end);
  }
  const isOld = at(3) === SPACE && isDigit(at(5)) && at(6) === SPACE && at(9) === COLON && at(12) === COLON;
  return isOld && at(15) === SPACE ? position + 16 : position;
}

const PLATFORM = word('heroku');

function isPlatform({ bytes }: Scan, start: number, end: number): boolean {
  return end - start === PLATFORM.length && startsAt(bytes, start, PLATFORM);
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
