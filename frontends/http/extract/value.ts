import { DOT, isBlank, isDigit, MINUS, PLUS, UNIT, ZERO } from '../records/characters.ts';
import type { Scan } from '../records/scan.ts';

/** Where {@link readValue} puts what it read; one object is used again and again. */
export interface Reading {
  value: number;
  /** The unit is `text[unitStart, unitEnd)`. */
  unitStart: number;
  unitEnd: number;
}

const LONGEST_UNIT = 8;
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * A number with a unit, up to a blank or `end`: `[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?` and `[A-Za-zµ%]{0,8}`.
 * An `e` without digits after it belongs to the unit. False when it is none or not finite.
 */
export function readValue(scan: Scan, start: number, end: number, reading: Reading): boolean {
  const { bytes } = scan;
  let at = start;
  const sign = at < end ? bytes[at]! : 0;
  if (sign === MINUS || sign === PLUS) at++;

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

  let unitEnd = exponentEnd;
  while (unitEnd < end && UNIT[bytes[unitEnd]!] === 1) unitEnd++;
  if (unitEnd - exponentEnd > LONGEST_UNIT) return false;
  if (unitEnd < end && !isBlank(bytes[unitEnd]!)) return false;

  reading.value = sign === MINUS && magnitude !== 0 ? -magnitude : magnitude;
  reading.unitStart = exponentEnd;
  reading.unitEnd = unitEnd;
  return true;
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

/** A value in milliseconds, or undefined when the unit is none of time. */
export function milliseconds(scan: Scan, reading: Reading): number | undefined {
  const { value, unitStart, unitEnd } = reading;
  if (unitStart === unitEnd) return undefined;
  switch (scan.text.slice(unitStart, unitEnd)) {
    case 'ms':
      return value;
    case 's':
      return value * 1000;
    case 'us':
    case '\xc2\xb5s':
    case '\xce\xbcs':
      return value / 1000;
    case 'ns':
      return value / 1e6;
    case 'm':
      return value * 60_000;
    case 'h':
      return value * 3_600_000;
    default:
      return undefined;
  }
}
