import type { ByteReader } from '../../../src/kit/byte-reader.ts';
import type { ByteWriter } from '../../../src/kit/byte-writer.ts';
import { rank } from '../../../src/kit/rank.ts';
import type { SummaryObserver, TimerSeries } from '../../../src/plugin.ts';
import { KeyWeights } from './key-weights.ts';
import { foldLowest, keyOf, MAX_KEYS, signedKey, standsFor } from './signed-bins.ts';

/** Different values up to which they are kept as they are. Above, they are in bins: 256 of these take as much as the bins of most timers. */
export const MAX_EXACT = 256;

/** By index of a key, from call to call. */
let totals = new Float64Array(MAX_EXACT);

/**
 * The values of the last `maxAgeMs`, as those of a summary of client_golang are (`prometheus/summary.go`): time goes in steps of
 * `maxAgeMs / ageBuckets` from the first value on, and at the end of each those leave that came in the oldest of the last `ageBuckets` steps. So a value
 * counts for `maxAgeMs` less what had passed of its step. Values are exact while there are few different ones, else within 0.78 %.
 *
 * Milliseconds are of any clock; while it goes back, no value leaves. Sums and counts are not kept here.
 *
 * With 20 values a second for ten minutes in five steps it takes 4 kB where these are spread as those of a service (log-normal, σ = 0.5), and 12 kB
 * with σ = 2; 11 kB where weights are fractions.
 */
export class RollingSummary {
  readonly options: SummaryObserver;
  /** By value, or by bin of the value as windows give it (`signed-bins.ts`): a column for each of the last steps, that of step s is s modulo `ageBuckets`. */
  #weights: KeyWeights;
  #isExact = true;
  /** When step 0 began. */
  #originMs = 0;
  #step = 0;
  /** Values that windows give are divided by this. That of the first ones; others are brought to it. */
  #unit = 1;

  constructor(options: SummaryObserver) {
    this.options = options;
    this.#weights = new KeyWeights(options.ageBuckets, false);
  }

