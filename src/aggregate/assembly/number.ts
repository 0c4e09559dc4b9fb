import { DOT, LOWER_E, MINUS, PLUS, ZERO } from './bytes';
import { LEAST_POWER, MOST_POWER, powersOfFive } from './powers';

/** 10^0 … 10^22 are exact, so one multiplication or division of an exact number by them is correctly rounded. */
const powersOfTen: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
]);
const EXACT_POWER: i32 = 22;
/** Any integer of 15 digits is below 2^53 … */
const EXACT_DIGITS: usize = 15;
const EXACT: u64 = 1 << 53;
/** … and any of 19 below 2^64. */
const MOST_DIGITS: u32 = 19;

/** Where the last number ended. */
export let numberEnd: usize = 0;
/** Whether it was `[+-] digits [. digits]` of up to 15 digits. */
export let isCommon: bool = false;

/**
 * A number, `[+-] digits [. digits] [e [+-] digits]`, in [start, end): what `Number()` gives, bit for bit. NaN for everything else, and for
 * those of more than 19 digits or far from 1, which the host reads.
 */
export function readNumber(start: usize, end: usize): f64 {
  const sign = load<u8>(start);
  const first = start + usize(sign == MINUS || sign == PLUS);
  let at = first;
  let mantissa: u64 = 0;
  const stop = min(at + EXACT_DIGITS + 2, end);
  let point: usize = 0;
  for (; at < stop; at++) {
    const byte = load<u8>(at);
    const digit = u32(byte) - ZERO;
    if (digit <= 9) mantissa = mantissa * 10 + digit;
    else if (byte == DOT && point == 0) point = at + 1;
    else break;
  }
  numberEnd = at;
  const digits = at - first - usize(point != 0);
  if (digits == 0) return NaN;
  let magnitude: f64;
  isCommon = digits <= EXACT_DIGITS && !isExponent(at, end);
  if (!isCommon) magnitude = readLong(first, end);
  else magnitude = point == 0 ? f64(mantissa) : f64(mantissa) / load<f64>(powersOfTen + ((at - point) << 3));
  return sign == MINUS ? -magnitude : magnitude;
}

@inline
function isExponent(at: usize, end: usize): bool {
  return at < end && (load<u8>(at) | 0x20) == LOWER_E;
}

/** Likewise without a sign, with any number of digits. */
function readLong(start: usize, end: usize): f64 {
  let mantissa: u64 = 0;
  let digits: u32 = 0;
  let point: usize = 0;
  let at = start;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    const digit = u32(byte) - ZERO;
    if (digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits += u32(mantissa != 0);
      if (digits > MOST_DIGITS) return NaN;
    } else if (byte == DOT && point == 0) point = at + 1;
    else break;
  }
  let power = point == 0 ? 0 : i32(point) - i32(at);
  if (isExponent(at, end)) {
    at++;
    const sign: u32 = at < end ? load<u8>(at) : 0;
    if (sign == MINUS || sign == PLUS) at++;
    const first = at;
    let exponent: i32 = 0;
    for (; at < end && at < first + 4; at++) {
      const digit = u32(load<u8>(at)) - ZERO;
      if (digit > 9) break;
      exponent = exponent * 10 + digit;
    }
    if (at == first || at == first + 4) return NaN;
    power += sign == MINUS ? -exponent : exponent;
  }
  numberEnd = at;
  if (mantissa == 0) return 0;
  if (mantissa <= EXACT && abs(power) <= EXACT_POWER) {
    const ten = load<f64>(powersOfTen + (usize(abs(power)) << 3));
    return power < 0 ? f64(mantissa) / ten : f64(mantissa) * ten;
  }
  return power < LEAST_POWER || power > MOST_POWER ? NaN : scaled(mantissa, power);
}

/** High and low half of the last product. */
let high: u64 = 0;
let low: u64 = 0;

function multiply(a: u64, b: u64): void {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const lows = aLow * bLow;
  const middle = aHigh * bLow + (lows >> 32);
  const cross = aLow * bHigh + (middle & 0xffffffff);
  high = aHigh * bHigh + (middle >> 32) + (cross >> 32);
  low = a * b;
}

/**
 * `mantissa` × 10^`power`, correctly rounded (Lemire, Number parsing at a gigabyte per second, 2021). For powers from -27 to 27 no case is left
 * in doubt, and none is below the normal numbers or above them.
 */
function scaled(mantissa: u64, power: i32): f64 {
  const zeros = clz(mantissa);
  const shifted = mantissa << zeros;
  const five = powersOfFive + (usize(power - LEAST_POWER) << 4);
  multiply(shifted, load<u64>(five));
  if ((high & 0x1ff) == 0x1ff) {
    const highBefore = high;
    const lowBefore = low;
    multiply(shifted, load<u64>(five, 8));
    const sum = lowBefore + high;
    low = sum;
    high = highBefore + u64(sum < lowBefore);
  }
  const upper = high >> 63;
  const shift = upper + 9;
  let bits = high >> shift;
  // Halfway between two numbers, to even.
  if (low <= 1 && power >= -4 && power <= 23 && (bits & 3) == 1 && bits << shift == high) bits &= ~1;
  bits += bits & 1;
  bits >>= 1;
  let exponent = i64(((152170 + 65536) * power) >> 16) + 63 + i64(upper) - i64(zeros) + 1023;
  if (bits >= EXACT) {
    bits = EXACT >> 1;
    exponent++;
  }
  return reinterpret<f64>((bits & ((EXACT >> 1) - 1)) | (u64(exponent) << 52));
}
