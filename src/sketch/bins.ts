import { grown } from '../kit/grow.ts';

/** Non-empty bins up to which they are stored as a sorted list, however close together they lie. */
export const SPARSE_BINS = 128;

/** Keys that a dense store spans at most. What spreads over more is a list, of up to {@link MAX_BINS}. */
export const DENSE_KEYS = 2048;

/** Non-empty bins that are kept, as by the Datadog Agent; what lies below the highest of them is in the lowest of them. */
export const MAX_BINS = 4096;

/** Dense stores grow by this many keys. */
const DENSE_STEP = 128;

const EMPTY = new Float64Array(0);

/**
 * Weights by bin key for the values of one sign. What it holds depends on what was added, never on the order: the highest
 * {@link MAX_BINS} distinct keys, with all that lies below in the lowest of them. Many keys close together are an array over
 * all keys between them; few, or far apart, they are a sorted list.
 *
 * Slots 0 to `slots` - 1 are the bins ascending by key. Slots of a dense store may be empty: their weight is 0.
 */
export class Bins {
  dense = false;
  /** Number of slots. */
  slots = 0;
  /**
   * Sparse: pairs of key and weight. Dense: the weight of key `base` + slot. One array, because each costs 200 bytes.
   */
  private data: Float64Array = EMPTY;
  /** Dense: key of slot 0. */
  private base = 0;
  /** Dense: lowest and highest key that was added. */
  private bottom = 0;
  private top = 0;

  keyAt(slot: number): number {
    return this.dense ? this.base + slot : this.data[2 * slot]!;
  }

  weightAt(slot: number): number {
    return this.data[this.dense ? slot : 2 * slot + 1]!;
  }

  /** Number of bins that are not empty. */
  count(): number {
    if (!this.dense) return this.slots;
    let count = 0;
    for (let slot = 0; slot < this.slots; slot++) if (this.data[slot]! > 0) count++;
    return count;
  }

  add(key: number, weight: number): void {
    if (this.dense) this.addDense(key, weight);
    else this.addSparse(key, weight);
  }

  merge(other: Bins): void {
    if (other.dense) this.reserve(other.bottom, other.top);
    const slots = other.slots;
    for (let slot = 0; slot < slots; slot++) {
      const weight = other.weightAt(slot);
      if (weight > 0) this.add(other.keyAt(slot), weight);
    }
  }

  /** Makes room for the keys from `lowest` to `highest`, which must be added afterwards, where an array can hold them. */
  reserve(lowest: number, highest: number): void {
    const [first, last] = this.bounds();
    const from = Math.min(lowest, first);
    const to = Math.max(highest, last);
    if (to - from >= DENSE_KEYS) return;
    if (!this.dense) this.becomeDense();
    this.cover(highest);
    this.cover(lowest);
  }

  /** Lowest and highest key; Infinity and -Infinity without any. */
  private bounds(): [lowest: number, highest: number] {
    if (this.slots === 0) return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    return this.dense ? [this.bottom, this.top] : [this.keyAt(0), this.keyAt(this.slots - 1)];
  }

  private addSparse(key: number, weight: number): void {
    const data = this.data;
    let low = 0;
    let high = this.slots;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (data[2 * middle]! < key) low = middle + 1;
      else high = middle;
    }
    if (low < this.slots && data[2 * low] === key) {
      data[2 * low + 1]! += weight;
      return;
    }
    if (this.slots >= SPARSE_BINS) {
      const [lowest, highest] = this.bounds();
      if (Math.max(highest, key) - Math.min(lowest, key) < DENSE_KEYS) {
        this.becomeDense();
        this.addDense(key, weight);
        return;
      }
    }
    if (this.slots < MAX_BINS) this.insert(low, key, weight);
    else if (low === 0) data[1]! += weight;
    else this.replaceLowest(low, key, weight);
  }

  private insert(slot: number, key: number, weight: number): void {
    const end = 2 * this.slots;
    if (end === this.data.length) this.data = grown(this.data, 8);
    const data = this.data;
    if (end - 2 * slot < 64) for (let i = end - 1; i >= 2 * slot; i--) data[i + 2] = data[i]!;
    else data.copyWithin(2 * slot + 2, 2 * slot, end);
    data[2 * slot] = key;
    data[2 * slot + 1] = weight;
    this.slots++;
  }

  /** Folds the lowest bin into the one above it, in favour of a new one in front of `slot`. */
  private replaceLowest(slot: number, key: number, weight: number): void {
    const data = this.data;
    const folded = data[1]!;
    data.copyWithin(0, 2, 2 * slot);
    data[2 * slot - 2] = key;
    data[2 * slot - 1] = weight;
    data[1]! += folded;
  }

  private addDense(key: number, weight: number): void {
    let slot = key - this.base;
    if (slot < 0 || slot >= this.slots) {
      if (this.slots > 0 && Math.max(key, this.top) - Math.min(key, this.bottom) >= DENSE_KEYS) {
        this.becomeSparse();
        this.addSparse(key, weight);
        return;
      }
      this.cover(key);
      slot = key - this.base;
    } else {
      if (key > this.top) this.top = key;
      if (key < this.bottom) this.bottom = key;
    }
    this.data[slot]! += weight;
  }

  private becomeDense(): void {
    const pairs = this.data;
    const end = 2 * this.slots;
    this.dense = true;
    this.data = EMPTY;
    this.slots = 0;
    for (let i = end - 2; i >= 0; i -= 2) this.addDense(pairs[i]!, pairs[i + 1]!);
  }

  private becomeSparse(): void {
    const { data: weights, base, slots } = this;
    this.data = new Float64Array(2 * this.count() + 8);
    this.dense = false;
    this.slots = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (weights[slot]! > 0) this.insert(this.slots, base + slot, weights[slot]!);
    }
  }

  /** Makes room for `key`, which is no further from the others than {@link DENSE_KEYS} allows. */
  private cover(key: number): void {
    if (this.slots === 0) {
      this.base = key;
      this.bottom = key;
      this.top = key;
      this.data = new Float64Array(DENSE_STEP);
      this.slots = DENSE_STEP;
      return;
    }
    const downwards = key < this.base;
    if (key > this.top) this.top = key;
    if (key < this.bottom) this.bottom = key;
    if (!downwards && key < this.base + this.slots) return;
    const first = Math.min(this.bottom, this.base);
    const end = Math.max(this.top + 1, this.base + this.slots);
    const keys = Math.ceil((end - first) / DENSE_STEP) * DENSE_STEP;
    this.move(downwards ? end - keys : first, keys);
  }

  private move(base: number, slots: number): void {
    const data = new Float64Array(slots);
    const shift = this.base - base;
    for (let slot = 0; slot < this.slots; slot++) {
      const weight = this.data[slot]!;
      if (weight > 0) data[slot + shift] = weight;
    }
    this.data = data;
    this.base = base;
    this.slots = slots;
  }
}
