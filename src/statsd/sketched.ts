import { binValue } from '../kit/sketch-bins.ts';
import type { DDSketch } from '../sketch/ddsketch.ts';
import { THRESHOLD_WIDTH, type TimerFields, TOTALS } from './timer-fields.ts';

/**
 * At most `limit` values (and at least one) in ascending order that stand for a sketch: each for an equal share of its
 * weight, the first and the last exact.
 */
export function representatives(sketch: DDSketch, limit: number): Float64Array {
  const count = Math.max(1, Math.min(Math.round(sketch.count), limit));
  const values = new Float64Array(count);
  const share = sketch.count / count;
  const { min, max } = sketch;
  let next = 0;
  let running = 0;
  const take = (value: number, weight: number) => {
    running += weight;
    while (next < count && (next + 0.5) * share <= running) values[next++] = Math.min(Math.max(value, min), max);
  };
  for (const [key, weight] of [...sketch.negativeBins()].reverse()) take(-binValue(key), weight);
  take(0, sketch.zeroCount);
  for (const [key, weight] of sketch.positiveBins()) take(binValue(key), weight);
  values.fill(max, next);
  values[0] = min;
  values[count - 1] = max;
  return values;
}

/**
 * Corrects the row that was written for `count` representatives of a sketch: numbers of values and sums are of the whole,
 * those of all values exact. The values of a sketch are weighted by 1 / rate.
 */
export function scaleTimerRow(
  row: Float64Array,
  offset: number,
  sketch: DDSketch,
  count: number,
  { thresholds }: TimerFields,
): void {
  const scale = sketch.count / count;
  let at = offset;
  for (let threshold = 0; threshold < thresholds.length; threshold++) {
    row[at] = Math.round(row[at]! * scale);
    row[at + 3] = row[at + 3]! * scale;
    row[at + 4] = row[at + 4]! * scale;
    at += THRESHOLD_WIDTH;
  }
  row[at + TOTALS.indexOf('sum')] = sketch.sum;
  row[at + TOTALS.indexOf('sum_squares')] = sketch.sumSquares;
  row[at + TOTALS.indexOf('mean')] = sketch.sum / sketch.count;
}
