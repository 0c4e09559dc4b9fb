import type { CounterSection, TimerChunk } from '../partial/partial.ts';
import { COUNTERS, GAUGES } from '../protocol/codes.ts';
import type { Plane } from './plane.ts';

/** Copies of the rows of a window: one for each column and block of rows (see assembly/rows.ts), none for a series. */

/** By row: the lines of the window that its key was in. The last that is asked of the rows of a kind. */
export function copyLines(plane: Plane, kind: number): Uint32Array {
  const length = plane.rowCount(kind);
  const lines = new Uint32Array(length);
  const perBlock = plane.rowsPerBlock(kind);
  for (let first = 0, number = 0; first < length; first += perBlock, number++) {
    const rows = Math.min(perBlock, length - first);
    const address = plane.gatherLines(kind, number, rows);
    lines.set(new Uint32Array(plane.memory.buffer, address, rows), first);
  }
  return lines;
}

export function copyCounters(plane: Plane): CounterSection {
  const { ids, length } = copyIds(plane, COUNTERS);
  return { length, ids, sums: copyNumbers(plane, COUNTERS, 0) };
}

export function copyGauges(plane: Plane) {
  const { ids, length } = copyIds(plane, GAUGES);
  return { length, ids, values: copyNumbers(plane, GAUGES, 0), setAt: copyNumbers(plane, GAUGES, 1) };
}

export function copyIds(plane: Plane, kind: number): { readonly length: number; readonly ids: Uint32Array } {
  const length = plane.rowCount(kind);
  const ids = new Uint32Array(length);
  eachBlock(plane, kind, length, (block, rows, first) => {
    ids.set(new Uint32Array(plane.memory.buffer, block, rows), first);
  });
  return { length, ids };
}

/** Column `column` of the numbers behind the ids. */
function copyNumbers(plane: Plane, kind: number, column: number): Float64Array {
  const length = plane.rowCount(kind);
  const numbers = new Float64Array(length);
  const offset = plane.rowsPerBlock(kind) * (4 + 8 * column);
  eachBlock(plane, kind, length, (block, rows, first) => {
    numbers.set(new Float64Array(plane.memory.buffer, block + offset, rows), first);
  });
  return numbers;
}

function eachBlock(
  plane: Plane,
  kind: number,
  length: number,
  copy: (block: number, rows: number, first: number) => void,
): void {
  const perBlock = plane.rowsPerBlock(kind);
  for (let first = 0, number = 0; first < length; first += perBlock, number++) {
    copy(plane.blockAt(kind, number), Math.min(perBlock, length - first), first);
  }
}

/** The chunk of timer values that is being filled. */
export function copyValues(plane: Plane): TimerChunk {
  const length = plane.valuesLength();
  const { buffer } = plane.memory;
  const weights = plane.valueWeights();
  return {
    length,
    rows: new Uint32Array(buffer, plane.valueRows(), length).slice(),
    values: new Float64Array(buffer, plane.valueNumbers(), length).slice(),
    weights: weights === 0 ? undefined : new Float64Array(buffer, weights, length).slice(),
  };
}
