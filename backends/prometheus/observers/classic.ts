import type { TimerSeries } from '../../../src/plugin.ts';

/**
 * Adds the values of a window to cumulative counts, one for each of `bounds` (upper, inclusive, ascending; of values divided by `unit`: 1000
 * for milliseconds and bounds in seconds).
 */
export function addClassic(
  counts: Float64Array,
  series: Pick<TimerSeries, 'countsAtOrBelow'>,
  bounds: readonly number[],
  unit: number,
): void {
  const more = series.countsAtOrBelow(unit === 1 ? bounds : limitsOf(bounds, unit));
  for (let i = 0; i < counts.length; i++) counts[i]! += more[i]!;
}

/** By list of bounds and by unit. */
const known = new WeakMap<readonly number[], Map<number, readonly number[]>>();

function limitsOf(bounds: readonly number[], unit: number): readonly number[] {
  const byUnit = known.get(bounds) ?? new Map<number, readonly number[]>();
  known.set(bounds, byUnit);
  const limits = byUnit.get(unit) ?? bounds.map((bound) => limitOf(bound, unit));
  byUnit.set(unit, limits);
  return limits;
}

/** The largest double that is not above `bound` when it is divided by `unit`: 0.57 · 1000 is less than 570, and 570 / 1000 is 0.57. */
export function limitOf(bound: number, unit: number): number {
  let limit = bound * unit;
  while (limit / unit > bound) limit = neighbour(limit, -1n);
  for (let next = neighbour(limit, 1n); next / unit <= bound; next = neighbour(limit, 1n)) limit = next;
  return limit;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next double above (`by` 1n) or below (-1n). */
function neighbour(value: number, by: 1n | -1n): number {
  if (value === 0) return by === 1n ? Number.MIN_VALUE : -Number.MIN_VALUE;
  double[0] = value;
  bits[0]! += value > 0 ? by : -by;
  return double[0]!;
}
