import type { SetSection, TimerSection } from '../partial/partial.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import { hashBytes, hashHigh, hashLow } from '../sketch/hash.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';

/** What is over the limits of exact values and members in one window, by row. */
export interface Sketches {
  addValue(row: number, value: number, weight: number): void;
  /** False when there is no room for another estimate. */
  addMember(row: number, bytes: Uint8Array, start: number, end: number): boolean;
  takeTimers(): Pick<TimerSection, 'sketchRows' | 'sketches'>;
  takeSets(): Pick<SetSection, 'sketchRows' | 'sketches'>;
}

/** 16 KiB each: 64 MiB at most. */
const MAX_ESTIMATES = 4096;

export function createSketches(): Sketches {
  let timers = new Map<number, DDSketch>();
  let sets = new Map<number, HyperLogLog>();
  return {
    addValue(row, value, weight) {
      let sketch = timers.get(row);
      if (sketch === undefined) {
        sketch = new DDSketch();
        timers.set(row, sketch);
      }
      sketch.add(value, weight);
    },
    addMember(row, bytes, start, end) {
      let estimate = sets.get(row);
      if (estimate === undefined) {
        if (sets.size >= MAX_ESTIMATES) return false;
        estimate = new HyperLogLog();
        sets.set(row, estimate);
      }
      hashBytes(bytes, start, end);
      estimate.add(hashHigh(), hashLow());
      return true;
    },
    takeTimers() {
      const taken = timers;
      timers = new Map();
      return {
        sketchRows: Uint32Array.from(taken.keys()),
        sketches: encodeAll(taken.values()),
      };
    },
    takeSets() {
      const taken = sets;
      sets = new Map();
      return {
        sketchRows: Uint32Array.from(taken.keys()),
        sketches: Array.from(taken.values(), (estimate) => estimate.registers),
      };
    },
  };
}

function encodeAll(sketches: Iterable<DDSketch>): Float64Array {
  const all = [...sketches];
  const encoded = new Float64Array(all.reduce((length, sketch) => length + sketch.encodedLength, 0));
  let end = 0;
  for (const sketch of all) end = sketch.encodeInto(encoded, end);
  return encoded;
}
