import { BLOCK, takeBlock } from './memory';

// Extendible hashing (Fagin et al., 1979): a directory by the upper bits of the hash, and segments of a fixed size that
// are split one at a time when they fill up. Growing never touches more than one segment (about 5 µs), where rebuilding
// one large table stood still for 40 ms at a million keys.
//
//   table      depth u32 · directory u32 · epoch u32 · size u32
//   directory  u32 [ 2^depth ]                 address of the segment; a segment of less depth stands in several entries
//   segment    depth u32 · count u32 · epoch u32 · … 64 bytes
//              [ hash u32 · address u32 ] × 1024   linear probing by the lower bits of the hash; address 0: empty
//
// A segment of an older epoch than its table's is empty: that is how a table is cleared without touching it.

const MAX_DEPTH: u32 = 16;
const DEPTH: usize = 0;
const DIRECTORY: usize = 4;
const EPOCH: usize = 8;
const SIZE: usize = 12;

const SEGMENT_COUNT: usize = 4;
const SEGMENT_EPOCH: usize = 8;
const SLOTS: u32 = 1024;
/** At most three quarters full. */
const FULL: u32 = 768;
const HEAD: usize = 64;
const SEGMENT: usize = 8256; // HEAD + SLOTS * 8

let freeSegments: usize = 0;
const spare: usize = memory.data(8192, 8);

function takeSegment(depth: u32, epoch: u32): usize {
  if (freeSegments == 0) {
    const block = takeBlock();
    if (block == 0) return 0;
    for (let at = block; at + SEGMENT <= block + BLOCK; at += SEGMENT) giveSegment(at);
  }
  const segment = freeSegments;
  freeSegments = load<usize>(segment);
  store<u32>(segment, depth);
  clearSegment(segment, epoch);
  return segment;
}

function giveSegment(segment: usize): void {
  store<usize>(segment, freeSegments);
  freeSegments = segment;
}

function clearSegment(segment: usize, epoch: u32): void {
  store<u32>(segment, 0, SEGMENT_COUNT);
  store<u32>(segment, epoch, SEGMENT_EPOCH);
  memory.fill(segment + HEAD, 0, SLOTS << 3);
}

/** Makes the first segment of a table. False where there is no memory. */
export function openTable(table: usize, directory: usize): bool {
  store<usize>(table, directory, DIRECTORY);
  store<u32>(table, 1, EPOCH);
  const segment = takeSegment(0, 1);
  store<usize>(directory, segment);
  return segment != 0;
}

export function tableSize(table: usize): u32 {
  return load<u32>(table, SIZE);
}

function directoryIndex(hash: u32, depth: u32): usize {
  return usize((u64(hash) << depth) >> 32);
}

/** The segment for a hash. */
export function segmentOf(table: usize, hash: u32): usize {
  const entry = load<usize>(table, DIRECTORY) + (directoryIndex(hash, load<u32>(table, DEPTH)) << 2);
  const segment = load<usize>(entry);
  const epoch = load<u32>(table, EPOCH);
  if (load<u32>(segment, SEGMENT_EPOCH) != epoch) clearSegment(segment, epoch);
  return segment;
}

/** Address of the slot with this number. */
export function slotAt(segment: usize, number: u32): usize {
  return segment + HEAD + (usize(number & (SLOTS - 1)) << 3);
}

function put(segment: usize, hash: u32, address: usize): void {
  let number = hash;
  while (load<u32>(slotAt(segment, number), 4) != 0) number++;
  const slot = slotAt(segment, number);
  store<u32>(slot, hash);
  store<usize>(slot, address, 4);
  store<u32>(segment, load<u32>(segment, SEGMENT_COUNT) + 1, SEGMENT_COUNT);
}

/** Adds an entry that is not there yet. False where there is no room. */
export function addEntry(table: usize, hash: u32, address: usize): bool {
  let segment = segmentOf(table, hash);
  while (load<u32>(segment, SEGMENT_COUNT) >= FULL) {
    if (!split(table, segment, hash)) return false;
    segment = segmentOf(table, hash);
  }
  put(segment, hash, address);
  store<u32>(table, load<u32>(table, SIZE) + 1, SIZE);
  return true;
}

