import { blankAfter, DOT, EQUALS, isDigit, SPACE, startsAt, word, ZERO } from '../records/characters.ts';
import { closingQuote, type Scan } from '../records/scan.ts';
import { methods, protocols } from './folds.ts';
import { readValue, type Value } from './value.ts';

/** A request as a line of Heroku's router tells of it; one object is used again and again. */
export interface RoutedRequest {
  /** The dyno is `text[dynoStart, dynoEnd)`, empty where none was asked, and its type ends at `typeEnd`. */
  dynoStart: number;
  typeEnd: number;
  dynoEnd: number;
  /** `code=` starts there; -1 without. */
  code: number;
  /** Of `methods` and `protocols`. */
  method: number;
  protocol: number;
  /** 0 without. */
  status: number;
  /** Milliseconds; NaN without. */
  connect: number;
  service: number;
  /** NaN without. */
  bytes: number;
}

export function createRequest(): RoutedRequest {
  return {
    dynoStart: 0,
    typeEnd: 0,
    dynoEnd: 0,
    code: -1,
    method: 0,
    protocol: NO_PROTOCOL,
    status: 0,
    connect: Number.NaN,
    service: Number.NaN,
    bytes: Number.NaN,
  };
}

const NO_PROTOCOL = protocols.indexOf('none');
const GET = methods.indexOf('GET');
const HTTPS = protocols.indexOf('https');
const EXACT_DIGITS = 15;
const USUAL = word('at=info method=');
const USUAL_GET = word('GET ');
const DYNO = word(' dyno=');
const CONNECT = word(' connect=');
const SERVICE = word('ms service=');
const STATUS = word('ms status=');
const BYTES = word(' bytes=');
const PROTOCOL = word(' protocol=https');
const DESCRIPTION = word('desc=');
const value: Value = { number: 0, ms: 0 };

/**
 * Reads the logfmt of a line. What a visitor chooses (path, host, request_id, fwd) stands from the first quoted field, after the
 * description of an error, to the last: only what is before and behind is read. False where a quote is open or nothing stands behind the
 * last one: a line that was cut ends with what a visitor wrote, and says nothing.
 */
export function readRequest(scan: Scan, start: number, end: number, request: RoutedRequest): boolean {
  request.dynoStart = request.typeEnd = request.dynoEnd = start;
  request.code = -1;
  request.method = request.status = 0;
  request.protocol = NO_PROTOCOL;
  request.connect = request.service = request.bytes = Number.NaN;

  let open = scan.quote.next(start);
  if (open >= end) return readFields(scan, start, end, request, FRONT | BACK);
  readFront(scan, start, open, request);
  let isFront = isDescription(scan, open);
  for (;;) {
    const close = closingQuote(scan, open + 1, end);
    if (close === end) return false;
    open = scan.quote.next(close + 1);
    if (open >= end) {
      const parts = isFront ? FRONT | BACK : BACK;
      if (readTail(scan, close + 1, end, request, parts)) return true;
      return scan.bytes[close + 1]! <= SPACE && readFields(scan, close + 1, end, request, parts);
    }
    if (!isFront) continue;
    readFront(scan, close + 1, open, request);
    isFront = isDescription(scan, open);
  }
}

/** `desc="…"`, which is the router's own. */
function isDescription({ bytes }: Scan, open: number): boolean {
  return startsAt(bytes, open - 5, DESCRIPTION);
}

function readFront(scan: Scan, start: number, end: number, request: RoutedRequest): void {
  let at = start;
  if (startsAt(scan.bytes, start, USUAL)) at = setMethod(scan, start + USUAL.length, end, request);
  readFields(scan, at, end, request, FRONT);
}

function setMethod(
  { bytes, text }: Pick<Scan, 'bytes' | 'text'>,
  start: number,
  end: number,
  request: RoutedRequest,
): number {
  if (startsAt(bytes, start, USUAL_GET)) {
    request.method = GET;
    return start + 3;
  }
  const stop = blankAfter(bytes, start, end);
  request.method = methods.indexOf(text.slice(start, stop));
  return stop;
}

/**
 * ` dyno=web.1 connect=1ms service=39ms status=200 bytes=1627 protocol=https` and whatever follows, in this order, as nearly all lines
 * have it: half the time of reading field by field. False where it is otherwise.
 */
