import type { StatsdTimerData } from '../plugin.ts';
import { binsFor, THRESHOLD_WIDTH, type TimerFields, TOTALS } from './timer-fields.ts';

/**
 * The statistics of statsd 0.9 (lib/process_metrics.js), digit for digit: every sum is added up from the smallest value to
 * the largest. What differs on purpose: a threshold of as many values as there are, or more (-99.9, 120), takes all of them
 * where the original has NaN.
 */

/** Numbers in the row of a timer. */
export function rowWidth({ thresholds }: TimerFields): number {
  return thresholds.length * THRESHOLD_WIDTH + TOTALS.length;
}

/** Values at a threshold: 0 where it is left out. */
export function valuesWithin(percent: number, count: number): number {
  return count === 1 ? 1 : Math.min(Math.round((Math.abs(percent) / 100) * count), count);
}

let sums = new Float64Array(1024);
let squareSums = new Float64Array(1024);

/**
 * Writes the row of the ascending `values[start, end)`, which are at least one, at `out[offset]`. `counter` is the sum of
 * 1 / rate of the values, `seconds` the length of the interval.
 */
export function writeTimerRow(
  out: Float64Array,
  offset: number,
  values: Float64Array,
  start: number,
  end: number,
  counter: number,
  seconds: number,
  { thresholds }: TimerFields,
): void {
  const count = end - start;
  accumulate(values, start, end);
  const last = count - 1;
  let at = offset;
  for (const { percent } of thresholds) {
    const within = valuesWithin(percent, count);
    if (within > 0) {
      const isTop = percent <= 0;
      const below = isTop ? count - within - 1 : -1;
      const top = isTop ? last : within - 1;
      const sum = below < 0 ? sums[top]! : sums[top]! - sums[below]!;
      out[at] = within;
      out[at + 1] = sum / within;
      out[at + 2] = values[isTop ? end - within : start + within - 1]!;
      out[at + 3] = sum;
      out[at + 4] = below < 0 ? squareSums[top]! : squareSums[top]! - squareSums[below]!;
    }
    at += THRESHOLD_WIDTH;
  }
  const sum = sums[last]!;
  const mean = sum / count;
  let deviations = 0;
  for (let i = start; i < end; i++) {
    const deviation = values[i]! - mean;
    deviations += deviation * deviation;
  }
  const middle = start + (count >> 1);
  out[at] = Math.sqrt(deviations / count);
  out[at + 1] = values[end - 1]!;
  out[at + 2] = values[start]!;
  out[at + 3] = counter;
  out[at + 4] = counter / seconds;
  out[at + 5] = sum;
  out[at + 6] = squareSums[last]!;
  out[at + 7] = mean;
  out[at + 8] = count % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

function accumulate(values: Float64Array, start: number, end: number): void {
  const count = end - start;
  if (count > sums.length) {
    sums = new Float64Array(count * 2);
    squareSums = new Float64Array(count * 2);
  }
  let sum = 0;
  let squareSum = 0;
  for (let i = 0; i < count; i++) {
    const value = values[start + i]!;
    sum = value + sum;
    squareSum = value * value + squareSum;
    sums[i] = sum;
    squareSums[i] = squareSum;
  }
}

/** The fields of a timer by name. `row` was written at `offset` for the ascending `values[start, end)`; none when it was idle. */
export function readTimerData(
  key: string,
  row: Float64Array,
  offset: number,
  values: Float64Array,
  start: number,
  end: number,
  fields: TimerFields,
): StatsdTimerData {
  const count = end - start;
  if (count === 0) return { fields: new Map(fields.idle) };
  const found = new Map<string, number>();
  let at = offset;
  for (const { percent, names, wanted } of fields.thresholds) {
    if (valuesWithin(percent, count) > 0) {
      for (let field = 0; field < THRESHOLD_WIDTH; field++) {
        if (wanted[field]) found.set(names[field]!, row[at + field]!);
      }
    }
    at += THRESHOLD_WIDTH;
  }
  for (let field = 0; field < TOTALS.length; field++) {
    if (fields.totals[field]) found.set(TOTALS[field]!, row[at + field]!);
  }
  if (!fields.hasHistogram || fields.histogram.length === 0) return { fields: found };
  const bins = binsFor(key, fields.histogram);
  return bins.length === 0 ? { fields: found } : { fields: found, histogram: countBins(bins, values, start, end) };
}

/** Each bin takes the values below its limit that no bin before it took. */
function countBins(
  bins: readonly (number | 'inf')[],
  values: Float64Array,
  start: number,
  end: number,
): Map<string, number> {
  const counted = new Map<string, number>();
  let at = start;
  for (const limit of bins) {
    const first = at;
    while (at < end && (limit === 'inf' || values[at]! < limit)) at++;
    counted.set(`bin_${String(limit).replace('.', '_')}`, at - first);
  }
  return counted;
}
