import { COLON, CR, decodeUtf8, HASH, LOWER_C, LOWER_G, LOWER_M, LOWER_S, MINUS, PIPE, PLUS } from './bytes.ts';
import { COUNTER, GAUGE, SET, STATSD_KEY, TIMER } from './codes.ts';
import { parseNumber } from './number.ts';
import type { RejectReason } from './reasons.ts';
import { createScan, type Scan } from './scan.ts';

/**
 * Lines as the original daemon (statsd 0.9) reads them:
 *
 *     name ( ":" value "|" type [ "|" rate [ "|" ignored ]… ] )… [ "|#" tags [ "|#" ignored ] ]
 *
 * The first `|#` is looked for before anything else. Each value stands by itself, so that a line may have good and bad ones.
 * It differs from the original only where that would crash or store a number that is not finite, and in one CR that is
 * taken off the end of the line.
 */
export interface StatsdScanner {
  /** One group for each good value; the key is `name` and `tags` as sent. Members may be in the scratch place. */
  readonly scan: Scan;
  /**
   * Reads `bytes[start, end)`, a line without its LF, of up to the scanner's `lineLength`. `bytes[scratchStart, scratchEnd)`
   * is written with members that are not stored as they were sent. Gives the reason when no value is good.
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    scratchStart: number,
    scratchEnd: number,
  ): RejectReason | undefined;
  /** Bad values of the last line. A line without any value has one. */
  badValues(): number;
}

/** One scanner serves one thread: each line overwrites the last. */
export function createStatsdScanner(lineLength: number, keyFlag = 0): StatsdScanner {
  const scan = createScan(lineLength, keyFlag | STATSD_KEY);
  let badValues = 0;
  let scratch = 0;
  let scratchLimit = 0;

  /** Adds the value in `bytes[start, end)` where it is a decimal number with a type and nothing else: without a string, in a third of the time. */
  function addCommonValue(bytes: Uint8Array, start: number, end: number): boolean {
    const pipe = findByte(bytes, PIPE, start, end);
    const code = codeOfBytes(bytes, pipe + 1, end);
    const number = code === undefined ? Number.NaN : parseNumber(bytes, start, pipe);
    if (code === undefined || Number.isNaN(number) || (code === TIMER && number < 0)) return false;
    const first = bytes[start];
    add(code, number, 1, code === GAUGE && (first === PLUS || first === MINUS));
    return true;
  }

  function add(
    code: typeof COUNTER | typeof GAUGE | typeof TIMER,
    value: number,
    weight: number,
    isDelta: boolean,
  ): void {
    const group = scan.groupCount;
    scan.value[group] = value;
    scan.groupWeight[group] = weight;
    scan.isDelta[group] = isDelta ? 1 : 0;
    close(code);
  }

  function close(code: number): void {
    const group = scan.groupCount;
    scan.groupType[group] = code;
    scan.groupEnd[group] = group + 1;
    scan.groupCount = group + 1;
  }

  /** Adds the value in `bytes[start, end)`, or gives the reason why it is bad. */
  function addValue(bytes: Uint8Array, start: number, end: number): RejectReason | undefined {
    const [value = '', type, rate] = decodeUtf8(bytes, start, end).split('|', 3);
    if (type === undefined) return 'no_value';
    const perSample = rate === undefined ? 1 : readRate(rate);
    if (Number.isNaN(perSample)) return 'bad_rate';
    const number = readNumber(value);
    // Validity is that of the type as sent, the meaning that of the trimmed one: so it is in the original.
    if (type !== 's' && Number.isNaN(number)) return 'bad_value';
    if (type === 'ms' && number < 0) return 'bad_value';

    const code = codeOf(type.trim());
    if (code === SET) {
      if (!addMember(bytes, start, value)) return 'bad_value';
      scan.groupWeight[scan.groupCount] = 1;
      close(code);
      return undefined;
    }
    if (!Number.isFinite(number)) return 'bad_value';
    // A gauge has no rate, whatever was sent.
    const weight = code === GAUGE ? 1 : 1 / perSample;
    if (weight === 0 || !Number.isFinite(weight)) return 'bad_rate';
    if (code === COUNTER && !Number.isFinite(number * weight)) return 'bad_rate';
    add(code, number, weight, code === GAUGE && (value.startsWith('+') || value.startsWith('-')));
    return undefined;
  }

  /** `member` begins at `start`. False where it has no room. */
  function addMember(bytes: Uint8Array, start: number, member: string): boolean {
    const group = scan.groupCount;
    if (member !== '' && !member.includes(REPLACEMENT)) {
      scan.memberStart[group] = start;
      scan.memberEnd[group] = bytes.indexOf(PIPE, start);
      return true;
    }
    const text = member === '' ? EMPTY_MEMBER : member;
    const { read, written } = encoder.encodeInto(text, bytes.subarray(scratch, scratchLimit));
    if (read < text.length) return false;
    scan.memberStart[group] = scratch;
    scratch += written;
    scan.memberEnd[group] = scratch;
    return true;
  }

  return {
    scan,
    badValues: () => badValues,
    read(bytes, start, lineEnd, scratchStart, scratchEnd) {
      const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      const metricEnd = findTags(bytes, start, end);
      scan.tagStart = Math.min(metricEnd + 2, end);
      scan.tagEnd = findTags(bytes, scan.tagStart, end);
      scan.nameStart = start;
      scan.nameEnd = findByte(bytes, COLON, start, metricEnd);
      scan.groupCount = 0;
      badValues = 0;
      scratch = scratchStart;
      scratchLimit = scratchEnd;
      let first: RejectReason | undefined;
      for (let at = scan.nameEnd; at < metricEnd; ) {
        const valueEnd = findByte(bytes, COLON, at + 1, metricEnd);
        const reason = addCommonValue(bytes, at + 1, valueEnd) ? undefined : addValue(bytes, at + 1, valueEnd);
        if (reason !== undefined) {
          first ??= reason;
          badValues++;
        }
        at = valueEnd;
      }
      if (scan.groupCount > 0) return undefined;
      // A key by itself: the original makes up a value without a type, which is bad.
      if (badValues === 0) badValues = 1;
      return first ?? 'no_value';
    },
  };
}

