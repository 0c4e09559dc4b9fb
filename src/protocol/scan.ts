import type { Dialect } from '../config/settings.ts';
import { afterBlanks, beforeBlanks, beforeNul } from './blanks.ts';
import { AT, COLON, CR, DELETE, HASH, LOWER_M, MINUS, NUL, PIPE, PLUS, SEMICOLON, UPPER_T, ZERO } from './bytes.ts';
import { COUNTER, COUNTERS, GAUGES, SETS } from './codes.ts';
import { parseNumber } from './number.ts';
import type { RejectReason } from './reasons.ts';
import { metricTypes, rowKind, type TypeCode, typeCode, typeLetters } from './types.ts';

/**
 * One line, read but not yet aggregated:
 *
 *     name ":" values "|" type [ "|@" rate ] [ ":" values "|" type [ "|@" rate ] ]… [ "|#" tags ] [ "|" field ]…
 *     values = value [ ":" value ]…        one value for a set: the whole text
 *
 * that is StatsD's several values (`a:1|c:2|c`, each with its own type and rate) and DogStatsD's packed values
 * (`a:1:2|c`) in one grammar. Tags belong to the whole line; of a repeated field the last counts. The offsets point
 * into the scanned bytes and hold until the next scan. A line is taken whole or rejected whole.
 */
export interface Scan {
  /** Added to the type codes of its keys. */
  readonly keyFlag: number;
  /** Tags over a limit are clipped, and control bytes in tags kept, as the Datadog Agent does; else the line is refused. */
  clipsTags: boolean;
  nameStart: number;
  nameEnd: number;
  /** The tag section without its `#`; empty when `tagStart === tagEnd`. */
  tagStart: number;
  tagEnd: number;
  /** What follows the values, types and rates, from a `|` on; empty where nothing does. */
  fieldsStart: number;
  fieldsEnd: number;
  /** Unix seconds, of a line of counters and gauges that has a time of its own; 0 without. Rates and signs mean nothing then. */
  timestamp: number;
  /** Values with one type and rate; most lines have one group of one value. */
  groupCount: number;
  readonly groupType: Uint8Array;
  /** 1 / rate. */
  readonly groupWeight: Float64Array;
  /** Group g holds the values `[groupEnd[g - 1] or 0, groupEnd[g])`. */
  readonly groupEnd: Uint32Array;
  readonly value: Float64Array;
  /** 1 where a gauge's value is a signed delta. */
  readonly isDelta: Uint8Array;
  /** The text of a set's member. */
  readonly memberStart: Uint32Array;
  readonly memberEnd: Uint32Array;
}

/** Bytes that end a name or may not be in one: control bytes, `:` and `|`. */
const endsName = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) endsName[byte] = 1;
endsName[DELETE] = 1;
endsName[COLON] = 1;
endsName[PIPE] = 1;

/** Whether `bytes[start, end)` is a name: {@link Scanner.read} takes lines of no other. */
export function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end || bytes[start] === SEMICOLON) return false;
  for (let position = start; position < end; position++) if (endsName[bytes[position]!] === 1) return false;
  return true;
}

const UNKNOWN_TYPE = -1;

/** By a first letter, and by what follows it in the upper byte, a second letter or `|`: the type's code. */
const codeByLetters = new Int8Array(1 << 16).fill(UNKNOWN_TYPE);
for (const type of metricTypes) {
  const [first = 0, second = PIPE] = Buffer.from(typeLetters(type));
  codeByLetters[first | (second << 8)] = typeCode(type);
}
/** `m`, a meter, is what cadence and netdata call a counter; the original takes it for one, the Datadog Agent refuses it. */
const withMeters = codeByLetters.slice();
withMeters[LOWER_M | (PIPE << 8)] = COUNTER;

/** In what the native dialects differ. */
interface Rules {
  readonly codeByLetters: Int8Array;
  /** The signed value of a gauge is a change. */
  readonly deltas: boolean;
  /** Blanks around values, types, rates and timestamps are taken off, as the original does, and NUL at the end of the line. */
  readonly forgives: boolean;
}

const agentRules: Rules = { codeByLetters, deltas: false, forgives: false };
const autoRules: Rules = { codeByLetters: withMeters, deltas: true, forgives: false };
const forgivingRules: Rules = { ...autoRules, forgives: true };

