import { COUNTERS, GAUGES, ROW_KINDS, SETS, TIMERS } from '../../protocol/codes';
import { idOf, setRow } from './keys';
import { giveBlock, takeBlock } from './memory';

// A row is a key that was used in this window, one column set for each kind of type. Rows are opened one behind the
// other, in blocks of one column behind the other, so that the host takes a window with one copy for each column and
// block; the cell of a row is the address of its first number, so that a sample adds to it without a lookup.
//
//   counters  ids u32 [10,920] · sums f64 [10,920]
//   gauges    ids u32 [6,552] · values f64 [6,552] · times f64 [6,552]
//   timers    ids u32 [16,384] · counts u32 [16,384]
//   sets      ids u32 [16,384] · counts u32 [16,384]

/** From a gauge's value to the time at which it was set. */
export const GAUGE_TIME: usize = 52416;

const MAX_BLOCKS: u32 = 4096;
/** Addresses of the blocks of each kind. */
const blocks: usize = memory.data(ROW_KINDS * 16384, 8);
/** By kind: blocks that there are, and rows that are open. */
const blockCounts: usize = memory.data(ROW_KINDS * 4, 8);
const rowCounts: usize = memory.data(ROW_KINDS * 4, 8);

export function rowsPerBlock(kind: u32): u32 {
  switch (kind) {
    case COUNTERS:
      return 10920;
    case GAUGES:
      return 6552;
    case TIMERS:
    case SETS:
      return 16384;
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
