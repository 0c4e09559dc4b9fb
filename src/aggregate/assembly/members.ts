import { hashTexts, sameBytes } from './hash';
import { BLOCK, giveBlock, takeBlock } from './memory';
import { addEntry, clearTable, openTable, segmentOf, slotAt, tableSize } from './segments';

// Distinct members of the sets of one window: records in blocks, in the form in which a partial carries them.
//
//   row u32 · length u32 · member · zeros up to a multiple of 4

const HEAD: usize = 8;
const MAX_BLOCKS: u32 = 8192;

const table: usize = memory.data(16, 8);
const directory: usize = memory.data(262144, 8);
const blocks: usize = memory.data(32768, 8);
let blockCount: u32 = 0;
let place: usize = 0;
let placeEnd: usize = 0;

/** A full block of records is the host's to copy; it stays readable here until the window ends. */
@external('host', 'takeMembers')
declare function takeMembers(start: usize, end: usize): void;

export function openMembers(): bool {
  return openTable(table, directory);
}

export function memberCount(): u32 {
  return tableSize(table);
}

function findHashed(hash: u32, row: u32, member: usize, length: usize): bool {
  const segment = segmentOf(table, hash);
  let number = hash;
  while (true) {
    const slot = slotAt(segment, number++);
    const record = load<usize>(slot, 4);
    if (record == 0) return false;
    if (
      load<u32>(slot) == hash &&
      load<u32>(record) == row &&
      load<u32>(record, 4) == u32(length) &&
      sameBytes(record + HEAD, member, length)
    ) {
      return true;
    }
  }
}

/** Bytes of a record. */
export function recordSize(length: usize): usize {
  return HEAD + ((length + 3) & ~3);
}

/** Writes a record of `size` bytes. */
export function writeRecord(record: usize, row: u32, member: usize, length: usize, size: usize): void {
  store<u32>(record, row);
  store<u32>(record, u32(length), 4);
  // The last word first, so that what follows the member is zero.
  if (length != 0) store<u32>(record + size - 4, 0);
  memory.copy(record + HEAD, member, length);
}

export const MEMBER_KNOWN: i32 = 0;
export const MEMBER_NEW: i32 = 1;
export const MEMBER_REFUSED: i32 = 2;

/** Adds a member where it is new and `room` allows it. */
export function addMember(row: u32, member: usize, length: usize, room: bool): i32 {
  const hash = hashTexts(member, length, 0, 0, row);
  if (findHashed(hash, row, member, length)) return MEMBER_KNOWN;
  const size = recordSize(length);
  if (!room || (place + size > placeEnd && !nextBlock())) return MEMBER_REFUSED;
  const record = place;
  if (!addEntry(table, hash, record)) return MEMBER_REFUSED;
  writeRecord(record, row, member, length, size);
  place += size;
  return MEMBER_NEW;
}

function nextBlock(): bool {
  if (blockCount == MAX_BLOCKS) return false;
  const block = takeBlock();
  if (block == 0) return false;
  takeLast();
  store<usize>(blocks + (usize(blockCount) << 2), block);
  blockCount++;
  place = block;
  placeEnd = block + BLOCK;
  return true;
}

function takeLast(): void {
  if (blockCount != 0) takeMembers(load<usize>(blocks + (usize(blockCount - 1) << 2)), place);
}

/** Hands what is left to the host and begins the next window. */
export function closeMembers(): void {
  takeLast();
  for (let number: u32 = 0; number < blockCount; number++) giveBlock(load<usize>(blocks + (usize(number) << 2)));
  blockCount = 0;
  place = 0;
  placeEnd = 0;
  clearTable(table);
}