function split(table: usize, segment: usize, hash: u32): bool {
  const depth = load<u32>(segment);
  if (depth == load<u32>(table, DEPTH) && !doubleDirectory(table)) return false;
  const epoch = load<u32>(table, EPOCH);
  const sibling = takeSegment(depth + 1, epoch);
  if (sibling == 0) return false;

  // The second half of the directory's entries for this segment.
  const below = load<u32>(table, DEPTH) - depth;
  const half: usize = usize(1) << (below - 1);
  const first = (directoryIndex(hash, depth) << below) + half;
  const directory = load<usize>(table, DIRECTORY);
  for (let index = first; index < first + half; index++) store<usize>(directory + (index << 2), sibling);

  memory.copy(spare, segment + HEAD, SLOTS << 3);
  clearSegment(segment, epoch);
  store<u32>(segment, depth + 1);
  for (let at = spare; at < spare + (SLOTS << 3); at += 8) {
    const address = load<usize>(at, 4);
    if (address == 0) continue;
    const itsHash = load<u32>(at);
    put((itsHash >> (31 - depth)) & 1 ? sibling : segment, itsHash, address);
  }
  return true;
}

function doubleDirectory(table: usize): bool {
  const depth = load<u32>(table, DEPTH);
  if (depth == MAX_DEPTH) return false;
  const directory = load<usize>(table, DIRECTORY);
  for (let index = usize(1) << depth; index-- != 0; ) {
    const segment = load<usize>(directory + (index << 2));
    store<usize>(directory + (index << 3), segment);
    store<usize>(directory + (index << 3), segment, 4);
  }
  store<u32>(table, depth + 1, DEPTH);
  return true;
}

/** Removes the entry in a slot and moves later ones of its chain up, so that no tombstones are left. */
export function removeSlot(table: usize, segment: usize, number: u32): void {
  let hole = number & (SLOTS - 1);
  let next = hole;
  while (true) {
    next = (next + 1) & (SLOTS - 1);
    const slot = slotAt(segment, next);
    if (load<u32>(slot, 4) == 0) break;
    const home = load<u32>(slot);
    if (((next - home) & (SLOTS - 1)) >= ((next - hole) & (SLOTS - 1))) {
      store<u64>(slotAt(segment, hole), load<u64>(slot));
      hole = next;
    }
  }
  store<u64>(slotAt(segment, hole), 0);
  store<u32>(segment, load<u32>(segment, SEGMENT_COUNT) - 1, SEGMENT_COUNT);
  store<u32>(table, load<u32>(table, SIZE) - 1, SIZE);
}

/** Empties a table without touching its segments; one that was nearly empty gives them back. */
export function clearTable(table: usize): void {
  const depth = load<u32>(table, DEPTH);
  if (depth > 0 && load<u32>(table, SIZE) < (FULL << depth) >> 4) closeSegments(table);
  store<u32>(table, load<u32>(table, EPOCH) + 1, EPOCH);
  store<u32>(table, 0, SIZE);
}

/** Gives all segments but the first back. */
function closeSegments(table: usize): void {
  const directory = load<usize>(table, DIRECTORY);
  const end = directory + (usize(4) << load<u32>(table, DEPTH));
  let last = load<usize>(directory);
  for (let entry = directory + 4; entry < end; entry += 4) {
    const segment = load<usize>(entry);
    if (segment != last) giveSegment(segment);
    last = segment;
  }
  store<u32>(load<usize>(directory), 0);
  store<u32>(table, 0, DEPTH);
}

/** The hash at which the segment after the one of `hash` begins; 0 after the last. */
export function nextSegment(segment: usize, hash: u32): u32 {
  const depth = load<u32>(segment);
  if (depth == 0) return 0;
  const width = u32(1) << (32 - depth);
  return (hash & ~(width - 1)) + width;
}

export const SEGMENT_SLOTS: u32 = SLOTS;
