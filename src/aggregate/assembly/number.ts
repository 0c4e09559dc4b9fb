import { DOT, MINUS, PLUS, ZERO } from './bytes';

/** 10^0 … 10^15 are exact, so one division by them is correctly rounded. */
const powersOfTen: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);
/** Any integer of 15 digits is below 2^53. */
const EXACT_DIGITS: usize = 15;

/** Where the last number ended. */
export let numberEnd: usize = 0;

/**
 * A number of the common form, `[+-] digits [. digits]` with up to 15 digits, in [start, end): what `Number()` gives, bit for
 * bit. NaN for everything else, which the host reads.
 */
export function readNumber(start: usize, end: usize): f64 {
  const sign = load<u8>(start);
  let at = start + usize(sign == MINUS || sign == PLUS);
  let mantissa: u64 = 0;
  const stop = min(at + EXACT_DIGITS + 2, end);
  let point: usize = 0;
  const first = at;
  for (; at < stop; at++) {
    const byte = load<u8>(at);
    const digit = u32(byte) - ZERO;
    if (digit <= 9) mantissa = mantissa * 10 + digit;
    else if (byte == DOT && point == 0) point = at + 1;
    else break;
  }
  numberEnd = at;
  const digits = at - first - usize(point != 0);
  if (digits == 0 || digits > EXACT_DIGITS) return NaN;
  const magnitude = point == 0 ? f64(mantissa) : f64(mantissa) / load<f64>(powersOfTen + ((at - point) << 3));
  return sign == MINUS ? -magnitude : magnitude;
}
