import { hashTexts, sameBytes } from './hash';
import { BLOCK, giveBlock, takeBlock } from './memory';
import { addEntry, nextSegment, openTable, removeSlot, SEGMENT_SLOTS, segmentOf, slotAt, tableSize } from './segments';

// The raw keys: (type, name as sent, tag section as sent). A key is one record, so that a sample of a known key touches a
// slot, a record and a cell:
//
//   0 hash · 4 name length u16, tag length u16 · 8 type · 12 id · 16 window of last use · 20 cell · 24 row ·
//   28 lines · 32 name, tag section
//
// `cell`, `row` and `lines` (how many it was in) hold for the window of last use, see rows.ts. Records have sizes in steps of 16 bytes up to 512, then
// powers of two; those of a size that were given back are used again, for keys of that size only.

const LENGTHS: usize = 4;
const TYPE: usize = 8;
const ID: usize = 12;
const WINDOW: usize = 16;
const CELL: usize = 20;
const ROW: usize = 24;
const LINES: usize = 28;
const HEAD: usize = 32;

const table: usize = memory.data(16, 8);
const directory: usize = memory.data(262144, 8);

const SMALL: usize = 512;
const STEPS: usize = 33;
/** First free record of each size: 16 × 0 … 16 × 32, then 1024 … 131,072. */
const freeRecords: usize = memory.data(164, 8);
let place: usize = 0;
let placeEnd: usize = 0;
/** Bytes of the records that hold a key. */
let used: u32 = 0;

/** Whether keys may have one block more: the host counts those of all shards. */
@external('host', 'mayGrowKeys')
declare function mayGrowKeys(): bool;

/** Has the host look at a key that is not there and add it. 0 where the host has to take its line. */
@external('host', 'learnKey')
export declare function learnKey(name: usize, nameLength: usize, tags: usize, tagLength: usize, type: u32): usize;

/** Ids of the keys that the last sweep forgot: one segment's. */
const forgotten: usize = memory.data(4096, 8);
let sweepHash: u32 = 0;

/** Number of the window that is being collected. */
export let window: u32 = 1;

export function nextWindow(): void {
  window++;
}

export function openKeys(): bool {
  return openTable(table, directory);
}

export function keyCount(): u32 {
  return tableSize(table);
}

/** Bytes of the records that hold a key. */
export function keyBytes(): u32 {
  return used;
}

export function hashKey(name: usize, nameLength: usize, tags: usize, tagLength: usize, type: u32): u32 {
  return hashTexts(name, nameLength, tags, tagLength, type);
}

/** The record of a key, or 0. */
export function findHashed(hash: u32, name: usize, nameLength: usize, tags: usize, tagLength: usize, type: u32): usize {
  const segment = segmentOf(table, hash);
  const lengths = u32(nameLength) | (u32(tagLength) << 16);
  let number = hash;
  while (true) {
    const slot = slotAt(segment, number++);
    const key = load<usize>(slot, 4);
    if (key == 0) return 0;
    if (
      load<u32>(slot) == hash &&
      load<u32>(key, LENGTHS) == lengths &&
      load<u32>(key, TYPE) == type &&
      sameBytes(key + HEAD, name, nameLength) &&
      sameBytes(key + HEAD + nameLength, tags, tagLength)
    ) {
      return key;
    }
  }
}

export function findKey(name: usize, nameLength: usize, tags: usize, tagLength: usize, type: u32): usize {
  return findHashed(hashKey(name, nameLength, tags, tagLength, type), name, nameLength, tags, tagLength, type);
}

/** Adds a key that is not there; the host chose its id. 0 where there is no room. */
export function addKey(name: usize, nameLength: usize, tags: usize, tagLength: usize, type: u32, id: u32): usize {
  const hash = hashKey(name, nameLength, tags, tagLength, type);
  const length = HEAD + nameLength + tagLength;
  const key = takeRecord(length);
  if (key == 0) return 0;
  store<u32>(key, hash);
  store<u32>(key, u32(nameLength) | (u32(tagLength) << 16), LENGTHS);
  store<u32>(key, type, TYPE);
  store<u32>(key, id, ID);
  store<u32>(key, 0, WINDOW);
  memory.copy(key + HEAD, name, nameLength);
  memory.copy(key + HEAD + nameLength, tags, tagLength);
  if (addEntry(table, hash, key)) return key;
  giveRecord(key, length);
  return 0;
}

