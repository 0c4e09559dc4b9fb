import { onRank, rank } from '../kit/rank.ts';
import { binValue } from '../kit/sketch-bins.ts';
import type { Sketch, Statistics } from '../plugin.ts';
import type { DDSketch } from '../sketch/ddsketch.ts';
import { sortNumbers } from './sort.ts';

/** Values that an insertion sort takes: below this, merging costs more. */
const RUN = 16;

let spareValues = new Float64Array(0);
let spareWeights = new Float64Array(0);

/**
 * Columns of a row of statistics. The percentiles follow from {@link PERCENTILES} on, in the order of the
 * configuration.
 */
export const COUNT = 0;
export const SUM = 1;
export const SUM_SQUARES = 2;
export const MIN = 3;
export const MAX = 4;
export const MEAN = 5;
export const MEDIAN = 6;
export const STDDEV = 7;
export const PERCENTILES = 8;

/** Number of columns of a row. */
export function statisticsWidth(percentiles: readonly number[]): number {
  return PERCENTILES + percentiles.length;
}

/**
 * Writes the row of `values[start, end)` at `out[offset]`; all 0 when there are none. `values` ascend, `weights` belong to
 * them one by one (absent: all 1), see {@link sortWeighted}. Every column is finite: sums saturate at ±1.8e308.
 *
 * Sums run in ascending order, the standard deviation is that of the population in two passes, and the median of an
 * even number of values is the mean of the two in the middle: the digits of statsd 0.9 for values without weights.
 * Percentiles are by nearest rank.
 *
 * Here and below places in arrays are given, because a subarray costs more than the statistics of a few values.
 */
export function writeStatistics(
  out: Float64Array,
  offset: number,
  values: Float64Array,
  weights: Float64Array | undefined,
  percentiles: readonly number[],
  start = 0,
  end = values.length,
): void {
  if (start === end) {
    out.fill(0, offset, offset + statisticsWidth(percentiles));
    return;
  }
  let count = 0;
  let sum = 0;
  let sumSquares = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    const weight = weights === undefined ? 1 : weights[i]!;
    const weighted = weight * value;
    count += weight;
    sum += weighted;
    sumSquares += weighted * value;
  }
  const mean = Number.isFinite(sum) ? sum / count : overflowingMean(values, weights, count, start, end);
  out[offset + COUNT] = count;
  out[offset + SUM] = Number.isFinite(sum) ? sum : saturate(mean * count);
  out[offset + SUM_SQUARES] = saturate(sumSquares);
  out[offset + MIN] = values[start]!;
  out[offset + MAX] = values[end - 1]!;
  out[offset + MEAN] = mean;
  out[offset + MEDIAN] = median(values, weights, count, start, end);
  out[offset + STDDEV] = standardDeviation(values, weights, count, mean, start, end);
  for (let i = 0; i < percentiles.length; i++) {
    out[offset + PERCENTILES + i] = values[indexAt(weights, rank(percentiles[i]! / 100, count), start, end)]!;
  }
}

/**
 * Writes the row of a sketch at `out[offset]`; all 0 when it is empty. The median and the percentiles are within
 * 0.78 %; the standard deviation comes from the sum of squares and loses its digits when it is below 10^-7 of the mean.
 */
export function writeSketchStatistics(
  out: Float64Array,
  offset: number,
  sketch: DDSketch,
  percentiles: readonly number[],
): void {
  const { count, sum, sumSquares } = sketch;
  if (count === 0) {
    out.fill(0, offset, offset + statisticsWidth(percentiles));
    return;
  }
  const mean = sum / count;
  const variance = sumSquares / count - mean * mean;
  if (!Number.isFinite(variance)) {
    const { values, weights } = binsAsValues(sketch);
    writeStatistics(out, offset, values, weights, percentiles);
    out[offset + MIN] = sketch.min;
    out[offset + MAX] = sketch.max;
    return;
  }
  out[offset + COUNT] = count;
  out[offset + SUM] = sum;
  out[offset + SUM_SQUARES] = sumSquares;
  out[offset + MIN] = sketch.min;
  out[offset + MAX] = sketch.max;
  out[offset + MEAN] = mean;
  out[offset + MEDIAN] = sketch.quantile(0.5);
  out[offset + STDDEV] = Math.sqrt(Math.max(0, variance));
  for (let i = 0; i < percentiles.length; i++) {
    out[offset + PERCENTILES + i] = sketch.quantile(percentiles[i]! / 100);
  }
}