const encoder = new TextEncoder();
/** Stands for bytes that are no UTF-8; where it was sent as such, writing it again changes nothing. */
const REPLACEMENT = '\ufffd';
const EMPTY_MEMBER = '0';

/** `Number()` of a text that is not empty; NaN is no number. */
function readNumber(text: string): number {
  return text === '' ? Number.NaN : Number(text);
}

const RATE = /^@([\d.]+)/;

/**
 * `@` and a number without `-`, of which the leading digits and dots count. NaN for any other text, among them the numbers that
 * do not begin with a digit or dot (`@Infinity`, `@+1`, `@ 0.5`), at which the original crashes.
 */
function readRate(text: string): number {
  const digits = RATE.exec(text)?.[1];
  return digits === undefined || Number.isNaN(Number(text.slice(1))) ? Number.NaN : Number(digits);
}

/** The original has four types; every other one, also none, is that of a counter. */
function codeOf(type: string): typeof COUNTER | typeof GAUGE | typeof TIMER | typeof SET {
  if (type === 'ms') return TIMER;
  if (type === 'g') return GAUGE;
  return type === 's' ? SET : COUNTER;
}

/** Of a type that is sent as it is meant, but for sets. */
function codeOfBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
): typeof COUNTER | typeof GAUGE | typeof TIMER | undefined {
  const first = bytes[start];
  if (end === start + 2) return first === LOWER_M && bytes[start + 1] === LOWER_S ? TIMER : undefined;
  if (end !== start + 1) return undefined;
  if (first === LOWER_C) return COUNTER;
  return first === LOWER_G ? GAUGE : undefined;
}

/** The first `|#` in `bytes[start, end)`, or `end`. */
function findTags(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && !(bytes[at] === PIPE && at + 1 < end && bytes[at + 1] === HASH)) at++;
  return at;
}

function findByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}
