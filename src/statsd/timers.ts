import { grown } from '../kit/grow.ts';
import type { TimerSection } from '../partial/partial.ts';
import type { StatsdTimerData } from '../plugin.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import { sortNumbers } from '../window/sort.ts';
import { createKeys, type Keys } from './keys.ts';
import { rowMap } from './row-map.ts';
import { representatives, scaleTimerRow } from './sketched.ts';
import { readTimerData, rowWidth, writeTimerRow } from './timer-data.ts';
import type { TimerFields } from './timer-fields.ts';

/** The original's `timers` and `timer_counters`. */
export interface Timers {
  readonly keys: Keys;
  /** `numbers` are the keys of the section's rows. Exact values beyond the limit, of all timers, become sketches. */
  absorb(section: TimerSection, numbers: Uint32Array, limits: TimerLimits): void;
  /** The values so far, in order of arrival. */
  values(): { readonly keys: readonly string[]; valuesAt(row: number): number[] };
  snapshot(fields: TimerFields, seconds: number, limits: TimerLimits): TimerSnapshot;
  /** Takes keys out of the hash, with their values. */
  remove(isRemoved: (number: number) => boolean): void;
  /** Empties all, or forgets them. */
  reset(forget: boolean): void;
}

export interface TimerLimits {
  readonly timerValues: number;
  readonly timerValuesPerSeries: number;
}

export interface TimerSnapshot {
  readonly timers: ReadonlyMap<string, readonly number[]>;
  readonly timerCounters: ReadonlyMap<string, number>;
  readonly timerData: ReadonlyMap<string, StatsdTimerData>;
  readonly byteLength: number;
}

/** Values as they came. */
interface Chunk {
  readonly length: number;
  /** By value: its key. */
  readonly numbers: Uint32Array;
  readonly values: Float64Array;
  readonly weights: Float64Array | undefined;
}