/** Scans lines of the dialects `auto` and `dogstatsd` of up to `lineLength` bytes. One scanner serves one thread: each scan overwrites the last. */
export function createScanner(lineLength: number, keyFlag = 0): Scanner {
  const scan = createScan(lineLength, keyFlag);
  return {
    scan,
    read(bytes, start, lineEnd, dialect) {
      const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      scan.clipsTags = dialect === 'dogstatsd';
      if (dialect === 'dogstatsd') return readLine(scan, bytes, start, end, agentRules);
      const reason = readLine(scan, bytes, start, end, autoRules);
      // Only what would be refused is looked at again: good lines pay nothing for the others. A NUL would be part of a tag.
      if (reason === undefined ? bytes[end - 1] !== NUL : reason === 'bad_name') return reason;
      return readLine(scan, bytes, start, beforeNul(bytes, start, end), forgivingRules);
    },
  };
}

/** Room for what a line of `lineLength` bytes may hold. */
export function createScan(lineLength: number, keyFlag: Scan['keyFlag']): Scan {
  const capacity = (lineLength >> 1) + 1;
  return {
    keyFlag,
    clipsTags: false,
    nameStart: 0,
    nameEnd: 0,
    tagStart: 0,
    tagEnd: 0,
    fieldsStart: 0,
    fieldsEnd: 0,
    timestamp: 0,
    groupCount: 0,
    groupType: new Uint8Array(capacity),
    groupWeight: new Float64Array(capacity),
    groupEnd: new Uint32Array(capacity),
    value: new Float64Array(capacity),
    isDelta: new Uint8Array(capacity),
    memberStart: new Uint32Array(capacity),
    memberEnd: new Uint32Array(capacity),
  };
}

export interface Scanner {
  readonly scan: Scan;
  /** Reads `bytes[start, end)`, a line without its LF. Gives the reason when it is rejected. */
  read(bytes: Uint8Array, start: number, end: number, dialect: NativeDialect): RejectReason | undefined;
}

/** The dialects of this grammar; `statsd` has its own scanner (statsd-scan.ts). */
export type NativeDialect = Exclude<Dialect, 'statsd'>;

function readLine(scan: Scan, bytes: Uint8Array, start: number, end: number, rules: Rules): RejectReason | undefined {
  let position = start;
  while (position < end && endsName[bytes[position]!] === 0) position++;
  if (position === end || bytes[position] === PIPE) return 'no_value';
  if (bytes[position] !== COLON) return 'bad_name';
  if (position === start || bytes[start] === SEMICOLON) return 'empty_name';
  scan.nameStart = start;
  scan.nameEnd = position;
  scan.tagStart = end;
  scan.tagEnd = end;
  scan.timestamp = 0;

  let groups = 0;
  let values = 0;
  while (position < end && bytes[position] === COLON) {
    const valueStart = position + 1;
    let pipe = valueStart;
    while (pipe < end && bytes[pipe] !== PIPE) pipe++;
    if (pipe === end) return 'no_value';
    position = pipe + 1;
    while (position < end && bytes[position] !== PIPE && bytes[position] !== COLON) position++;
    const type = readType(bytes, pipe + 1, position, rules);
    if (type === UNKNOWN_TYPE) return 'unknown_type';

    const firstValue = values;
    const kind = rowKind(type);
    if (kind === SETS) {
      scan.memberStart[values] = valueStart;
      scan.memberEnd[values] = pipe;
      values++;
    } else {
      let next = valueStart;
      while (next < pipe) {
        const from = next;
        while (next < pipe && bytes[next] !== COLON) next++;
        if (next > from) {
          const value = readNumber(bytes, from, next, rules);
          if (Number.isNaN(value)) return 'bad_value';
          scan.value[values] = value;
          // After a blank a sign makes no change: so the original sets a gauge to a negative value.
          const sign = bytes[from];
          scan.isDelta[values] = kind === GAUGES && rules.deltas && (sign === MINUS || sign === PLUS) ? 1 : 0;
          values++;
        }
        next++;
      }
      if (values === firstValue) return 'bad_value';
    }
    scan.groupType[groups] = type;
    scan.groupWeight[groups] = 1;
    scan.groupEnd[groups] = values;
    groups++;
    if (position < end && bytes[position] === PIPE && position + 1 < end && bytes[position + 1] === AT) {
      const rateStart = position + 2;
      position = rateStart;
      while (position < end && bytes[position] !== PIPE && bytes[position] !== COLON) position++;
      const weight = readWeight(bytes, rateStart, position, type, rules);
      if (weight === BAD_RATE) return 'bad_rate';
      scan.groupWeight[groups - 1] = weight;
    }
  }
  scan.groupCount = groups;
  scan.fieldsStart = position;
  scan.fieldsEnd = end;
  return position < end ? readFields(scan, bytes, position, end, rules) : undefined;
}

