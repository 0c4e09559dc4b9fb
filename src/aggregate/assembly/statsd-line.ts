import {
  AT,
  COLON,
  CR,
  findEither,
  HASH,
  LF,
  LOWER_C,
  LOWER_G,
  LOWER_M,
  LOWER_S,
  MINUS,
  PIPE,
  PLUS,
} from './bytes';
import { takeLine } from './group';
import { numberEnd, readNumber } from './number';
import { COUNTER, GAUGE, SET, STATSD_KEY, TIMER } from '../../protocol/codes';

// The lines of the dialect `statsd` whose meaning is beyond doubt,
//
//   name ":" value "|" type [ "|@" rate ] [ "|#" tags to the end of the line ]
//
// with a known key, one plain number (or a member of ASCII without `:`) and the type `c`, `g` without a sign, `ms` or `s`. The
// host's parser (protocol/statsd-scan.ts) has the whole grammar and takes all others.

/** Takes a line. Gives where the next one begins, or 0 for a line that the host has to take. */
export function readStatsdLine(start: usize, end: usize, longest: usize): usize {
  const nameEnd = findEither(start, end, COLON, PIPE);
  const value = nameEnd + 1;
  if (value >= end || load<u8>(nameEnd) != COLON) return 0;

  const number = readNumber(value, end);
  let pipe = numberEnd;
  const isNumber = number == number && pipe < end && load<u8>(pipe) == PIPE;
  if (!isNumber) {
    pipe = findEither(value, end, PIPE, LF);
    if (pipe == end || load<u8>(pipe) != PIPE) return 0;
  }
  let at = pipe + 2;
  if (at > end) return 0;
  const letter: u32 = load<u8>(pipe + 1);
  let type = SET;
  if (letter == LOWER_S) {
    // An empty member is stored as "0".
    if (!isNumber && (pipe == value || !isPlainMember(value, pipe))) return 0;
  } else {
    if (!isNumber) return 0;
    if (letter == LOWER_C) type = COUNTER;
    else if (letter == LOWER_G) {
      const sign: u32 = load<u8>(value);
      if (sign == MINUS || sign == PLUS) return 0;
      type = GAUGE;
    } else if (letter == LOWER_M) {
      if (at == end || load<u8>(at) != LOWER_S || number < 0) return 0;
      at++;
      type = TIMER;
    } else return 0;
  }

  let weight: f64 = 1;
  if (at + 1 < end && load<u8>(at) == PIPE && load<u8>(at + 1) == AT) {
    const rate = at + 2;
    const sign: u32 = load<u8>(rate);
    if (sign == MINUS || sign == PLUS) return 0;
    weight = 1 / readNumber(rate, end);
    at = numberEnd;
    if (!(weight > 0 && weight < Infinity)) return 0;
  }
  let tags: usize = 0;
  let tagLength: usize = 0;
  if (at + 1 < end && load<u8>(at) == PIPE && load<u8>(at + 1) == HASH) {
    // Up to the end of the line, since no key that is known has a second `|#` in its tags, at which the host ends them.
    tags = at + 2;
    at = findEither(tags, end, LF, LF);
    if (at > tags && load<u8>(at - 1) == CR) at--;
    tagLength = at - tags;
  }
  if (at < end && load<u8>(at) == CR) at++;
  if (at > end || at - start > longest || (at < end && load<u8>(at) != LF)) return 0;

  const nameLength = nameEnd - start;
  if (!takeLine(start, nameLength, tags, tagLength, type | STATSD_KEY, number, weight, value, pipe - value)) return 0;
  return min(at + 1, end);
}

/** ASCII without `:`. 16 bytes a step; up to 15 bytes behind the end are read. */
function isPlainMember(start: usize, end: usize): bool {
  const colon = i8x16.splat(u8(COLON));
  for (let at = start; at < end; at += 16) {
    const bytes = v128.load(at);
    // The top bit is set in a byte over 0x7f, and in all of one that is equal.
    const hits = i8x16.bitmask(v128.or(bytes, i8x16.eq(bytes, colon)));
    if (hits != 0 && at + usize(ctz(hits)) < end) return false;
  }
  return true;
}