/** The row at `row[offset]`. `percentiles` are those that it was written with. */
export function readStatistics(row: Float64Array, offset: number, percentiles: readonly number[]): Statistics {
  const byPercentile = new Map<number, number>();
  for (let i = 0; i < percentiles.length; i++) byPercentile.set(percentiles[i]!, row[offset + PERCENTILES + i]!);
  return {
    count: row[offset + COUNT]!,
    sum: row[offset + SUM]!,
    sumSquares: row[offset + SUM_SQUARES]!,
    min: row[offset + MIN]!,
    max: row[offset + MAX]!,
    mean: row[offset + MEAN]!,
    median: row[offset + MEDIAN]!,
    stddev: row[offset + STDDEV]!,
    percentiles: byPercentile,
  };
}

/**
 * Sorts `values[start, end)` ascending in place, and `weights` (one for each value; absent: all equal) along with them.
 * Equal weights cost nothing beyond the plain sort; otherwise a natural merge sort over two arrays that are kept from
 * call to call.
 */
export function sortWeighted(
  values: Float64Array,
  weights: Float64Array | undefined,
  start = 0,
  end = values.length,
): void {
  if (weights === undefined || allEqual(weights, start, end)) {
    sortNumbers(values, start, end);
    return;
  }
  for (let from = start; from < end; from += RUN) insertionSort(values, weights, from, Math.min(from + RUN, end));
  for (let run = RUN; run < end - start; run *= 2) {
    for (let from = start; from + run < end; from += 2 * run) {
      merge(values, weights, from, from + run, Math.min(from + 2 * run, end));
    }
  }
}

function allEqual(weights: Float64Array, start: number, end: number): boolean {
  const first = weights[start];
  for (let i = start + 1; i < end; i++) if (weights[i] !== first) return false;
  return true;
}

function insertionSort(values: Float64Array, weights: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const value = values[i]!;
    const weight = weights[i]!;
    let at = i;
    for (; at > start && values[at - 1]! > value; at--) {
      values[at] = values[at - 1]!;
      weights[at] = weights[at - 1]!;
    }
    values[at] = value;
    weights[at] = weight;
  }
}

/** Merges the ascending runs `[start, middle)` and `[middle, end)`, with the first of them moved out of the way. */
function merge(values: Float64Array, weights: Float64Array, start: number, middle: number, end: number): void {
  if (values[middle - 1]! <= values[middle]!) return;
  const length = middle - start;
  if (spareValues.length < length) {
    spareValues = new Float64Array(length);
    spareWeights = new Float64Array(length);
  }
  for (let i = 0; i < length; i++) {
    spareValues[i] = values[start + i]!;
    spareWeights[i] = weights[start + i]!;
  }
  let left = 0;
  let right = middle;
  for (let at = start; left < length; at++) {
    if (right < end && values[right]! < spareValues[left]!) {
      values[at] = values[right]!;
      weights[at] = weights[right++]!;
    } else {
      values[at] = spareValues[left]!;
      weights[at] = spareWeights[left++]!;
    }
  }
}

/**
 * Of `values[start, end)` the smallest with at least `q` (0 to 1) of their weight at or below it: the first for 0 and
 * less, the last for 1 and more; 0 when there are none. `values` ascend, `weights` belong to them one by one (absent: all
 * 1).
 */
export function quantile(
  values: Float64Array,
  weights: Float64Array | undefined,
  q: number,
  start = 0,
  end = values.length,
): number {
  if (start === end) return 0;
  return values[indexAt(weights, rank(q, total(weights, start, end)), start, end)]!;
}

/**
 * Weight of `values[start, end)` at or below each of the bounds, which ascend. `values` ascend, `weights` belong to them one by one
 * (absent: all 1).
 */
