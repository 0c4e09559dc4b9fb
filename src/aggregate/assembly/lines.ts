import { findEither, LF } from './bytes';
import { addGroup, chooseGrouping, datagramOfRefused, groupIsFull, setDatagram, setLearning, takeRefused } from './group';
import { setOrigin } from './fields';
import { readNativeLine, readStatsdLine, setKeyFlags } from './line';
import { setChanges } from './samples';

// Bytes, cut into lines. Those of known keys are read (line.ts) and added, in groups where there are many keys (group.ts), up to
// the first that is the host's to take.

let lineLength: usize = 0;
let auto: bool = true;
let statsd: bool = false;

/** `autoLines`, `statsdLines`: lines are those of the dialect `auto`, or of `statsd`; else of `dogstatsd`. `keyFlags`: added to the type of each key. `handsOnOrigin`: lines with
 * the fields `c:` and `e:` are the host's to take. */
export function setGrammar(longestLine: u32, autoLines: bool, statsdLines: bool, keyFlags: u32, handsOnOrigin: bool): void {
  lineLength = longestLine;
  auto = autoLines;
  statsd = statsdLines;
  setKeyFlags(keyFlags);
  setChanges(autoLines || statsdLines);
  setOrigin(handsOnOrigin);
  // What the key of a line is depends on more than its name and tags in the dialect `statsd`, and where an origin makes tags.
  setLearning(!statsdLines && !handsOnOrigin);
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
    const next = statsd ? readStatsdLine(at, end, lineLength) : readNativeLine(at, end, lineLength, auto);
    if (next == 0) break;
    at = next;
  }
  return at;
}
