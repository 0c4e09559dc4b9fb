import {
  AT,
  COLON,
  CR,
  findEither,
  HASH,
  LF,
  LOWER_C,
  LOWER_D,
  LOWER_E,
  LOWER_G,
  LOWER_H,
  LOWER_M,
  LOWER_S,
  MINUS,
  PIPE,
  PLUS,
  UNDERSCORE,
} from './bytes';
import {
  addGroup,
  chooseGrouping,
  datagramOfRefused,
  groupIsFull,
  setDatagram,
  takeLine,
  takeRefused,
} from './group';
import { numberEnd, readNumber } from './number';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, SET, TIMER } from '../../protocol/codes';
import { readStatsdLine } from './statsd-line';

// The lines that make up nearly all traffic: one value of a known key,
//
//   name ":" value "|" type [ "|@" rate ] [ "|#" tags ] [ "|c:" container ] [ "|e:" external data ]
//
// are read here and added, in groups where there are many keys (group.ts). At any other line (a new key, several values, a signed
// gauge, a rare number, an error, an event) reading stops and the host takes it from there, so that each rule of the grammar has
// its one place in the host's parser. A key that is known was admitted by that parser, so its name and tags need no check here.
// Lines of the dialect `statsd` have their own reader (statsd-line.ts).

let lineLength: usize = 0;
let signedGauges: bool = true;
let statsd: bool = false;

/** `deltas`: a signed value of a gauge is a delta, which the host adds. `statsdLines`: lines are those of the dialect `statsd`. */
export function setGrammar(longestLine: u32, deltas: bool, statsdLines: bool): void {
  lineLength = longestLine;
  signedGauges = deltas;
  statsd = statsdLines;
}

/** The LF of the line at `start`, or `end`. */
export function lineEnd(start: usize, end: usize): usize {
  return findEither(start, end, LF, LF);
}

/** Reads lines in [start, end) up to the first that it does not take; gives where that begins, or `end`. */
export function readLines(start: usize, end: usize): usize {
  chooseGrouping();
  const at = readIntoGroup(start, end);
  // Also when a full group was not added: it is empty then.
  addGroup();
  const refused = takeRefused();
  return refused == 0 ? at : refused;
}

/** Where `readDatagrams` stopped. */
let stopped: usize = 0;

export function stoppedAt(): usize {
  return stopped;
}

/**
 * Reads datagrams from number `first` up to `count`: number i has its bytes at `bytes + i × stride` and its length, a u32,
 * at `lengths + i × lengthStride`. Gives the number of the first that was not read to its end, or `count`.
 */
export function readDatagrams(
  bytes: usize,
  stride: usize,
  lengths: usize,
  lengthStride: usize,
  first: usize,
  count: usize,
): usize {
  chooseGrouping();
  let number = first;
  for (; number < count; number++) {
    const start = bytes + number * stride;
    const end = start + load<u32>(lengths + number * lengthStride);
    setDatagram(number);
    stopped = readIntoGroup(start, end);
    if (stopped != end) break;
  }
  addGroup();
  const refused = takeRefused();
  if (refused == 0) return number;
  stopped = refused;
  return datagramOfRefused();
}

/**
 * Reads lines into the group, which it adds whenever it is full. Gives where it stopped: at a line that is not taken, at a
 * group that was not added, or at `end`.
 */
function readIntoGroup(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    if (load<u8>(at) == LF) {
      at++;
      continue;
    }
    if (groupIsFull() && !addGroup()) break;
    const next = statsd ? readStatsdLine(at, end, lineLength) : readLine(at, end);
    if (next == 0) break;
    at = next;
  }
  return at;
}

/** Takes a line. Gives where the next one begins, or 0 for a line that the host has to take. */
function readLine(start: usize, end: usize): usize {
  // May be an event or a service check.
  if (load<u8>(start) == UNDERSCORE) return 0;
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
  if (letter != LOWER_S) {
    if (!isNumber) return 0;
    if (letter == LOWER_C) type = COUNTER;
    else if (letter == LOWER_G) {
      const sign: u32 = load<u8>(value);
      if (signedGauges && (sign == MINUS || sign == PLUS)) return 0;
      type = GAUGE;
    } else if (letter == LOWER_M) {
      if (at == end || load<u8>(at) != LOWER_S) return 0;
      at++;
      type = TIMER;
    } else if (letter == LOWER_H) type = HISTOGRAM;
    else if (letter == LOWER_D) type = DISTRIBUTION;
    else return 0;
  }

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
      at = fieldEnd(at, end);
    } else if (field != PIPE && field != LF && field != CR) {
      return 0;
    }
  }
  if (at > end || at - start > lineLength) return 0;

  const nameLength = nameEnd - start;
  if (!takeLine(start, nameLength, tags, tagLength, type, number, weight, value, pipe - value)) return 0;
  // The last line of a datagram has no LF: one byte too many would hand each datagram to the host, 0.1 µs for each.
  return min(at + (at < end && load<u8>(at) == CR ? 2 : 1), end);
}

/** The end of a field: at the next `|`, at the end of the line, or before its CR. */
function fieldEnd(start: usize, end: usize): usize {
  const at = findEither(start, end, PIPE, LF);
  const last = at == end || load<u8>(at) == LF;
  return last && at > start && load<u8>(at - 1) == CR ? at - 1 : at;
}
