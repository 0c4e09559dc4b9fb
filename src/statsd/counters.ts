import { grown } from '../kit/grow.ts';
import { createKeys, type Keys } from './keys.ts';
import { rowMap } from './row-map.ts';

/** The original's `counters`. */
export interface Counters {
  readonly keys: Keys;
  add(number: number, amount: number): void;
  /** Puts a key into the hash, at 0 where it is new. */
  enter(number: number): void;
  value(number: number): number;
  /** All counters as they are, and per second of `seconds`. */
  snapshot(seconds: number): CounterSnapshot;
  /** Zeros all, or forgets those that are not {@link isInternal}. */
  reset(forget: boolean): void;
}

export interface CounterSnapshot {
  readonly counters: ReadonlyMap<string, number>;
  readonly rates: ReadonlyMap<string, number>;
  readonly byteLength: number;
}

/** Counters that the original zeroes and never forgets, whoever's they are. */
function isInternal(key: string): boolean {
  return key.includes('packets_received') || key.includes('metrics_received') || key.includes('bad_lines_seen');
}

export function createCounters(): Counters {
  const keys = createKeys(isInternal);
  let values = new Float64Array(64);

  function enter(number: number): void {
    if (!keys.enter(number)) return;
    if (number >= values.length) values = grown(values, number + 1);
    values[number] = 0;
  }

  return {
    keys,
    enter,
    add(number, amount) {
      enter(number);
      values[number] = values[number]! + amount;
    },
    value: (number) => values[number]!,
    snapshot(seconds) {
      const names = keys.names();
      const rows = new Float64Array(keys.size);
      for (let row = 0; row < rows.length; row++) rows[row] = values[keys.order[row]!]!;
      return {
        counters: rowMap(names, (row) => rows[row]!),
        rates: rowMap(names, (row) => rows[row]! / seconds),
        byteLength: rows.length * 16,
      };
    },
    reset(forget) {
      if (forget) keys.filter(keys.isMarked);
      for (let at = 0; at < keys.size; at++) values[keys.order[at]!] = 0;
    },
  };
}
