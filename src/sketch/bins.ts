import { grown } from '../kit/grow.ts';

/** Non-empty bins up to which they are stored as a sorted list. */
export const SPARSE_BINS = 128;

/** Keys that a dense store spans at most; everything below is folded into the lowest of them. */
export const DENSE_KEYS = 2048;

/** Dense stores grow by this many keys. */
const DENSE_STEP = 128;

const EMPTY = new Float64Array(0);

/**
 * Weights by bin key for the values of one sign. What it holds depends on what was added, never on the order:
 * up to {@link SPARSE_BINS} distinct keys a sorted list without loss, beyond that an array over the highest
 * {@link DENSE_KEYS} keys, with all that lies below in the lowest of them.
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
  /** Dense: key of slot 0, never below `top` - 2,047. */
  private base = 0;
  /** Dense: highest key that was added. */
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
    if (other.dense) this.reserveDense(other.base, other.top);
    const slots = other.slots;
    for (let slot = 0; slot < slots; slot++) {
      const weight = other.weightAt(slot);
      if (weight > 0) this.add(other.keyAt(slot), weight);
    }
  }

  /** Turns dense and makes room for the keys from `lowest` to `highest`; the highest must be added afterwards. */
  reserveDense(lowest: number, highest: number): void {
    if (!this.dense) this.becomeDense();
    this.cover(highest);
    this.cover(lowest);
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
    } else if (this.slots === SPARSE_BINS) {
      this.becomeDense();
      this.addDense(key, weight);
    } else {
      this.insert(low, key, weight);
    }
  }

  private insert(slot: number, key: number, weight: number): void {
    const end = 2 * this.slots;
    if (end === this.data.length) this.data = grown(this.data, 8);
    const data = this.data;
    for (let i = end - 1; i >= 2 * slot; i--) data[i + 2] = data[i]!;
    data[2 * slot] = key;
    data[2 * slot + 1] = weight;
    this.slots++;
  }

  private addDense(key: number, weight: number): void {
    let slot = key - this.base;
    if (slot < 0 || slot >= this.slots) slot = this.cover(key);
    else if (key > this.top) this.top = key;
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

  /** Makes room for `key` and gives its slot: that of the lowest kept key when it lies below. */
  private cover(key: number): number {
    if (this.slots === 0) {
      this.base = key;
      this.top = key;
      this.data = new Float64Array(DENSE_STEP);
      this.slots = DENSE_STEP;
      return 0;
    }
    const downwards = key < this.base;
    if (key > this.top) this.top = key;
    const first = Math.max(Math.min(key, this.base), this.top - DENSE_KEYS + 1);
    const end = Math.min(Math.max(this.base + this.slots, this.top + 1), first + DENSE_KEYS);
    const span = end - first;
    if (first < this.base || span > this.slots || end > this.base + this.slots) {
      const keys = Math.ceil(span / DENSE_STEP) * DENSE_STEP;
      this.move(downwards ? end - keys : first, keys);
    }
    return Math.max(0, key - this.base);
  }

  private move(base: number, slots: number): void {
    const data = new Float64Array(slots);
    for (let slot = 0; slot < this.slots; slot++) {
      const weight = this.data[slot]!;
      if (weight > 0) data[Math.max(0, this.base + slot - base)]! += weight;
    }
    this.data = data;
    this.base = base;
    this.slots = slots;
  }
}
