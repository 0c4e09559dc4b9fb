import type { ByteReader } from '../../../src/kit/byte-reader.ts';
import type { ByteWriter } from '../../../src/kit/byte-writer.ts';
import { binValue } from '../../../src/kit/sketch-bins.ts';
import type { HistogramObserver, TimerSeries } from '../../../src/plugin.ts';
import type { NativeHistogram } from '../exposition/encoder.ts';
import { KeyWeights } from './key-weights.ts';
import { bucketOf, COARSEST, coarser, schemaOf } from './native-schema.ts';

/** Values of at most this magnitude are in the zero bucket. That of client_golang (`DefNativeHistogramZeroThreshold`). */
export const ZERO_THRESHOLD = 2 ** -128;

/**
 * The buckets of a native histogram of all values so far, like those of client_golang (`prometheus/histogram.go`): where there are more than
 * `nativeMaxBuckets` of them, pairs of neighbours become one, until there are not or buckets are a factor of 65,536 wide. A limit of 0 is none.
 */
export class NativeBuckets {
  readonly #maxBuckets: number;
  #schema: number;
  #zeroCount = 0;
  #positive = new KeyWeights(1, true);
  #negative: KeyWeights | undefined = undefined;

  /** `nativeFactor` is above 1. */
  constructor({ nativeFactor, nativeMaxBuckets }: Pick<HistogramObserver, 'nativeFactor' | 'nativeMaxBuckets'>) {
    this.#maxBuckets = nativeMaxBuckets;
    this.#schema = schemaOf(nativeFactor);
  }

  /** The values of a series in a window; they are divided by `unit`. */
  add(series: Pick<TimerSeries, 'values' | 'sketch'>, unit: number): void {
    const values = series.values();
    if (values !== undefined) {
      for (const [value, weight] of values) this.#add(value / unit, weight);
    } else {
      const { sketch } = series;
      const { zeroCount, min, max } = sketch;
      for (const [key, weight] of sketch.positiveBins()) this.#add(within(binValue(key), min, max) / unit, weight);
      for (const [key, weight] of sketch.negativeBins()) this.#add(within(-binValue(key), min, max) / unit, weight);
      this.#zeroCount += zeroCount;
    }
    this.#limit();
  }

  /** As it is now; its buckets are read as they are walked. */
  get histogram(): NativeHistogram {
    const positive = this.#positive;
    const negative = this.#negative;
    return {
      schema: this.#schema,
      zeroThreshold: ZERO_THRESHOLD,
      zeroCount: this.#zeroCount,
      positive: { [Symbol.iterator]: () => entries(positive) },
      negative: negative === undefined ? [] : { [Symbol.iterator]: () => entries(negative) },
    };
  }

  merge(from: NativeBuckets): void {
    while (this.#schema > from.#schema) this.#halve();
    const times = from.#schema - this.#schema;
    this.#zeroCount += from.#zeroCount;
    addCoarser(this.#positive, from.#positive, times);
    if (from.#negative !== undefined) {
      this.#negative ??= new KeyWeights(1, true);
      addCoarser(this.#negative, from.#negative, times);
    }
    this.#limit();
  }

  save(writer: ByteWriter): void {
    writer.number(this.#schema);
    writer.number(this.#zeroCount);
    this.#positive.save(writer);
    writer.whole(this.#negative === undefined ? 0 : 1);
    this.#negative?.save(writer);
  }

  /** What `save` wrote. Of a schema that is no finer than it had then, nor than the options ask for. */
  static restore(
    reader: ByteReader,
    options: Pick<HistogramObserver, 'nativeFactor' | 'nativeMaxBuckets'>,
  ): NativeBuckets {
    const saved = new NativeBuckets(options);
    saved.#schema = reader.number();
    saved.#zeroCount = reader.number();
    saved.#positive = KeyWeights.restore(reader);
    if (reader.whole() === 1) saved.#negative = KeyWeights.restore(reader);
    const finest = schemaOf(options.nativeFactor);
    while (saved.#schema > finest) saved.#halve();
    saved.#limit();
    return saved;
  }

  #add(value: number, weight: number): void {
    const magnitude = Math.abs(value);
    if (magnitude <= ZERO_THRESHOLD) {
      this.#zeroCount += weight;
      return;
    }
    if (value < 0) this.#negative ??= new KeyWeights(1, true);
    const side = value < 0 ? this.#negative! : this.#positive;
    side.add(bucketOf(magnitude, this.#schema), 0, weight);
  }

  #limit(): void {
    if (this.#maxBuckets === 0) return;
    while (this.#positive.size + (this.#negative?.size ?? 0) > this.#maxBuckets && this.#schema > COARSEST)
      this.#halve();
  }

  #halve(): void {
    this.#schema--;
    this.#positive = addCoarser(new KeyWeights(1, true), this.#positive, 1);
    if (this.#negative !== undefined) this.#negative = addCoarser(new KeyWeights(1, true), this.#negative, 1);
  }
}

function addCoarser(to: KeyWeights, from: KeyWeights, times: number): KeyWeights {
  for (let i = 0; i < from.size; i++) to.add(coarser(from.keyAt(i), times), 0, from.weightAt(i, 0));
  return to;
}

function* entries(buckets: KeyWeights): Generator<readonly [index: number, weight: number], undefined, undefined> {
  for (let i = 0; i < buckets.size; i++) yield [buckets.keyAt(i), buckets.weightAt(i, 0)];
  return undefined;
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
