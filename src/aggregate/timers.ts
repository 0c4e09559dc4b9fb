import { DDSketch } from '../sketch/ddsketch.ts';
import { growFloat64, growUint32, roomFor } from './grow.ts';
import type { TimerSection } from './partial.ts';

export interface TimerLimits {
  readonly timerValuesPerSeries: number;
  readonly timerValues: number;
}

/** Values of timers, histograms and distributions in one window: one append for each sample, sorted only by the merge. */
export interface TimerColumn {
  open(id: number): number;
  add(row: number, value: number, weight: number): void;
  swap(): TimerSection;
}

/**
 *     ids, counts       by row: key id, number of exact values
 *     valueRows, values by sample, in order of arrival
 *     weights           by sample; allocated with the first weight other than 1, since most values are not sampled
 *     sketches          rows beyond the limit of exact values
 */
export function createTimerColumn(limits: TimerLimits): TimerColumn {
  let length = 0;
  let ids = new Uint32Array(64);
  let counts = new Uint32Array(64);
  let valueLength = 0;
  let valueRows = new Uint32Array(256);
  let values = new Float64Array(256);
  let weights: Float64Array<ArrayBuffer> | undefined;
  let sketches = new Map<number, DDSketch>();

  function addToSketch(row: number, value: number, weight: number): void {
    let sketch = sketches.get(row);
    if (sketch === undefined) {
      sketch = new DDSketch();
      sketches.set(row, sketch);
    }
    sketch.add(value, weight);
  }

  return {
    open(id) {
      if (length === ids.length) {
        ids = growUint32(ids, length + 1);
        counts = growUint32(counts, length + 1);
      }
      ids[length] = id;
      counts[length] = 0;
      return length++;
    },
    add(row, value, weight) {
      const count = counts[row]!;
      if (count >= limits.timerValuesPerSeries || valueLength >= limits.timerValues) {
        addToSketch(row, value, weight);
        return;
      }
      if (valueLength === values.length) {
        valueRows = growUint32(valueRows, valueLength + 1);
        values = growFloat64(values, valueLength + 1);
        if (weights) weights = growFloat64(weights, valueLength + 1);
      }
      if (weight !== 1 && weights === undefined) weights = new Float64Array(values.length).fill(1, 0, valueLength);
      valueRows[valueLength] = row;
      values[valueLength] = value;
      if (weights) weights[valueLength] = weight;
      valueLength++;
      counts[row] = count + 1;
    },
    swap() {
      const section = {
        length,
        ids,
        chunks: valueLength === 0 ? [] : [{ length: valueLength, rows: valueRows, values, weights }],
        sketchRows: Uint32Array.from(sketches.keys()),
        sketches: Array.from(sketches.values(), (sketch) => sketch.encode()),
      };
      const room = roomFor(length);
      length = 0;
      ids = new Uint32Array(room);
      counts = new Uint32Array(room);
      const valueRoom = Math.max(256, roomFor(valueLength));
      valueLength = 0;
      valueRows = new Uint32Array(valueRoom);
      values = new Float64Array(valueRoom);
      weights = undefined;
      sketches = new Map();
      return section;
    },
  };
}
