import { rank } from '../kit/rank.ts';
import { binKey, binValue } from '../kit/sketch-bins.ts';
import type { Sketch } from '../plugin.ts';
import { Bins } from './bins.ts';

/** First element of every encoded sketch. */
const VERSION = 1;

/** Elements before the bins, see {@link DDSketch.encodeInto}. */
const HEADER = 10;

const POSITIVE_DENSE = 1;
const NEGATIVE_DENSE = 2;

/**
 * DDSketch (Masson, Rim and Lee, VLDB 2019) with the bins of the Datadog Agent: quantiles of weighted values within
 * 0.78 %, for any finite double. Merging two sketches gives the bins of the sketch of both inputs, in whatever order
 * values and sketches come. Values of one sign in more than 4,096 bins lose accuracy at the smallest magnitudes, see
 * {@link Bins}.
 */
export class DDSketch implements Sketch {
  count = 0;
  sum = 0;
  sumSquares = 0;
  zeroCount = 0;
  private lowest = Number.POSITIVE_INFINITY;
  private highest = Number.NEGATIVE_INFINITY;
  private readonly positive = new Bins();
  private negative: Bins | undefined = undefined;

  /** Smallest value; 0 when the sketch is empty. */
  get min(): number {
    return this.count > 0 ? this.lowest + 0 : 0;
  }

  /** Largest value; 0 when the sketch is empty. */
  get max(): number {
    return this.count > 0 ? this.highest + 0 : 0;
  }

  /** `value` must be finite, `weight` finite and above 0. */
  add(value: number, weight = 1): void {
    const weighted = weight * value;
    this.count += weight;
    this.sum += weighted;
    this.sumSquares += weighted * value;
    if (value < this.lowest) this.lowest = value;
    if (value > this.highest) this.highest = value;
    if (value > 0) {
      this.positive.add(binKey(value), weight);
    } else if (value < 0) {
      this.negative ??= new Bins();
      this.negative.add(binKey(-value), weight);
    } else {
      this.zeroCount += weight;
    }
  }

  merge(other: DDSketch): void {
    if (other.lowest < this.lowest) this.lowest = other.lowest;
    if (other.highest > this.highest) this.highest = other.highest;
    this.count += other.count;
    this.sum += other.sum;
    this.sumSquares += other.sumSquares;
    this.zeroCount += other.zeroCount;
    this.positive.merge(other.positive);
    if (other.negative !== undefined) {
      this.negative ??= new Bins();
      this.negative.merge(other.negative);
    }
  }

  /**
   * The smallest value with at least `q` (0 to 1) of the weight at or below it, within 0.78 %.
   * Exactly `min` for 0 and less and `max` for 1 and more; 0 when the sketch is empty.
   */
  quantile(q: number): number {
    if (q <= 0) return this.min;
    if (q >= 1) return this.max;
    const estimate = this.estimate(rank(q, this.count));
    return Math.min(Math.max(estimate, this.min), this.max);
  }

  *positiveBins(): Generator<readonly [key: number, weight: number], void, undefined> {
    yield* entries(this.positive);
  }

  *negativeBins(): Generator<readonly [key: number, weight: number], void, undefined> {
    if (this.negative !== undefined) yield* entries(this.negative);
  }

  /** Number of elements that {@link encodeInto} writes. */
  get encodedLength(): number {
    return HEADER + 2 * (this.positive.count() + (this.negative?.count() ?? 0));
  }

  /**
   * Writes the sketch from `out[offset]` on: version, flags (1: positive bins are dense, 2: negative bins are dense),
   * count, sum, sumSquares, min, max, zeroCount, number of positive bins, number of negative bins, then key and weight
   * of each bin, positive before negative, ascending by key. Gives the offset behind it.
   */
  encodeInto(out: Float64Array, offset: number): number {
    const { positive, negative } = this;
    out[offset] = VERSION;
    out[offset + 1] = (positive.dense ? POSITIVE_DENSE : 0) + (negative?.dense ? NEGATIVE_DENSE : 0);
    out[offset + 2] = this.count;
    out[offset + 3] = this.sum;
    out[offset + 4] = this.sumSquares;
    out[offset + 5] = this.min;
    out[offset + 6] = this.max;
    out[offset + 7] = this.zeroCount;
    const middle = writeBins(out, offset + HEADER, positive);
    const end = negative === undefined ? middle : writeBins(out, middle, negative);
    out[offset + 8] = (middle - offset - HEADER) / 2;
    out[offset + 9] = (end - middle) / 2;
    return end;
  }

  /**
   * Merges the sketch that {@link encodeInto} wrote at `offset`, and gives the offset behind it.
   * Throws a RangeError, and changes nothing, when there is no sketch of this version.
   */
  mergeEncoded(data: Float64Array, offset = 0): number {
    const version = data[offset];
    if (version !== VERSION) throw new RangeError(`sketch at ${offset}: version "${version}", must be ${VERSION}`);
    const middle = offset + HEADER + 2 * data[offset + 8]!;
    const end = middle + 2 * data[offset + 9]!;
    if (!(middle >= offset + HEADER && end >= middle && end <= data.length)) {
      throw new RangeError(`sketch at ${offset}: ends at "${end}", must end at or before ${data.length}`);
    }
    const flags = data[offset + 1]!;
    const count = data[offset + 2]!;
    this.count += count;
    this.sum += data[offset + 3]!;
    this.sumSquares += data[offset + 4]!;
    if (count > 0) {
      this.lowest = Math.min(this.lowest, data[offset + 5]!);
      this.highest = Math.max(this.highest, data[offset + 6]!);
    }
    this.zeroCount += data[offset + 7]!;
    readBins(this.positive, data, offset + HEADER, middle, (flags & POSITIVE_DENSE) !== 0);
    if (end > middle) {
      this.negative ??= new Bins();
      readBins(this.negative, data, middle, end, (flags & NEGATIVE_DENSE) !== 0);
    }
    return end;
  }

  private estimate(target: number): number {
    let running = 0;
    const { positive, negative } = this;
    if (negative !== undefined) {
      for (let slot = negative.slots - 1; slot >= 0; slot--) {
        const weight = negative.weightAt(slot);
        running += weight;
        if (weight > 0 && running >= target) return -binValue(negative.keyAt(slot));
      }
    }
    running += this.zeroCount;
    if (this.zeroCount > 0 && running >= target) return 0;
    for (let slot = 0; slot < positive.slots; slot++) {
      const weight = positive.weightAt(slot);
      running += weight;
      if (weight > 0 && running >= target) return binValue(positive.keyAt(slot));
    }
    return this.max;
  }
}

function* entries(bins: Bins): Generator<readonly [key: number, weight: number], void, undefined> {
  for (let slot = 0; slot < bins.slots; slot++) {
    const weight = bins.weightAt(slot);
    if (weight > 0) yield [bins.keyAt(slot), weight];
  }
}

function writeBins(out: Float64Array, offset: number, bins: Bins): number {
  let end = offset;
  for (let slot = 0; slot < bins.slots; slot++) {
    const weight = bins.weightAt(slot);
    if (weight > 0) {
      out[end] = bins.keyAt(slot);
      out[end + 1] = weight;
      end += 2;
    }
  }
  return end;
}

function readBins(bins: Bins, data: Float64Array, start: number, end: number, dense: boolean): void {
  if (end === start) return;
  if (dense) bins.reserve(data[start]!, data[end - 2]!);
  for (let i = start; i < end; i += 2) bins.add(data[i]!, data[i + 1]!);
}
