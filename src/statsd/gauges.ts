import { grown } from '../kit/grow.ts';
import { createKeys, type Keys } from './keys.ts';
import { rowMap } from './row-map.ts';

/** The original's `gauges` and `gaugesTTL`. */
export interface Gauges {
  readonly keys: Keys;
  /** A key was updated: it stays for `flushes` more, or for ever where they are undefined. */
  touch(number: number, flushes: number | undefined): void;
  /** A set that may have been overtaken by a later one. `at` is of the clock that all shards share. */
  set(number: number, value: number, at: number): void;
  /** A delta, which counts unless a later set overtook it. */
  add(number: number, delta: number, at: number): void;
  /** Sets a gauge of the daemon's own. */
  assign(number: number, value: number): void;
  value(number: number): number;
  /** Flushes after which a gauge is forgotten; 0 for one that stays. */
  left(number: number): number;
  snapshot(): { readonly gauges: ReadonlyMap<string, number>; readonly byteLength: number };
  /** Ends a flush: with `age` gauges whose flushes are used up are forgotten. */
  reset(age: boolean): void;
  /** Gauges are not to be forgotten any more: those that there are never will be, unless they are updated. */
  forgetAges(): void;
}

const NEVER = Number.NEGATIVE_INFINITY;

export function createGauges(): Gauges {
  const keys = createKeys();
  let values = new Float64Array(64);
  let setAt = new Float64Array(64);
  /** Flushes that are left; 0 for a gauge that is not to be forgotten. */
  let left = new Uint32Array(64);
  /** Of this flush, by key: time and delta in turn. A set of another shard may come to light later than what followed it. */
  const deltas = new Map<number, number[]>();

  function enter(number: number): void {
    if (!keys.enter(number)) return;
    if (number >= values.length) {
      values = grown(values, number + 1);
      setAt = grown(setAt, number + 1);
      left = grown(left, number + 1);
    }
    values[number] = 0;
    setAt[number] = NEVER;
    left[number] = 0;
    deltas.delete(number);
  }

  function plus(number: number, delta: number): void {
    // As the original, which has no other way to set a gauge of -0.
    values[number] = values[number] === 0 ? delta : values[number]! + delta;
  }

  return {
    keys,
    touch(number, flushes) {
      enter(number);
      if (flushes !== undefined) left[number] = flushes;
    },
    set(number, value, at) {
      if (at <= setAt[number]!) return;
      values[number] = value;
      setAt[number] = at;
      const known = deltas.size === 0 ? undefined : deltas.get(number);
      if (known === undefined) return;
      for (let i = 0; i < known.length; i += 2) if (known[i]! > at) plus(number, known[i + 1]!);
    },
    add(number, delta, at) {
      if (at <= setAt[number]!) return;
      plus(number, delta);
      const known = deltas.get(number);
      if (known === undefined) deltas.set(number, [at, delta]);
      else known.push(at, delta);
    },
    assign(number, value) {
      enter(number);
      values[number] = value;
    },
    value: (number) => values[number]!,
    left: (number) => left[number]!,
    snapshot() {
      const rows = new Float64Array(keys.size);
      for (let row = 0; row < rows.length; row++) rows[row] = values[keys.order[row]!]!;
      return { gauges: rowMap(keys.names(), (row) => rows[row]!), byteLength: rows.length * 16 };
    },
    reset(age) {
      deltas.clear();
      if (!age) return;
      keys.filter((number) => {
        if (left[number] === 0) return true;
        left[number] = left[number]! - 1;
        return left[number] !== 0;
      });
    },
    forgetAges() {
      left.fill(0);
    },
  };
}
