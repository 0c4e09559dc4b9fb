import { COUNTERS, GAUGES, ROW_KINDS, SETS, TIMERS } from '../../protocol/codes';
import { idOf, linesOf, setRow } from './keys';
import { giveBlock, takeBlock } from './memory';

// A row is a key that was used in this window, one column set for each kind of type. Rows are opened one behind the
// other, in blocks of one column behind the other, so that the host takes a window with one copy for each column and
// block; the cell of a row is the address of its first number, so that a sample adds to it without a lookup.
//
//   counters  ids u32 [8,192] · sums f64 [8,192] · keys u32 [8,192]
//   gauges    ids u32 [5,460] · values f64 [5,460] · times f64 [5,460] · keys u32 [5,460]
//   timers    ids u32 [10,920] · counts u32 [10,920] · keys u32 [10,920]
//   sets      as timers
//
// `keys` are addresses, for what is kept with a key and read of a whole window.

/** From a gauge's value to the time at which it was set. */
export const GAUGE_TIME: usize = 43680;

const MAX_BLOCKS: u32 = 4096;
/** Addresses of the blocks of each kind. */
const blocks: usize = memory.data(ROW_KINDS * 16384, 8);
/** By kind: blocks that there are, and rows that are open. */
const blockCounts: usize = memory.data(ROW_KINDS * 4, 8);
const rowCounts: usize = memory.data(ROW_KINDS * 4, 8);

export function rowsPerBlock(kind: u32): u32 {
  switch (kind) {
    case COUNTERS:
      return 8192;
    case GAUGES:
      return 5460;
    case TIMERS:
    case SETS:
      return 10920;
    default:
      return unreachable();
  }
}

export function rowCount(kind: u32): u32 {
  return load<u32>(rowCounts + (usize(kind) << 2));
}

/** Address of block `number` of a kind. */
export function blockAt(kind: u32, number: u32): usize {
  return load<usize>(blocks + ((usize(kind) * MAX_BLOCKS + number) << 2));
}

/** From the start of a block to its keys. */
function keysAt(kind: u32): usize {
  const perBlock = usize(rowsPerBlock(kind));
  switch (kind) {
    case COUNTERS:
      return perBlock * 12;
    case GAUGES:
      return perBlock * 20;
    case TIMERS:
    case SETS:
      return perBlock << 3;
    default:
      return unreachable();
  }
}

/**
 * Puts, in a block, how many lines of the window each of its first `rows` keys was in where the addresses of the keys were: the last
 * that is asked of the rows. Gives the address. A key is a wait for memory, and waits of keys side by side are had at the same time.
 */
export function gatherLines(kind: u32, number: u32, rows: u32): usize {
  const lines = blockAt(kind, number) + keysAt(kind);
  const end = lines + (usize(rows) << 2);
  for (let at = lines; at < end; at += 4) store<u32>(at, linesOf(load<usize>(at)));
  return lines;
}

/** Opens the row of a key. False where there is no memory. */
export function openRow(key: usize, kind: u32): bool {
  const row = rowCount(kind);
  const perBlock = rowsPerBlock(kind);
  const number = row / perBlock;
  const count = blockCounts + (usize(kind) << 2);
  if (number == load<u32>(count)) {
    const block = number < MAX_BLOCKS ? takeBlock() : 0;
    if (block == 0) return false;
    store<usize>(blocks + ((usize(kind) * MAX_BLOCKS + number) << 2), block);
    store<u32>(count, number + 1);
  }
  const block = blockAt(kind, number);
  const local = usize(row - number * perBlock);
  store<u32>(block + (local << 2), idOf(key));
  store<usize>(block + keysAt(kind) + (local << 2), key);
  let cell = block + (usize(perBlock) << 2);
  switch (kind) {
    case COUNTERS:
      cell += local << 3;
      store<f64>(cell, 0);
      break;
    case GAUGES:
      cell += local << 3;
      store<f64>(cell, 0);
      store<f64>(cell, -Infinity, GAUGE_TIME);
      break;
    case TIMERS:
    case SETS:
      cell += local << 2;
      store<u32>(cell, 0);
      break;
    default:
      unreachable();
  }
  store<u32>(rowCounts + (usize(kind) << 2), row + 1);
  setRow(key, cell, row);
  return true;
}

/** Begins the next window; keeps the blocks that this one used, and gives others back. */
export function closeRows(): void {
  for (let kind: u32 = 0; kind < u32(ROW_KINDS); kind++) {
    const count = blockCounts + (usize(kind) << 2);
    const used = (rowCount(kind) + rowsPerBlock(kind) - 1) / rowsPerBlock(kind);
    for (let number = used; number < load<u32>(count); number++) giveBlock(blockAt(kind, number));
    store<u32>(count, used);
    store<u32>(rowCounts + (usize(kind) << 2), 0);
  }
}
