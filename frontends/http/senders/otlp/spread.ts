import type { Interval, Measured } from './buckets.ts';

/** Values that stand for those of one bucket, evenly spread: percentiles between its bounds go evenly too. */
const MOST_PARTS = 4;
/** A bucket whose bounds are closer than this, as a part of the larger, has one value. */
const NARROW = 0.1;

/**
 * Gives `add` weighted values, whole numbers of times, that fall into the same buckets: as many as there were, with the least and the largest where
 * they are known, and with the same sum where that can be. False where nothing tells where the values lie, and then nothing was given.
 */
export function spread(histogram: Measured, add: (value: number, weight: number) => void): boolean {
  const { intervals, sum } = histogram;
  if (intervals.length === 0) return true;
  let rest = bounded(histogram);
  if (rest === undefined) return false;
  let restSum = sum;
  const take = (value: number, at: number) => {
    add(value, 1);
    if (restSum !== undefined) restSum -= value;
    rest = rest!.map((interval, index) => (index === at ? { ...interval, count: interval.count - 1 } : interval));
  };
  const total = intervals.reduce((all, { count }) => all + count, 0);
  const [first, last] = [rest[0]!, rest.at(-1)!];
  if (total === 1 && sum !== undefined && first.low <= sum && sum <= first.high) {
    add(sum, 1);
    return true;
  }
  if (histogram.min !== undefined) take(within(histogram.min, first), 0);
  if (histogram.max !== undefined && (total > 1 || histogram.min === undefined)) {
    take(within(histogram.max, last), rest.length - 1);
  }
  const place = placeFor(rest, restSum);
  for (const interval of rest) if (interval.count > 0) addEvenly(interval, place, add);
  return true;
}

/** With a bound for those that have none; undefined where none can be told. */
function bounded({ intervals, sum, floor, ceiling }: Measured): readonly Interval[] | undefined {
  const open = ({ low, high }: Interval) => !Number.isFinite(low) || !Number.isFinite(high);
  const known = intervals.map((interval) => {
    // Of a bucket without a lower bound: 0, which most quantities are over.
    const low = Number.isFinite(interval.low)
      ? interval.low
      : (floor ?? (interval.high > 0 && Number.isFinite(interval.high) ? 0 : interval.high));
    const high = Number.isFinite(interval.high) ? interval.high : (ceiling ?? interval.low);
    return { ...interval, low, high };
  });
  const result: Interval[] = [];
  for (const [index, interval] of known.entries()) {
    const given = intervals[index]!;
    let { low, high } = interval;
    if (floor !== undefined) low = Math.max(low, Math.min(floor, high));
    if (ceiling !== undefined) high = Math.min(high, Math.max(ceiling, low));
    if (!Number.isFinite(given.high) && ceiling === undefined && sum !== undefined) {
      // The last bucket has what the sum leaves for it when the others are filled evenly.
      const others = known.slice(0, index).reduce((all, one) => all + (one.count * (one.low + one.high)) / 2, 0);
      const mean = (sum - others) / interval.count;
      low = high = Number.isFinite(given.low) ? Math.max(mean, given.low) : mean;
    }
    if (open({ low, high, count: 0 })) return undefined;
    result.push({ low, high: Math.max(low, high), count: interval.count });
  }
  return result;
}

function within(value: number, { low, high }: Interval): number {
  return Math.min(Math.max(value, low), high);
}

/** How far from its lower to its upper bound, 0 to 1, the middle of what each bucket holds is to lie so that the sum is met. */
function placeFor(intervals: readonly Interval[], sum: number | undefined): number {
  if (sum === undefined) return 0.5;
  let [least, width] = [0, 0];
  for (const { low, high, count } of intervals) {
    least += low * count;
    width += (high - low) * count;
  }
  const place = (sum - least) / width;
  return Number.isFinite(place) ? Math.min(Math.max(place, 0), 1) : 0.5;
}

function addEvenly({ low, high, count }: Interval, place: number, add: (value: number, weight: number) => void): void {
  const width = high - low;
  const narrow = width <= NARROW * Math.max(Math.abs(low), Math.abs(high));
  const parts = narrow ? 1 : Math.min(count, MOST_PARTS);
  const reach = Math.min(place, 1 - place);
  const each = Math.floor(count / parts);
  // The one in the middle takes what cannot be divided, so that the middle stays where it is.
  const odd = count - each * parts;
  for (let part = 0; part < parts; part++) {
    const at = place + reach * ((2 * part + 1) / parts - 1);
    add(low + width * at, each);
  }
  if (odd > 0) add(low + width * place, odd);
}