/** The type in `bytes[start, end)`. */
function readType(bytes: Uint8Array, start: number, end: number, rules: Rules): TypeCode | typeof UNKNOWN_TYPE {
  const first = rules.forgives ? afterBlanks(bytes, start, end) : start;
  const length = (rules.forgives ? beforeBlanks(bytes, first, end) : end) - first;
  if (length < 1 || length > 2) return UNKNOWN_TYPE;
  const second = length === 1 ? PIPE : bytes[first + 1]!;
  return rules.codeByLetters[bytes[first]! | (second << 8)] as TypeCode | typeof UNKNOWN_TYPE;
}

function readNumber(bytes: Uint8Array, start: number, end: number, { forgives }: Rules): number {
  if (!forgives) return parseNumber(bytes, start, end);
  return parseNumber(bytes, afterBlanks(bytes, start, end), beforeBlanks(bytes, start, end));
}

const BAD_RATE = 0;

/**
 * 1 / rate for a rate over 0 and up to 1, else {@link BAD_RATE}. Below 5.6e-309 the weight is no finite number either. Gauges and
 * sets have no use for a rate: any number will do, for the original and the Datadog Agent too.
 */
function readWeight(bytes: Uint8Array, start: number, end: number, type: TypeCode, rules: Rules): number {
  const rate = readNumber(bytes, start, end, rules);
  const weight = 1 / rate;
  if (weight >= 1 && weight < Number.POSITIVE_INFINITY) return weight;
  const kind = rowKind(type);
  return (kind === GAUGES || kind === SETS) && !Number.isNaN(rate) ? 1 : BAD_RATE;
}

/** The fields after the last type or rate, from a `|` on: rate, tags, timestamp; others are ignored (DogStatsD 1.1). */
function readFields(scan: Scan, bytes: Uint8Array, start: number, end: number, rules: Rules): RejectReason | undefined {
  const last = scan.groupCount - 1;
  let position = start;
  while (position < end) {
    const fieldStart = position + 1;
    position = fieldStart;
    while (position < end && bytes[position] !== PIPE) position++;
    if (fieldStart === position) continue;
    const kind = bytes[fieldStart];
    if (kind === HASH) {
      scan.tagStart = fieldStart + 1;
      scan.tagEnd = position;
    } else if (kind === AT) {
      const weight = readWeight(bytes, fieldStart + 1, position, scan.groupType[last] as TypeCode, rules);
      if (weight === BAD_RATE) return 'bad_rate';
      scan.groupWeight[last] = weight;
    } else if (kind === UPPER_T) {
      scan.timestamp = readTimestamp(bytes, fieldStart + 1, position, rules);
      if (scan.timestamp === 0) return 'bad_timestamp';
    }
  }
  return scan.timestamp === 0 || canBeTimed(scan) ? undefined : 'untimed_type';
}

/**
 * Digits, at least 1 and below 2^53 (DogStatsD 1.3); a `+` before them is no fault, as it is none for the Datadog Agent. 0 for
 * anything else.
 */
function readTimestamp(bytes: Uint8Array, start: number, fieldEnd: number, { forgives }: Rules): number {
  const end = forgives ? beforeBlanks(bytes, start, fieldEnd) : fieldEnd;
  const first = forgives ? afterBlanks(bytes, start, end) : start;
  let seconds = 0;
  for (let position = bytes[first] === PLUS ? first + 1 : first; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return 0;
    seconds = seconds * 10 + digit;
  }
  return Number.isSafeInteger(seconds) ? seconds : 0;
}

/** The Agent drops other types that have a timestamp, with a warning. */
function canBeTimed({ groupCount, groupType }: Scan): boolean {
  for (let group = 0; group < groupCount; group++) {
    const kind = rowKind(groupType[group] as TypeCode);
    if (kind !== COUNTERS && kind !== GAUGES) return false;
  }
  return true;
}