function readTail(scan: Scan, start: number, end: number, request: RoutedRequest, parts: number): boolean {
  const { bytes } = scan;
  if (!startsAt(bytes, start, DYNO)) return false;
  let at = start + 6;
  request.dynoStart = at;
  while (bytes[at]! !== DOT && bytes[at]! > SPACE) at++;
  request.typeEnd = at;
  while (bytes[at]! > SPACE) at++;
  request.dynoEnd = at;
  if (!startsAt(bytes, at, CONNECT)) return false;
  let first = at + 9;
  let number = 0;
  for (at = first; isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  if (at === first || at - first > EXACT_DIGITS || !startsAt(bytes, at, SERVICE)) return false;
  request.connect = number;
  first = at + 11;
  number = 0;
  for (at = first; isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  if (at === first || at - first > EXACT_DIGITS || !startsAt(bytes, at, STATUS)) return false;
  request.service = number;
  first = at + 10;
  number = 0;
  for (at = first; isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  if (at - first !== 3 || number < 100 || !startsAt(bytes, at, BYTES)) return false;
  request.status = number;
  first = at + 7;
  number = 0;
  for (at = first; isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  if (at === first || at - first > EXACT_DIGITS || at > end || (at < end && bytes[at]! > SPACE)) return false;
  request.bytes = number;
  if (at + 1 >= end) return true;
  if (startsAt(bytes, at, PROTOCOL) && (at + 15 >= end || bytes[at + 15]! <= SPACE)) {
    request.protocol = HTTPS;
    at += 15;
  }
  readFields(scan, at, end, request, parts);
  return true;
}

/** What of a line may say what: before what a visitor wrote, how he asked; behind it, how it was answered. */
const FRONT = 1;
const BACK = 2;

/** Of a field that stands twice the later one counts. False when there is none that is known. */
function readFields(scan: Scan, start: number, end: number, request: RoutedRequest, parts: number): boolean {
  const { bytes } = scan;
  let found = false;
  let at = start;
  while (at < end) {
    const key = at;
    let byte = bytes[at]!;
    while (byte !== EQUALS && byte > SPACE && ++at < end) byte = bytes[at]!;
    if (byte !== EQUALS || at === end) {
      at++;
      continue;
    }
    const length = at - key;
    const isKnown =
      ((parts & FRONT) !== 0 && readFrontField(scan, key, length, end, request)) ||
      ((parts & BACK) !== 0 && readBackField(scan, key, length, end, request));
    found ||= isKnown;
    at = blankAfter(bytes, at + 1, end) + 1;
  }
  return found;
}

function readFrontField(
  { bytes, text }: Scan,
  key: number,
  length: number,
  end: number,
  request: RoutedRequest,
): boolean {
  const value = key + length + 1;
  if (length === 4 && text.startsWith('code', key)) request.code = value;
  else if (length === 6 && text.startsWith('method', key)) setMethod({ bytes, text }, value, end, request);
  else return false;
  return true;
}

function readBackField(scan: Scan, key: number, length: number, end: number, request: RoutedRequest): boolean {
  const { bytes, text } = scan;
  const value = key + length + 1;
  switch (length) {
    case 4:
      if (!text.startsWith('dyno', key)) return false;
      setDyno(bytes, value, end, request);
      return true;
    case 5:
      if (!text.startsWith('bytes', key)) return false;
      request.bytes = integer(bytes, value, end);
      return true;
    case 6: {
      if (!text.startsWith('status', key)) return false;
      const status = integer(bytes, value, end);
      request.status = status >= 100 && status <= 999 ? status : 0;
      return true;
    }
    case 7:
      if (text.startsWith('connect', key)) request.connect = milliseconds(scan, value, end);
      else if (text.startsWith('service', key)) request.service = milliseconds(scan, value, end);
      else return false;
      return true;
    case 8:
      if (!text.startsWith('protocol', key)) return false;
      setProtocol(scan, value, end, request);
      return true;
    default:
      return false;
  }
}

function setDyno(bytes: Uint8Array, start: number, end: number, request: RoutedRequest): void {
  let at = start;
  while (at < end && bytes[at]! !== DOT && bytes[at]! > SPACE) at++;
  request.dynoStart = start;
  request.typeEnd = at;
  request.dynoEnd = blankAfter(bytes, at, end);
}

function setProtocol({ bytes, text }: Scan, start: number, end: number, request: RoutedRequest): void {
  const stop = blankAfter(bytes, start, end);
  if (stop - start === 5 && text.startsWith('https', start)) request.protocol = HTTPS;
  else request.protocol = stop === start ? NO_PROTOCOL : protocols.indexOf(text.slice(start, stop));
}

/** NaN when there are other characters than digits, or more than a double holds. */
function integer(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let number = 0;
  for (; at < end && isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  const isWhole = at > start && at - start <= EXACT_DIGITS && (at >= end || bytes[at]! <= SPACE);
  return isWhole ? number : Number.NaN;
}

function milliseconds(scan: Scan, start: number, end: number): number {
  const { bytes } = scan;
  let at = start;
  let number = 0;
  for (; at < end && isDigit(bytes[at]!); at++) number = number * 10 + (bytes[at]! - ZERO);
  const isUsual =
    at > start && at - start <= EXACT_DIGITS && bytes[at] === 0x6d && bytes[at + 1] === 0x73 && at + 2 <= end;
  if (isUsual && (at + 2 === end || bytes[at + 2]! <= SPACE)) return number;
  return readValue(scan, start, end, value) ? value.ms : Number.NaN;
}

/** `[HRL]` and two digits, and nothing else up to a blank, `:` or the end. */
export function codeAt(text: string, start: number, end: number): string | undefined {
  const code = text.slice(start, Math.min(start + 4, end));
  return /^[HRL]\d\d(?:[\s:]|$)/.test(code) ? code.slice(0, 3) : undefined;
}
