import { growFloat64, growUint32, roomFor } from './grow.ts';
import type { CounterSection } from './partial.ts';

/** Sums of one window. A row is a counter that was used in it. */
export interface CounterColumn {
  open(id: number): number;
  add(row: number, value: number): void;
  /** Gives what was collected and starts anew, with room for as many rows. */
  swap(): CounterSection;
}

export function createCounterColumn(): CounterColumn {
  let length = 0;
  let ids = new Uint32Array(64);
  let sums = new Float64Array(64);
  return {
    open(id) {
      if (length === ids.length) {
        ids = growUint32(ids, length + 1);
        sums = growFloat64(sums, length + 1);
      }
      ids[length] = id;
      return length++;
    },
    add(row, value) {
      sums[row] = sums[row]! + value;
    },
    swap() {
      const section = { length, ids, sums };
      const room = roomFor(length);
      length = 0;
      ids = new Uint32Array(room);
      sums = new Float64Array(room);
      return section;
    },
  };
}