export function countsAtOrBelow(
  values: Float64Array,
  weights: Float64Array | undefined,
  bounds: readonly number[],
  start = 0,
  end = values.length,
): Float64Array {
  const counts = new Float64Array(bounds.length);
  let running = 0;
  let at = start;
  for (let i = 0; i < bounds.length; i++) {
    const bound = bounds[i]!;
    for (; at < end && values[at]! <= bound; at++) running += weights === undefined ? 1 : weights[at]!;
    counts[i] = running;
  }
  return counts;
}

/**
 * Likewise of a sketch whose values are multiplied by `scale`. Running sums of its bins may be off by digits that its count is not: they never
 * exceed that.
 */
export function sketchCountsAtOrBelow(sketch: Sketch, bounds: readonly number[], scale = 1): Float64Array {
  const { values, weights } = binsAsValues(sketch);
  const scaled = values.map((value) => value * scale);
  if (scale < 0) {
    scaled.reverse();
    weights.reverse();
  }
  const { count } = sketch;
  const max = scaled.at(-1) ?? 0;
  return countsAtOrBelow(scaled, weights, bounds).map((running, i) =>
    bounds[i]! >= max ? count : Math.min(running, count),
  );
}

/** Index of the first value where the running weight reaches `target`, else of the last. */
function indexAt(weights: Float64Array | undefined, target: number, start: number, end: number): number {
  const last = end - 1;
  if (weights === undefined) return Math.min(start + Math.max(Math.ceil(target) - 1, 0), last);
  let running = 0;
  for (let i = start; i < last; i++) {
    running += weights[i]!;
    if (running >= target) return i;
  }
  return last;
}

function total(weights: Float64Array | undefined, start: number, end: number): number {
  if (weights === undefined) return end - start;
  let sum = 0;
  for (let i = start; i < end; i++) sum += weights[i]!;
  return sum;
}

/** The lower weighted median, averaged with the next value when exactly half of the weight lies at or below it. */
function median(
  values: Float64Array,
  weights: Float64Array | undefined,
  count: number,
  start: number,
  end: number,
): number {
  const target = rank(0.5, count);
  const index = indexAt(weights, target, start, end);
  const value = values[index]!;
  if (index + 1 === end || !onRank(total(weights, start, index + 1), target)) return value;
  const next = values[index + 1]!;
  const sum = value + next;
  return Number.isFinite(sum) ? sum / 2 : value / 2 + next / 2;
}

function standardDeviation(
  values: Float64Array,
  weights: Float64Array | undefined,
  count: number,
  mean: number,
  start: number,
  end: number,
): number {
  const variance = sumOfSquaredDeviations(values, weights, mean, 1, start, end) / count;
  if (Number.isFinite(variance)) return Math.sqrt(variance);
  const scale = Math.max(Math.abs(values[start]!), Math.abs(values[end - 1]!));
  return scale * Math.sqrt(sumOfSquaredDeviations(values, weights, mean, scale, start, end) / count);
}

function sumOfSquaredDeviations(
  values: Float64Array,
  weights: Float64Array | undefined,
  mean: number,
  scale: number,
  start: number,
  end: number,
): number {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const deviation = values[i]! / scale - mean / scale;
    sum += (weights === undefined ? 1 : weights[i]!) * deviation * deviation;
  }
  return sum;
}

/** The mean where the sum of the values is beyond the largest double. */
function overflowingMean(
  values: Float64Array,
  weights: Float64Array | undefined,
  count: number,
  start: number,
  end: number,
): number {
  let mean = 0;
  for (let i = start; i < end; i++) mean += values[i]! * ((weights === undefined ? 1 : weights[i]!) / count);
  return Math.min(Math.max(mean, values[start]!), values[end - 1]!);
}

function saturate(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** A sketch as the values that its bins stand for, ascending. */
function binsAsValues(sketch: Sketch): { values: Float64Array; weights: Float64Array } {
  const bins: (readonly [value: number, weight: number])[] = [];
  for (const [key, weight] of sketch.negativeBins()) bins.push([-binValue(key), weight]);
  bins.reverse();
  if (sketch.zeroCount > 0) bins.push([0, sketch.zeroCount]);
  for (const [key, weight] of sketch.positiveBins()) bins.push([binValue(key), weight]);
  const { min, max } = sketch;
  return {
    values: Float64Array.from(bins, ([value]) => Math.min(Math.max(value, min), max)),
    weights: Float64Array.from(bins, ([, weight]) => weight),
  };
}
