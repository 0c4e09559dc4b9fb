import { MEMBER_RECORD_HEAD, recordLength, type SetSection, type TimerSection } from '../partial/partial.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import { hashBytes, hashHigh, hashLow } from '../sketch/hash.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';

/** What is over the limits of exact values and members in one window, by row. */
export interface Sketches {
  addValues(rows: Uint32Array, values: Float64Array, weights: Float64Array): void;
  /** Records as in a set section, of {@link MAX_ESTIMATES} rows at most. */
  addMembers(records: Uint8Array): void;
  takeTimers(): Pick<TimerSection, 'sketchRows' | 'sketches'>;
  takeSets(): Pick<SetSection, 'sketchRows' | 'sketches'>;
}

/** 16 KiB each: 64 MiB at most. */
export const MAX_ESTIMATES = 4096;

export function createSketches(): Sketches {
  let timers = new Map<number, DDSketch>();
  let sets = new Map<number, HyperLogLog>();
  return {
    addValues(rows, values, weights) {
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at]!;
        let sketch = timers.get(row);
        if (sketch === undefined) {
          sketch = new DDSketch();
          timers.set(row, sketch);
        }
        sketch.add(values[at]!, weights[at]!);
      }
    },
    addMembers(records) {
      const view = new DataView(records.buffer, records.byteOffset, records.length);
      for (let at = 0; at < records.length; ) {
        const row = view.getUint32(at, true);
        const length = view.getUint32(at + 4, true);
        let estimate = sets.get(row);
        if (estimate === undefined) {
          estimate = new HyperLogLog();
          sets.set(row, estimate);
        }
        const start = at + MEMBER_RECORD_HEAD;
        hashBytes(records, start, start + length);
        estimate.add(hashHigh(), hashLow());
        at += recordLength(MEMBER_RECORD_HEAD, length);
      }
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
