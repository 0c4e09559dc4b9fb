import type { Event, ServiceCheck } from '../plugin.ts';
import { COLON, COMMA, CR, decodeUtf8, PIPE, UNDERSCORE, ZERO } from './bytes.ts';
import { type TagSet, tagSet } from './identity.ts';

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
 * `_e{<bytes of title>,<bytes of text>}:<title>|<text>` and optional fields (DogStatsD 1.0). What follows the text up to the next
 * `|` and a bad optional field are ignored, as the Datadog Agent does; `\n` in title and text stands for LF. Where the lengths
 * do not fit as bytes they may be those of UTF-16, which hot-shots counts. Undefined when the line is no event.
 */
export function parseEvent(bytes: Uint8Array, start: number, lineEnd: number, nowSeconds: number): Event | undefined {
  const end = withoutCr(bytes, start, lineEnd);
  const titleLength = readLength(bytes, start + 3, end);
  if (titleLength === undefined || bytes[titleLength.end] !== COMMA || titleLength.value === 0) return undefined;
  const textLength = readLength(bytes, titleLength.end + 1, end);
  if (textLength === undefined || bytes[textLength.end] !== CLOSE_BRACE) return undefined;
  if (bytes[textLength.end + 1] !== COLON) return undefined;
  const parts = splitEvent(bytes, textLength.end + 2, end, titleLength.value, textLength.value);
  if (parts === undefined) return undefined;

  let timestamp = nowSeconds;
  let priority: Event['priority'] = 'normal';
  let alertType: Event['alertType'] = 'info';
  let sent: TagSet = { tags: [] };
  const optional: { host?: string; aggregationKey?: string; sourceType?: string } = {};
  for (const field of parts.fields) {
    const value = field.slice(2);
    if (field.startsWith('d:')) timestamp = parseTimestamp(value) ?? timestamp;
    else if (field.startsWith('h:')) optional.host = value;
    else if (field.startsWith('k:')) optional.aggregationKey = value;
    else if (field.startsWith('s:')) optional.sourceType = value;
    else if (field.startsWith('p:') && (value === 'normal' || value === 'low')) priority = value;
    else if (field.startsWith('t:') && isAlertType(value)) alertType = value;
    else if (field.startsWith('#')) sent = unordered(tagSet(field.slice(1)));
  }
  const title = unescapeNewlines(parts.title);
  const text = unescapeNewlines(parts.text);
  return { title, text, timestamp, priority, alertType, ...sent, ...optional };
}

interface EventParts {
  readonly title: string;
  readonly text: string;
  readonly fields: readonly string[];
}

/** The title, the text and the fields of `bytes[start, end)`; undefined where the lengths fit neither as bytes nor as UTF-16. */
function splitEvent(
  bytes: Uint8Array,
  start: number,
  end: number,
  titleLength: number,
  textLength: number,
): EventParts | undefined {
  const textStart = start + titleLength + 1;
  const textEnd = textStart + textLength;
  const fits = textEnd <= end && bytes[textStart - 1] === PIPE;
  if (fits && (textEnd === end || bytes[textEnd] === PIPE)) return partsOf(bytes, start, textStart, textEnd, end);
  const all = decodeUtf8(bytes, start, end);
  const text = titleLength + 1;
  if (all[titleLength] === '|' && (text + textLength === all.length || all[text + textLength] === '|')) {
    const rest = all.slice(text + textLength + 1);
    const fields = text + textLength >= all.length ? [] : rest.split('|');
    return { title: all.slice(0, titleLength), text: all.slice(text, text + textLength), fields };
  }
  return fits ? partsOf(bytes, start, textStart, textEnd, end) : undefined;
}

function partsOf(bytes: Uint8Array, start: number, textStart: number, textEnd: number, end: number): EventParts {
  let pipe = textEnd;
  while (pipe < end && bytes[pipe] !== PIPE) pipe++;
  return {
    title: decodeUtf8(bytes, start, textStart - 1),
    text: decodeUtf8(bytes, textStart, textEnd),
    fields: fields(bytes, pipe, end),
  };
}

/**
 * `_sc|<name>|<status>` and optional fields (DogStatsD 1.0); a bad optional field is ignored, and a message stays as it is (`\\n`,
 * `m\\:`), as the Agent leaves it. Undefined when the line
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
  let sent: TagSet = { tags: [] };
  const optional: { host?: string; message?: string } = {};
  for (const field of rest) {
    const value = field.slice(2);
    if (field.startsWith('d:')) timestamp = parseTimestamp(value) ?? timestamp;
    else if (field.startsWith('h:')) optional.host = value;
    else if (field.startsWith('m:')) optional.message = value;
    else if (field.startsWith('#')) sent = unordered(tagSet(field.slice(1)));
  }
  return { name, status, timestamp, ...sent, ...optional };
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

/** An event has tags in no order. */
function unordered({ sent: _, ...tags }: TagSet): TagSet {
  return tags;
}
