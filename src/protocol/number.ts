import { DOT, MINUS, PLUS, ZERO } from './bytes.ts';

/** 10^0 … 10^22 are exact doubles, so one division by them is correctly rounded. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Any integer of 15 digits is below 2^53. */
const EXACT_DIGITS = 15;

const LOWER_E = 0x65;
const UPPER_E = 0x45;

/**
 * A decimal number in `bytes[start, end)`: `[+-] digits [. digits] [e [+-] digits]` with a digit before the exponent.
 * Gives what `Number()` gives for the same text, bit for bit, and NaN where the text is anything else or not finite:
 * no hexadecimal, blanks, `NaN` or `Infinity`.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return Number.NaN;
  let position = start;
  const first = bytes[position]!;
  if (first === MINUS || first === PLUS) position++;
  let mantissa = 0;
  let digits = 0;
  for (; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
    digits++;
  }
  let decimals = 0;
  if (position < end && bytes[position] === DOT) {
    position++;
    for (; position < end; position++) {
      const digit = bytes[position]! - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      decimals++;
    }
    digits += decimals;
  }
  if (digits === 0) return Number.NaN;
  if (position === end && digits <= EXACT_DIGITS) {
    const magnitude = decimals === 0 ? mantissa : mantissa / powersOfTen[decimals]!;
    return first === MINUS ? -magnitude : magnitude;
  }
  return isExponent(bytes, position, end) ? parseRare(bytes, start, end) : Number.NaN;
}

/** True for nothing, or an exponent that ends at `end`. */
function isExponent(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  if (bytes[start] !== LOWER_E && bytes[start] !== UPPER_E) return false;
  let position = start + 1;
  if (position < end && (bytes[position] === MINUS || bytes[position] === PLUS)) position++;
  if (position === end) return false;
  for (; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** Many digits, or an exponent: through a string. */
function parseRare(bytes: Uint8Array, start: number, end: number): number {
  let text = '';
  for (let position = start; position < end; position++) text += String.fromCharCode(bytes[position]!);
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}