  /** The values of a series in a window; they are divided by `unit`: 1000 for milliseconds, whose quantiles are seconds. */
  add(series: Pick<TimerSeries, 'values' | 'sketch'>, unit: number, nowMs: number): void {
    this.#advance(nowMs);
    if (this.#weights.size === 0) this.#begin(nowMs, unit);
    const column = this.#columnOf(this.#step);
    const values = series.values();
    if (values !== undefined) {
      for (const [value, weight] of values) this.#addValue(this.#inUnit(value, unit), column, weight);
      return;
    }
    const { sketch } = series;
    this.#becomeBins();
    for (const [key, weight] of sketch.positiveBins()) this.#addBin(1, key, unit, column, weight);
    for (const [key, weight] of sketch.negativeBins()) this.#addBin(-1, key, unit, column, weight);
    if (sketch.zeroCount > 0) this.#addKey(0, column, sketch.zeroCount);
  }

  /** For each of the quantiles the smallest value with at least that much of the weight at or below it; NaN where there are no values. */
  quantiles(nowMs: number): Float64Array {
    this.#advance(nowMs);
    const { quantiles } = this.options;
    const found = new Float64Array(quantiles.length).fill(Number.NaN);
    const weights = this.#weights;
    const { size } = weights;
    if (size === 0) return found;
    if (totals.length < size) totals = new Float64Array(2 * size);
    const total = weights.totals(totals);
    let index = 0;
    let running = totals[0]!;
    for (let i = 0; i < quantiles.length; i++) {
      const target = rank(quantiles[i]!, total);
      while (running < target && index < size - 1) running += totals[++index]!;
      // Never -0.
      found[i] = this.#valueAt(index) / this.#unit + 0;
    }
    return found;
  }

  /** Adds the values of another one, which may have other options. They leave when the middle of their step does: half a step early or late. */
  merge(from: RollingSummary, nowMs: number): void {
    this.#advance(nowMs);
    from.#advance(nowMs);
    const theirs = from.#weights;
    if (theirs.size === 0) return;
    if (this.#weights.size === 0) {
      this.#begin(nowMs, from.#unit);
      // Where steps are as long, those of the other go on.
      this.#originMs = from.#originMs + from.#step * from.#stepMs;
      this.#step = Math.max(Math.floor((nowMs - this.#originMs) / this.#stepMs), 0);
    }
    if (!from.#isExact) this.#becomeBins();
    const isSame = !this.#isExact && !from.#isExact && this.#unit === from.#unit;
    for (let back = 0; back < from.options.ageBuckets; back++) {
      const step = from.#step - back;
      const middleMs = from.#originMs + (step + 0.5) * from.#stepMs;
      const mine = Math.min(Math.floor((middleMs - this.#originMs) / this.#stepMs), this.#step);
      if (mine <= this.#step - this.options.ageBuckets) continue;
      const column = this.#columnOf(mine);
      for (let index = 0; index < theirs.size; index++) {
        const weight = theirs.weightAt(index, from.#columnOf(step));
        if (weight === 0) continue;
        if (isSame) this.#addKey(theirs.keyAt(index), column, weight);
        else this.#addValue(this.#inUnit(from.#valueAt(index), from.#unit), column, weight);
      }
    }
  }

  save(writer: ByteWriter, nowMs: number): void {
    this.#advance(nowMs);
    writer.number(this.options.maxAgeMs);
    writer.number(Math.max(nowMs - this.#originMs - this.#step * this.#stepMs, 0));
    writer.whole(this.#columnOf(this.#step));
    writer.number(this.#unit);
    writer.whole(this.#isExact ? 1 : 0);
    this.#weights.save(writer);
  }

  /** What `save` wrote, perhaps with other options, when the clock that is used from now on was at `savedMs`. */
  static restore(reader: ByteReader, options: SummaryObserver, savedMs: number): RollingSummary {
    const maxAgeMs = reader.number();
    const phaseMs = reader.number();
    const step = reader.whole();
    const unit = reader.number();
    const isExact = reader.whole() === 1;
    const weights = KeyWeights.restore(reader);
    const isSame = maxAgeMs === options.maxAgeMs && weights.width === options.ageBuckets;
    const restored = new RollingSummary(isSame ? options : { ...options, maxAgeMs, ageBuckets: weights.width });
    restored.#weights = weights;
    restored.#isExact = isExact;
    restored.#step = step;
    restored.#originMs = savedMs - phaseMs - step * restored.#stepMs;
    restored.#unit = unit;
    if (isSame) return restored;
    const other = new RollingSummary(options);
    other.merge(restored, savedMs);
    return other;
  }

  get #stepMs(): number {
    return this.options.maxAgeMs / this.options.ageBuckets;
  }

  #columnOf(step: number): number {
    const { ageBuckets } = this.options;
    return ((step % ageBuckets) + ageBuckets) % ageBuckets;
  }

  /** There are no values. */
  #begin(nowMs: number, unit: number): void {
    this.#originMs = nowMs;
    this.#step = 0;
    this.#unit = unit;
    if (this.#isExact) return;
    this.#weights = new KeyWeights(this.options.ageBuckets, false);
    this.#isExact = true;
  }

  #advance(nowMs: number): void {
    if (this.#weights.size === 0) return;
    const step = Math.floor((nowMs - this.#originMs) / this.#stepMs);
    const { ageBuckets } = this.options;
    for (let next = Math.max(this.#step + 1, step - ageBuckets + 1); next <= step; next++) {
      this.#weights.clear(this.#columnOf(next));
    }
    if (step > this.#step) this.#step = step;
  }

  #inUnit(value: number, unit: number): number {
    if (unit === this.#unit) return value;
    return Math.min(Math.max(value * (this.#unit / unit), -Number.MAX_VALUE), Number.MAX_VALUE);
  }

  #valueAt(index: number): number {
    const key = this.#weights.keyAt(index);
    return this.#isExact ? key : standsFor(key);
  }

  #addValue(value: number, column: number, weight: number): void {
    if (!this.#isExact) {
      this.#addKey(keyOf(value), column, weight);
      return;
    }
    this.#weights.add(value, column, weight);
    if (this.#weights.size > MAX_EXACT) this.#becomeBins();
  }

  #addBin(sign: 1 | -1, bin: number, unit: number, column: number, weight: number): void {
    const key = signedKey(sign, bin);
    this.#addKey(unit === this.#unit ? key : keyOf(this.#inUnit(standsFor(key), unit)), column, weight);
  }

  #addKey(key: number, column: number, weight: number): void {
    this.#weights.add(key, column, weight);
    if (this.#weights.size > MAX_KEYS) foldLowest(this.#weights);
  }

  #becomeBins(): void {
    if (!this.#isExact) return;
    const exact = this.#weights;
    this.#isExact = false;
    this.#weights = new KeyWeights(exact.width, true);
    for (let index = 0; index < exact.size; index++) {
      for (let column = 0; column < exact.width; column++) {
        const weight = exact.weightAt(index, column);
        if (weight > 0) this.#addKey(keyOf(exact.keyAt(index)), column, weight);
      }
    }
  }
}
