import { growFloat64, growUint32, roomFor } from './grow.ts';
import type { GaugeSection } from './partial.ts';

/** Last values and signed deltas of one window. `now` is monotonic milliseconds, and may stand still between calls. */
export interface GaugeColumn {
  open(id: number): number;
  set(row: number, value: number, now: number): void;
  add(row: number, delta: number, now: number): void;
  swap(): GaugeSection;
}

/** Deltas kept apart with their times; beyond this number and one for each row they are added to the row's latest. */
export const MAX_DELTAS = 262_144;

/** Milliseconds between two operations of one instant, so that a delta is either before or after a set. */
const TICK = 1e-5;

const NO_DELTA = 0xffff_ffff;

export function createGaugeColumn(): GaugeColumn {
  let time = 0;
  let length = 0;
  let ids = new Uint32Array(64);
  let values = new Float64Array(64);
  let setAt = new Float64Array(64);
  let lastDelta = new Uint32Array(64);
  let deltaLength = 0;
  let deltaRows = new Uint32Array(16);
  let deltas = new Float64Array(16);
  let deltaAt = new Float64Array(16);
  return {
    open(id) {
      if (length === ids.length) {
        ids = growUint32(ids, length + 1);
        values = growFloat64(values, length + 1);
        setAt = growFloat64(setAt, length + 1);
        lastDelta = growUint32(lastDelta, length + 1);
      }
      ids[length] = id;
      setAt[length] = Number.NEGATIVE_INFINITY;
      lastDelta[length] = NO_DELTA;
      return length++;
    },
    set(row, value, now) {
      time = Math.max(time, now) + TICK;
      values[row] = value;
      setAt[row] = time;
      time += TICK;
    },
    add(row, delta, now) {
      if (now > time) time = now;
      const last = lastDelta[row]!;
      if (last !== NO_DELTA) {
        const overtaken = deltaAt[last]! < setAt[row]!;
        if (overtaken || deltaLength >= MAX_DELTAS || deltaAt[last] === time) {
          deltas[last] = overtaken ? delta : deltas[last]! + delta;
          deltaAt[last] = time;
          return;
        }
      }
      if (deltaLength === deltaRows.length) {
        deltaRows = growUint32(deltaRows, deltaLength + 1);
        deltas = growFloat64(deltas, deltaLength + 1);
        deltaAt = growFloat64(deltaAt, deltaLength + 1);
      }
      deltaRows[deltaLength] = row;
      deltas[deltaLength] = delta;
      deltaAt[deltaLength] = time;
      lastDelta[row] = deltaLength++;
    },
    swap() {
      const section = { length, ids, values, setAt, deltaLength, deltaRows, deltas, deltaAt };
      const room = roomFor(length);
      length = 0;
      ids = new Uint32Array(room);
      values = new Float64Array(room);
      setAt = new Float64Array(room);
      lastDelta = new Uint32Array(room);
      const deltaRoom = roomFor(deltaLength);
      deltaLength = 0;
      deltaRows = new Uint32Array(deltaRoom);
      deltas = new Float64Array(deltaRoom);
      deltaAt = new Float64Array(deltaRoom);
      return section;
    },
  };
}
