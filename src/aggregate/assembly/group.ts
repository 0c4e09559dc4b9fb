import { findHashed, findKey, hashKey, keyCount, learnKey } from './keys';
import { addSample } from './samples';

// Lines that were read and are added together. To add a line is to wait for memory several times (slot, record and cell of its
// key). A processor that finds the waits of several lines close together has them at the same time; with the reading of a line
// between them it does not: at a million series a line took 220 ns and takes 150.
//
//    0 start of the line · 4 number of its datagram · 8 hash · 12 type · 16 key
//   20 name length · 24 tags · 28 tag length · 32 text · 36 text length · 40 value f64 · 48 weight f64 · 56 —
//
// A line begins with its name.

const DATAGRAM: usize = 4;
const HASH: usize = 8;
const TYPE: usize = 12;
const KEY: usize = 16;
const NAME_LENGTH: usize = 20;
const TAGS: usize = 24;
const TAG_LENGTH: usize = 28;
const TEXT: usize = 32;
const TEXT_LENGTH: usize = 36;
const VALUE: usize = 40;
const WEIGHT: usize = 48;
const LINE: usize = 64;

const LINES: usize = 16;
/** Keys from which on their table is larger than a cache of 2 MB. Below that, lines are added one by one: groups cost 15 ns. */
const MANY_KEYS: u32 = 16384;
let isGrouping: bool = false;
const group: usize = memory.data(1024, 64);
let place: usize = group;
/**
 * Where the group ends for now. Behind a line that is not added, mostly one of a new key in the dialect `statsd`, there are others: those are
 * read again, so that after such a line groups begin with one line and become twice as long with each that is added.
 */
let groupEnd: usize = group + LINE;

/** A line of a new key is taken too, where the host adds its key. Else it is the host's to take. */
let learns: bool = false;

export function setLearning(on: bool): void {
  learns = on;
}

/** Lines added since the host last asked. */
let added: u32 = 0;

export function takeAdded(): u32 {
  const count = added;
  added = 0;
  return count;
}

/** The first line that `addGroup` did not add, or 0; and the number of its datagram. */
let refused: usize = 0;
let refusedDatagram: usize = 0;
/** Number of the datagram that lines are read from. */
let datagram: usize = 0;

export function setDatagram(number: usize): void {
  datagram = number;
}

/** The start of the line that was not added, or 0; forgets it. */
export function takeRefused(): usize {
  const line = refused;
  refused = 0;
  return line;
}

export function datagramOfRefused(): usize {
  return refusedDatagram;
}

export function groupIsFull(): bool {
  return place == groupEnd;
}

/** Chooses, while the group is empty, whether the lines that follow go into it or are added at once. */
export function chooseGrouping(): void {
  isGrouping = keyCount() >= MANY_KEYS;
}

/**
 * Adds a line, or puts it into the group, which is not full. `type` is that of its key; for the others see `addSample`. False where only
 * the host can add it.
 */
export function takeLine(
  start: usize,
  nameLength: usize,
  tags: usize,
  tagLength: usize,
  type: u32,
  value: f64,
  weight: f64,
  text: usize,
  textLength: usize,
): bool {
  if (!isGrouping) {
    let key = findKey(start, nameLength, tags, tagLength, type);
    if (key == 0 && learns) key = learnKey(start, nameLength, tags, tagLength, type);
    if (key == 0 || !addSample(key, type, value, weight, text, textLength)) return false;
    added++;
    return true;
  }
  const line = place;
  place += LINE;
  store<usize>(line, start);
  store<usize>(line, datagram, DATAGRAM);
  store<u32>(line, hashKey(start, nameLength, tags, tagLength, type), HASH);
  store<u32>(line, type, TYPE);
  store<usize>(line, nameLength, NAME_LENGTH);
  store<usize>(line, tags, TAGS);
  store<usize>(line, tagLength, TAG_LENGTH);
  store<usize>(line, text, TEXT);
  store<usize>(line, textLength, TEXT_LENGTH);
  store<f64>(line, value, VALUE);
  store<f64>(line, weight, WEIGHT);
  return true;
}

/**
 * Adds the lines of the group in their order, and empties it. False at a line whose key is not known or has no room, which
 * `takeRefused` gives: that one and those behind it are not added.
 */
export function addGroup(): bool {
  const end = place;
  place = group;
  if (end == groupEnd) groupEnd = min(group + ((groupEnd - group) << 1), group + LINES * LINE);
  for (let line = group; line < end; line += LINE) {
    const key = findHashed(
      load<u32>(line, HASH),
      load<usize>(line),
      load<usize>(line, NAME_LENGTH),
      load<usize>(line, TAGS),
      load<usize>(line, TAG_LENGTH),
      load<u32>(line, TYPE),
    );
    store<usize>(line, key, KEY);
  }
  for (let line = group; line < end; line += LINE) {
    if (!addLine(line)) {
      refused = load<usize>(line);
      refusedDatagram = load<usize>(line, DATAGRAM);
      groupEnd = group + LINE;
      return false;
    }
    added++;
  }
  return true;
}

function addLine(line: usize): bool {
  let key = load<usize>(line, KEY);
  if (key == 0 && learns) key = learnKeyOf(line);
  return (
    key != 0 &&
    addSample(
      key,
      load<u32>(line, TYPE),
      load<f64>(line, VALUE),
      load<f64>(line, WEIGHT),
      load<usize>(line, TEXT),
      load<usize>(line, TEXT_LENGTH),
    )
  );
}

/** Another line of the group may have been the first of its key. */
function learnKeyOf(line: usize): usize {
  const name = load<usize>(line);
  const nameLength = load<usize>(line, NAME_LENGTH);
  const tags = load<usize>(line, TAGS);
  const tagLength = load<usize>(line, TAG_LENGTH);
  const type = load<u32>(line, TYPE);
  const key = findHashed(load<u32>(line, HASH), name, nameLength, tags, tagLength, type);
  return key == 0 ? learnKey(name, nameLength, tags, tagLength, type) : key;
}
