import { CLOSING, DOT, isBlank, isDigit, MINUS, PLUS, UNIT, ZERO } from '../records/characters.ts';
import type { Scan } from '../records/scan.ts';

/** Where {@link readValue} puts what it read; one object is used again and again. */
export interface Value {
  /** As written; milliseconds where it is made of several units, such as `1m30.5s`. */
  number: number;
  /** Milliseconds; NaN where the unit is none of time. */
  ms: number;
}

const LONGEST_UNIT = 8;
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * A number with a unit, up to a blank or `end`: `[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?` and `[A-Za-zµ%]{0,8}`, or several of them where
 * all units are of time. An `e` without digits after it belongs to the unit, and `,;)]}>` may stand behind it. False when it is none or not
 * finite. `lenient`: a number is enough, whatever follows it.
 */
export function readValue(scan: Scan, start: number, end: number, value: Value, lenient = false): boolean {
  const { bytes } = scan;
  let at = start;
  const sign = at < end ? bytes[at]! : 0;
  if (sign === MINUS || sign === PLUS) at++;

  let sum = 0;
  for (let part = 0; ; part++) {
    const first = at;
    let digits = 0;
    let decimals = 0;
    let mantissa = 0;
    let point = false;
    for (; at < end; at++) {
      const code = bytes[at]!;
      if (isDigit(code)) {
        mantissa = mantissa * 10 + (code - ZERO);
        digits++;
        if (point) decimals++;
      } else if (code === DOT && !point) point = true;
      else break;
    }
    if (digits === 0) return false;

    const exponentEnd = skipExponent(bytes, at, end);
    // Up to 15 digits the quotient is the correctly rounded number; longer ones are left to the engine.
    const exact = exponentEnd === at && digits <= EXACT_DIGITS;
    const magnitude = exact ? mantissa / POWERS[decimals]! : Number(scan.text.slice(first, exponentEnd));
    if (!Number.isFinite(magnitude)) return false;

    at = exponentEnd;
    while (at < end && UNIT[bytes[at]!] === 1) at++;
    const length = at - exponentEnd;
    const ms = length > LONGEST_UNIT ? Number.NaN : milliseconds(scan, magnitude, exponentEnd, at);
    sum += ms;
    const isWhole = length <= LONGEST_UNIT && isEnd(bytes, at, end);
    if (isWhole || lenient) {
      if (part > 0 && Number.isNaN(sum)) return false;
      const isNegative = sign === MINUS;
      const number = part > 0 ? sum : magnitude;
      value.number = isNegative && number !== 0 ? -number : number;
      value.ms = isNegative && sum !== 0 ? -sum : sum;
      return true;
    }
    if (Number.isNaN(ms)) return false;
  }
}

/** True at a blank or `end`, or before punctuation up to there. */
function isEnd(bytes: Uint8Array, position: number, end: number): boolean {
  let at = position;
  while (at < end && CLOSING[bytes[at]!] === 1) at++;
  return at >= end || isBlank(bytes[at]!);
}

function skipExponent(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || (bytes[start]! | 0x20) !== 0x65) return start;
  let at = start + 1;
  const sign = at < end ? bytes[at]! : 0;
  if (sign === MINUS || sign === PLUS) at++;
  const first = at;
  while (at < end && isDigit(bytes[at]!)) at++;
  return at === first ? start : at;
}

interface Unit {
  /** Milliseconds are the number times this… */
  readonly times: number;
  /** …divided by this, which is exact where a product with 0.001 is not. */
  readonly per: number;
}

const units = (times: number, per: number, ...names: readonly string[]): [string, Unit][] =>
  names.map((name) => [name, { times, per }]);

/** The bytes of µ are latin1. */
const UNITS: ReadonlyMap<string, Unit> = new Map([
  ...units(1, 1e6, 'ns', 'nsec'),
  ...units(1, 1000, 'us', 'usec', '\xc2\xb5s', '\xce\xbcs'),
  ...units(1, 1, 'ms', 'msec', 'msecs', 'millis'),
  ...units(1000, 1, 's', 'sec', 'secs', 'second', 'seconds'),
  ...units(60_000, 1, 'm', 'min', 'mins', 'minute', 'minutes'),
  ...units(3_600_000, 1, 'h', 'hr', 'hrs', 'hour', 'hours'),
]);

/** Milliseconds of a number with the unit `text[start, end)`; NaN when it is none of time. `M` alone is a million of something. */
function milliseconds({ bytes, text }: Scan, number: number, start: number, end: number): number {
  if (start === end) return Number.NaN;
  if (end - start === 2 && (bytes[start]! | 0x20) === 0x6d && (bytes[start + 1]! | 0x20) === 0x73) return number;
  const name = text.slice(start, end);
  const unit = UNITS.get(name) ?? (name === 'M' ? undefined : UNITS.get(name.toLowerCase()));
  return unit === undefined ? Number.NaN : (number * unit.times) / unit.per;
}