export function idOf(key: usize): u32 {
  return load<u32>(key, ID);
}

export function typeOf(key: usize): u32 {
  return load<u32>(key, TYPE);
}

export function windowOf(key: usize): u32 {
  return load<u32>(key, WINDOW);
}

export function cellOf(key: usize): usize {
  return load<usize>(key, CELL);
}

/** It was in a line of this window, in which it has a row. */
@inline
export function countLine(key: usize): void {
  store<u32>(key, load<u32>(key, LINES) + 1, LINES);
}

/** Lines of this window that a key with a row was in. */
export function linesOf(key: usize): u32 {
  return load<u32>(key, LINES);
}

export function rowOf(key: usize): u32 {
  return load<u32>(key, ROW);
}

/** Counts as used, without a row: so that it is not forgotten. Gives its id. */
export function keepKey(key: usize): u32 {
  if (windowOf(key) != window) store<u32>(key, window - 1, WINDOW);
  return idOf(key);
}

/** Gives a key its row in this window. */
export function setRow(key: usize, cell: usize, row: u32): void {
  store<u32>(key, window, WINDOW);
  store<usize>(key, cell, CELL);
  store<u32>(key, row, ROW);
  store<u32>(key, 0, LINES);
}

/**
 * Forgets the keys of the next segment that were not used in this window nor in `idle` windows before it, and gives their
 * number; their ids are at `forgottenIds()`. At most 768 keys, about 50 µs. Goes round all segments in successive calls.
 */
export function sweepSegment(idle: u32): u32 {
  const oldest = window > idle ? window - idle : 0;
  const segment = segmentOf(table, sweepHash);
  let count: u32 = 0;
  for (let number: u32 = 0; number < SEGMENT_SLOTS; ) {
    const key = load<usize>(slotAt(segment, number), 4);
    if (key == 0 || load<u32>(key, WINDOW) >= oldest) {
      number++;
      continue;
    }
    store<u32>(forgotten + (usize(count) << 2), load<u32>(key, ID));
    count++;
    removeSlot(table, segment, number);
    const lengths = load<u32>(key, LENGTHS);
    giveRecord(key, HEAD + (lengths & 0xffff) + (lengths >> 16));
  }
  sweepHash = nextSegment(segment, sweepHash);
  return count;
}

/** True when the last sweep was of the last segment. */
export function sweptAll(): bool {
  return sweepHash == 0;
}

export function forgottenIds(): usize {
  return forgotten;
}

function sizeClass(length: usize): usize {
  return length <= SMALL ? (length + 15) >> 4 : STEPS + usize(32 - clz(u32(length) - 1)) - 10;
}

function classBytes(sizeOf: usize): usize {
  return sizeOf < STEPS ? sizeOf << 4 : usize(1024) << (sizeOf - STEPS);
}

function takeRecord(length: usize): usize {
  const sizeOf = sizeClass(length);
  const size = classBytes(sizeOf);
  const list = freeRecords + (sizeOf << 2);
  let record = load<usize>(list);
  if (record != 0) {
    store<usize>(list, load<usize>(record));
  } else {
    if (place + size > placeEnd) {
      const block = takeBlock();
      if (block == 0) return 0;
      if (!mayGrowKeys()) {
        giveBlock(block);
        return 0;
      }
      place = block;
      placeEnd = block + BLOCK;
    }
    record = place;
    place += size;
  }
  used += u32(size);
  return record;
}

function giveRecord(record: usize, length: usize): void {
  const sizeOf = sizeClass(length);
  const list = freeRecords + (sizeOf << 2);
  store<usize>(record, load<usize>(list));
  store<usize>(list, record);
  used -= u32(classBytes(sizeOf));
}
