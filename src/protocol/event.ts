import type { Event, ServiceCheck } from '../plugin.ts';
import { COLON, COMMA, CR, decodeUtf8, PIPE, UNDERSCORE, ZERO } from './bytes.ts';
import { tagList } from './identity.ts';

const LOWER_E = 0x65;
const LOWER_C = 0x63;
const LOWER_S = 0x73;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** True for a line that starts with `_e{`: an event, whatever follows. */
export function isEvent(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 3 && bytes[start] === UNDERSCORE && bytes[start + 1] === LOWER_E && bytes[start + 2] === OPEN_BRACE
  );
}

/** True for a line that starts with `_sc|`: a service check. `_scores:1|c` is a metric. */
export function isServiceCheck(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 4 &&
    bytes[start] === UNDERSCORE &&
    bytes[start + 1] === LOWER_S &&
    bytes[start + 2] === LOWER_C &&
    bytes[start + 3] === PIPE
  );
}

/**
 * `_e{<bytes of title>,<bytes of text>}:<title>|<text>` and optional fields (DogStatsD 1.0). A bad optional field is
 * ignored, as the Datadog Agent does; `\n` in title and text stands for LF. Undefined when the line is no event.
 */
export function parseEvent(bytes: Uint8Array, start: number, lineEnd: number, nowSeconds: number): Event | undefined {
  const end = withoutCr(bytes, start, lineEnd);
  const titleLength = readLength(bytes, start + 3, end);
  if (titleLength === undefined || bytes[titleLength.end] !== COMMA || titleLength.value === 0) return undefined;
  const textLength = readLength(bytes, titleLength.end + 1, end);
  if (textLength === undefined || bytes[textLength.end] !== CLOSE_BRACE) return undefined;
  if (bytes[textLength.end + 1] !== COLON) return undefined;
  const titleStart = textLength.end + 2;
  const textStart = titleStart + titleLength.value + 1;
  const textEnd = textStart + textLength.value;
  if (textEnd > end || bytes[textStart - 1] !== PIPE) return undefined;
  if (textEnd < end && bytes[textEnd] !== PIPE) return undefined;

  let timestamp = nowSeconds;
  let priority: Event['priority'] = 'normal';
  let alertType: Event['alertType'] = 'info';
  let tags: readonly string[] = [];
  const optional: { host?: string; aggregationKey?: string; sourceType?: string } = {};
  for (const field of fields(bytes, textEnd, end)) {
    const value = field.slice(2);
    if (field.startsWith('d:')) timestamp = parseTimestamp(value) ?? timestamp;
    else if (field.startsWith('h:')) optional.host = value;
    else if (field.startsWith('k:')) optional.aggregationKey = value;
    else if (field.startsWith('s:')) optional.sourceType = value;
    else if (field.startsWith('p:') && (value === 'normal' || value === 'low')) priority = value;
    else if (field.startsWith('t:') && isAlertType(value)) alertType = value;
    else if (field.startsWith('#')) tags = tagList(field.slice(1));
  }
  const title = unescapeNewlines(decodeUtf8(bytes, titleStart, textStart - 1));
  const text = unescapeNewlines(decodeUtf8(bytes, textStart, textEnd));
  return { title, text, timestamp, priority, alertType, tags, ...optional };
}

/**
 * `_sc|<name>|<status>` and optional fields (DogStatsD 1.0); a bad optional field is ignored. Undefined when the line
 * is no service check.
 */
export function parseServiceCheck(
  bytes: Uint8Array,
  start: number,
  lineEnd: number,
  nowSeconds: number,
): ServiceCheck | undefined {
  const end = withoutCr(bytes, start, lineEnd);
  const [name, statusText, ...rest] = fields(bytes, start + 3, end);
  if (name === undefined || name === '' || statusText === undefined) return undefined;
  const status = statuses.get(statusText);
  if (status === undefined) return undefined;
  let timestamp = nowSeconds;
  let tags: readonly string[] = [];
  const optional: { host?: string; message?: string } = {};
  for (const field of rest) {
    const value = field.slice(2);
    if (field.startsWith('d:')) timestamp = parseTimestamp(value) ?? timestamp;
    else if (field.startsWith('h:')) optional.host = value;
    else if (field.startsWith('m:')) optional.message = unescapeNewlines(value);
    else if (field.startsWith('#')) tags = tagList(field.slice(1));
  }
  return { name, status, timestamp, tags, ...optional };
}

const statuses: ReadonlyMap<string, ServiceCheck['status']> = new Map([
  ['0', 0],
  ['1', 1],
  ['2', 2],
  ['3', 3],
]);

function withoutCr(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}

/** A run of digits from `start`, and where it ends. */
function readLength(bytes: Uint8Array, start: number, end: number): { value: number; end: number } | undefined {
  let value = 0;
  let position = start;
  for (; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    if (value > end) return undefined;
  }
  return position === start ? undefined : { value, end: position };
}

/** The `|`-separated fields after the `|` at `start`. */
function fields(bytes: Uint8Array, start: number, end: number): string[] {
  return start >= end ? [] : decodeUtf8(bytes, start + 1, end).split('|');
}

function parseTimestamp(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function isAlertType(text: string): text is Event['alertType'] {
  return text === 'error' || text === 'warning' || text === 'info' || text === 'success';
}

function unescapeNewlines(text: string): string {
  return text.replaceAll('\\n', '\n');
}
