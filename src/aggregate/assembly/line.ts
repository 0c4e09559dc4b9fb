import {
  COLON,
  findEither,
  LF,
  LOWER_C,
  LOWER_D,
  LOWER_G,
  LOWER_H,
  LOWER_M,
  LOWER_S,
  PIPE,
  UNDERSCORE,
} from './bytes';
import { takeFields, takeStatsdFields } from './fields';
import { numberEnd, readNumber } from './number';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, SET, STATSD_KEY, TIMER } from '../../protocol/codes';

// One line. Those that make up nearly all traffic are read here,
//
//   name ":" value [ ":" value ]… "|" type fields
//
// and taken: numbers with a type, or the member of a set. At any other line (several gauges, a rare number, an error, an
// event, a key that is not admitted) reading stops and the host takes it from there, so that each rule of the
// grammars has its one place in the host's parsers (protocol/scan.ts, protocol/statsd-scan.ts). A key that is known was admitted
// by the host, which is asked about a new one (group.ts), so names and tags need no check here.

/** Added to the type of each key. */
let keyFlags: u32 = 0;

export function setKeyFlags(flags: u32): void {
  keyFlags = flags;
}

/**
 * A line of the dialects `auto` and `dogstatsd`. Gives where the next one begins, or 0 for a line that the host has to take, as
 * are those over `longest` bytes. `auto`: it is of that dialect, in which `m` (a meter) is a counter.
 */
export function readNativeLine(start: usize, end: usize, longest: usize, auto: bool): usize {
  return readLine(start, end, longest, auto, false);
}

/** Likewise a line of the dialect `statsd`, whose meaning has to be beyond doubt. */
export function readStatsdLine(start: usize, end: usize, longest: usize): usize {
  return readLine(start, end, longest, false, true);
}

/** Compiled twice, once for each value of `statsd`: to look at it in each line took 1 to 2 %. */
@inline
function readLine(start: usize, end: usize, longest: usize, auto: bool, statsd: bool): usize {
  // May be an event or a service check.
  if (!statsd && load<u8>(start) == UNDERSCORE) return 0;
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
  let typeEnd = pipe + 2;
  if (typeEnd > end) return 0;
  const letter: u32 = load<u8>(pipe + 1);
  let type = SET;
  if (letter == LOWER_S) {
    // The original stores an empty member as "0".
    if (statsd && !isNumber && (pipe == value || !isPlainMember(value, pipe))) return 0;
  } else {
    if (!isNumber && (statsd || !isPacked(value, pipe))) return 0;
    if (letter == LOWER_C) type = COUNTER;
    else if (letter == LOWER_G) {
      if (!isNumber) return 0;
      type = GAUGE;
    } else if (letter == LOWER_M) {
      if (typeEnd < end && load<u8>(typeEnd) == LOWER_S) {
        if (statsd && number < 0) return 0;
        typeEnd++;
        type = TIMER;
      } else if (auto && !statsd) type = COUNTER;
      else return 0;
    } else if (!statsd && letter == LOWER_H) type = HISTOGRAM;
    else if (!statsd && letter == LOWER_D) type = DISTRIBUTION;
    else return 0;
  }
  type |= keyFlags;
  if (statsd) return takeStatsdFields(start, nameEnd, pipe, typeEnd, end, longest, type | STATSD_KEY, number);
  return takeFields(start, nameEnd, pipe, typeEnd, end, longest, type, isNumber ? number : NaN);
}

/** Numbers with a colon between two (DogStatsD 1.1). */
function isPacked(start: usize, end: usize): bool {
  let at = start;
  while (true) {
    const number = readNumber(at, end);
    if (number != number || numberEnd == end) return number == number;
    if (load<u8>(numberEnd) != COLON) return false;
    at = numberEnd + 1;
  }
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
