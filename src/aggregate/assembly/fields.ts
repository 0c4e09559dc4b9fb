import { AT, CR, findEither, HASH, LF, LOWER_C, LOWER_E, MINUS, PIPE, PLUS } from './bytes';
import { takeLine } from './group';
import { isCommon, numberEnd, readNumber } from './number';

// What follows the type of a line: here the dialects differ. Of the line are known its name [start, nameEnd), its value
// [nameEnd + 1, pipe), the number that this is unless the type is a set's, and where the type ends.

/** Where a client runs makes tags, which the host reads. */
let handsOnOrigin: bool = false;

export function setOrigin(handsOn: bool): void {
  handsOnOrigin = handsOn;
}

/** Takes a line with the fields `[ "|@" rate ] [ "|#" tags ] [ "|c:" container ] [ "|e:" external data ]` in any order. */
@inline
export function takeFields(
  start: usize,
  nameEnd: usize,
  pipe: usize,
  typeEnd: usize,
  end: usize,
  longest: usize,
  type: u32,
  number: f64,
): usize {
  let at = typeEnd;
  let weight: f64 = 1;
  let rated = false;
  let tags: usize = 0;
  let tagLength: usize = 0;
  while (at < end) {
    const byte: u32 = load<u8>(at);
    if (byte == LF || (byte == CR && (at + 1 == end || load<u8>(at + 1) == LF))) break;
    if (byte != PIPE) return 0;
    at++;
    if (at == end) break;
    const field: u32 = load<u8>(at);
    if (field == HASH && tags == 0) {
      tags = at + 1;
      at = fieldEnd(tags, end);
      tagLength = at - tags;
    } else if (field == AT && !rated) {
      rated = true;
      weight = 1 / readNumber(at + 1, end);
      at = numberEnd;
      if (!(weight >= 1 && weight < Infinity)) return 0;
    } else if (field == LOWER_C || field == LOWER_E) {
      if (handsOnOrigin) return 0;
      at = fieldEnd(at, end);
    } else if (field != PIPE && field != LF && field != CR) {
      return 0;
    }
  }
  if (at < end && load<u8>(at) == CR) at++;
  return take(start, nameEnd, pipe, at, end, longest, tags, tagLength, type, number, weight);
}

/** Takes a line of the dialect `statsd` with the fields `[ "|@" rate ] [ "|#" tags to the end of the line ]`. */
@inline
export function takeStatsdFields(
  start: usize,
  nameEnd: usize,
  pipe: usize,
  typeEnd: usize,
  end: usize,
  longest: usize,
  type: u32,
  number: f64,
): usize {
  let at = typeEnd;
  let weight: f64 = 1;
  if (at + 1 < end && load<u8>(at) == PIPE && load<u8>(at + 1) == AT) {
    const rate = at + 2;
    const sign: u32 = load<u8>(rate);
    if (sign == MINUS || sign == PLUS) return 0;
    weight = 1 / readNumber(rate, end);
    at = numberEnd;
    // The original reads no exponent here.
    if (!isCommon || !(weight > 0 && weight < Infinity)) return 0;
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
  if (at < end && load<u8>(at) != LF) return 0;
  return take(start, nameEnd, pipe, at, end, longest, tags, tagLength, type, number, weight);
}

/** Takes the line [start, lineEnd), which a LF follows unless `end` does. */
@inline
function take(
  start: usize,
  nameEnd: usize,
  pipe: usize,
  lineEnd: usize,
  end: usize,
  longest: usize,
  tags: usize,
  tagLength: usize,
  type: u32,
  number: f64,
  weight: f64,
): usize {
  if (lineEnd > end || lineEnd - start > longest) return 0;
  const value = nameEnd + 1;
  if (!takeLine(start, nameEnd - start, tags, tagLength, type, number, weight, value, pipe - value)) return 0;
  // The last line of a datagram has no LF: one byte too many would hand each datagram to the host, 0.1 µs for each.
  return min(lineEnd + 1, end);
}

/** The end of a field: at the next `|`, at the end of the line, or before its CR. */
function fieldEnd(start: usize, end: usize): usize {
  const at = findEither(start, end, PIPE, LF);
  const last = at == end || load<u8>(at) == LF;
  return last && at > start && load<u8>(at - 1) == CR ? at - 1 : at;
}
