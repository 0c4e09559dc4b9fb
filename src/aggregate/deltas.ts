import { grown } from '../kit/grow.ts';
import type { GaugeSection } from '../partial/partial.ts';

type DeltaColumns = Pick<GaugeSection, 'deltaLength' | 'deltaRows' | 'deltas' | 'deltaAt'>;

/**
 * Signed deltas of gauges in one window, with their times, in the order in which they came. Each one by itself, since
 * floating point has (5 + 0.1) + 0.2 ≠ 5 + (0.1 + 0.2).
 */
export interface Deltas {
  /** `setAt` is the time at which the row's value was last set, `time` that of the delta; both never run backwards. */
  add(row: number, delta: number, setAt: number, time: number): void;
  addAll(rows: Uint32Array, deltas: Float64Array, setAt: Float64Array, times: Float64Array): void;
  take(): DeltaColumns;
}

/** Deltas kept apart with their times; beyond this number and one for each row they are added to the row's latest. */
export const MAX_DELTAS = 262_144;

export function createDeltas(): Deltas {
  /** By row: its latest delta. */
  let latest = new Map<number, number>();
  let length = 0;
  let rows = new Uint32Array(0);
  let deltas = new Float64Array(0);
  let times = new Float64Array(0);

  function add(row: number, delta: number, setAt: number, time: number): void {
    const last = latest.get(row);
    if (last !== undefined) {
      const overtaken = times[last]! < setAt;
      if (overtaken || length >= MAX_DELTAS) {
        deltas[last] = overtaken ? delta : deltas[last]! + delta;
        times[last] = time;
        return;
      }
    }
    if (length === rows.length) {
      const room = Math.max(16, length + 1);
      rows = grown(rows, room);
      deltas = grown(deltas, room);
      times = grown(times, room);
    }
    rows[length] = row;
    deltas[length] = delta;
    times[length] = time;
    latest.set(row, length++);
  }

  return {
    add,
    addAll(addedRows, added, setAt, addedAt) {
      for (let at = 0; at < addedRows.length; at++) add(addedRows[at]!, added[at]!, setAt[at]!, addedAt[at]!);
    },
    take() {
      const taken = { deltaLength: length, deltaRows: rows, deltas, deltaAt: times };
      latest = new Map();
      length = 0;
      rows = new Uint32Array(0);
      deltas = new Float64Array(0);
      times = new Float64Array(0);
      return taken;
    },
  };
}