export function createTimers(): Timers {
  const keys = createKeys();
  let counters = new Float64Array(64);
  let chunks: Chunk[] = [];
  let valueCount = 0;
  let sketches = new Map<number, DDSketch>();

  function enter(number: number): void {
    if (!keys.enter(number)) return;
    if (number >= counters.length) counters = grown(counters, number + 1);
    counters[number] = 0;
  }

  function sketchOf(number: number): DDSketch {
    let sketch = sketches.get(number);
    if (sketch === undefined) {
      sketch = new DDSketch();
      sketches.set(number, sketch);
    }
    return sketch;
  }

  /** Values side by side in order of arrival: those of row r end at `ends[r]`. */
  function gather(): { readonly values: Float64Array; readonly ends: Uint32Array } {
    const next = new Uint32Array(keys.limit);
    for (const { length, numbers } of chunks) {
      for (let i = 0; i < length; i++) next[numbers[i]!] = next[numbers[i]!]! + 1;
    }
    const ends = new Uint32Array(keys.size);
    let end = 0;
    for (let row = 0; row < ends.length; row++) {
      const number = keys.order[row]!;
      const start = end;
      end += next[number]!;
      next[number] = start;
      ends[row] = end;
    }
    const values = new Float64Array(end);
    for (const chunk of chunks) {
      for (let i = 0; i < chunk.length; i++) {
        const number = chunk.numbers[i]!;
        const at = next[number]!;
        values[at] = chunk.values[i]!;
        next[number] = at + 1;
      }
    }
    return { values, ends };
  }

  /** With the rows that are sketches replaced by values that stand for them. */
  function withSketches(exact: ReturnType<typeof gather>, limit: number): ReturnType<typeof gather> {
    addExactValues();
    const parts: Float64Array[] = [];
    const ends = new Uint32Array(keys.size);
    let end = 0;
    for (let row = 0; row < ends.length; row++) {
      const sketch = sketches.get(keys.order[row]!);
      const start = row === 0 ? 0 : exact.ends[row - 1]!;
      const part =
        sketch === undefined ? exact.values.subarray(start, exact.ends[row]!) : representatives(sketch, limit);
      parts.push(part);
      end += part.length;
      ends[row] = end;
    }
    const values = new Float64Array(end);
    parts.forEach((part, row) => {
      values.set(part, row === 0 ? 0 : ends[row - 1]!);
    });
    return { values, ends };
  }

  /** What came as an exact value before its timer was over a limit goes into the sketch too. */
  function addExactValues(): void {
    for (const { length, numbers, values, weights } of chunks) {
      for (let i = 0; i < length; i++) sketches.get(numbers[i]!)?.add(values[i]!, weights?.[i] ?? 1);
    }
  }

  return {
    keys,
    absorb(section, rows, limits) {
      for (let row = 0; row < rows.length; row++) enter(rows[row]!);
      for (const { length, rows: rowOf, values, weights } of section.chunks) {
        const numbers = new Uint32Array(length);
        for (let i = 0; i < length; i++) {
          const number = rows[rowOf[i]!]!;
          numbers[i] = number;
          counters[number] = counters[number]! + (weights === undefined ? 1 : weights[i]!);
        }
        if (valueCount + length > limits.timerValues) {
          for (let i = 0; i < length; i++) sketchOf(numbers[i]!).add(values[i]!, weights?.[i] ?? 1);
        } else {
          chunks.push({ length, numbers, values, weights });
          valueCount += length;
        }
      }
      let at = 0;
      for (const row of section.sketchRows) {
        const number = rows[row]!;
        const sketch = new DDSketch();
        at = sketch.mergeEncoded(section.sketches, at);
        counters[number] = counters[number]! + sketch.count;
        sketchOf(number).merge(sketch);
      }
    },
    values() {
      const { values, ends } = gather();
      return {
        keys: keys.names(),
        valuesAt: (row) => Array.from(values.subarray(row === 0 ? 0 : ends[row - 1]!, ends[row]!)),
      };
    },
    snapshot(fields, seconds, limits) {
      const exact = gather();
      const { values, ends } = sketches.size === 0 ? exact : withSketches(exact, limits.timerValuesPerSeries);
      const names = keys.names();
      const width = rowWidth(fields);
      const counts = new Float64Array(names.length);
      const table = new Float64Array(names.length * width);
      const startOf = (row: number) => (row === 0 ? 0 : ends[row - 1]!);
      for (let row = 0; row < names.length; row++) {
        const number = keys.order[row]!;
        const start = startOf(row);
        const end = ends[row]!;
        counts[row] = counters[number]!;
        if (start === end) continue;
        sortNumbers(values, start, end);
        writeTimerRow(table, row * width, values, start, end, counts[row]!, seconds, fields);
        const sketch = sketches.size === 0 ? undefined : sketches.get(number);
        if (sketch !== undefined) scaleTimerRow(table, row * width, sketch, end - start, fields);
      }
      return {
        timers: rowMap(names, (row) => Array.from(values.subarray(startOf(row), ends[row]!))),
        timerCounters: rowMap(names, (row) => counts[row]!),
        timerData: rowMap(names, (row) =>
          readTimerData(names[row]!, table, row * width, values, startOf(row), ends[row]!, fields),
        ),
        byteLength: names.length * 20 + table.byteLength + values.byteLength,
      };
    },
    remove(isRemoved) {
      chunks = chunks.map((chunk) => without(chunk, isRemoved));
      valueCount = chunks.reduce((sum, { length }) => sum + length, 0);
      for (const number of [...sketches.keys()]) if (isRemoved(number)) sketches.delete(number);
      keys.filter((number) => !isRemoved(number));
    },
    reset(forget) {
      chunks = [];
      valueCount = 0;
      sketches = new Map();
      if (forget) keys.filter(() => false);
      for (let at = 0; at < keys.size; at++) counters[keys.order[at]!] = 0;
    },
  };
}

function without(chunk: Chunk, isRemoved: (number: number) => boolean): Chunk {
  const { length, numbers, values, weights } = chunk;
  const isKept = (_: number, i: number) => i < length && !isRemoved(numbers[i]!);
  const kept = numbers.filter(isKept);
  return { length: kept.length, numbers: kept, values: values.filter(isKept), weights: weights?.filter(isKept) };
}
