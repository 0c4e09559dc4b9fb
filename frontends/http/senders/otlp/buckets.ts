import type { BucketRange, Buckets, ExplicitBuckets, ExponentialBuckets, Totals } from './model.ts';

/** Values over `low` and up to `high`, or between them; either may be infinite where no bound is known. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A histogram of either kind. */
export interface Measured {
  /** In ascending order, none of them empty. */
  readonly intervals: readonly Interval[];
  readonly sum: number | undefined;
  /** One of the values each, and none is beyond it. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** No value is beyond these. */
  readonly floor: number | undefined;
  readonly ceiling: number | undefined;
}

/** How many numbers have to be kept of it. */
export function sizeOf(buckets: Buckets): number {
  return buckets.kind === 'explicit'
    ? buckets.counts.length + buckets.bounds.length
    : buckets.positive.counts.length + buckets.negative.counts.length + 1;
}

/** Undefined: well formed. Otherwise why it is not. */
export function faultOf(buckets: Buckets): string | undefined {
  const all = buckets.kind === 'explicit' ? [buckets.counts] : [buckets.positive.counts, buckets.negative.counts];
  if (![buckets.count, ...all.flat()].every(isCount)) return 'a count of a histogram is no whole number of 0 or more';
  if (buckets.kind === 'exponential') {
    const { scale, zeroCount, zeroThreshold, positive, negative } = buckets;
    if (!isCount(zeroCount)) return 'the count of zeros of a histogram is no whole number of 0 or more';
    if (!(zeroThreshold >= 0)) return 'the zero threshold of a histogram is no number of 0 or more';
    if (![scale, positive.offset, negative.offset].every(Number.isInteger)) {
      return 'scale and offset of a histogram are no whole numbers';
    }
    if (scale < -11 || scale > 20) return 'the scale of a histogram is not between -11 and 20';
    return undefined;
  }
  const { bounds, counts } = buckets;
  if (counts.length === 0 && bounds.length === 0) return undefined;
  if (counts.length !== bounds.length + 1) return 'a histogram has not one bucket more than it has bounds';
  if (bounds.some((bound, index) => Number.isNaN(bound) || !(index === 0 || bound > bounds[index - 1]!))) {
    return 'the bounds of a histogram do not ascend';
  }
  return undefined;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** All values of a histogram. */
export function measured(buckets: Buckets): Measured {
  const { min, max } = usable(buckets);
  return { intervals: intervalsOf(buckets), sum: usable(buckets).sum, min, max, floor: min, ceiling: max };
}

/**
 * The values that came between two histograms of one writer. `reset`: it began anew, and all of `now` came since. `changed`: they have not the
 * same bounds, and nothing is known of what came between.
 */
export function measuredSince(before: Buckets, now: Buckets): Measured | 'reset' | 'changed' {
  const difference =
    before.kind === 'explicit'
      ? now.kind === 'explicit'
        ? explicitSince(before, now)
        : 'changed'
      : now.kind === 'exponential'
        ? exponentialSince(before, now)
        : 'changed';
  if (typeof difference === 'string') return difference;
  const [old, young] = [usable(before), usable(now)];
  return {
    intervals: intervalsOf(difference),
    sum: difference.sum,
    // Of all values since the start: only a new extreme is known to have come now.
    min: old.min !== undefined && young.min !== undefined && young.min < old.min ? young.min : undefined,
    max: old.max !== undefined && young.max !== undefined && young.max > old.max ? young.max : undefined,
    floor: young.min,
    ceiling: young.max,
  };
}

function explicitSince(before: ExplicitBuckets, now: ExplicitBuckets): ExplicitBuckets | 'reset' | 'changed' {
  if (before.bounds.length !== now.bounds.length || before.counts.length !== now.counts.length) return 'changed';
  if (before.bounds.some((bound, index) => bound !== now.bounds[index])) return 'changed';
  const counts = now.counts.map((count, index) => count - before.counts[index]!);
  const totals = totalsSince(before, now);
  if (totals.count < 0 || counts.some((count) => count < 0)) return 'reset';
  return { kind: 'explicit', ...totals, bounds: now.bounds, counts };
}

function exponentialSince(before: ExponentialBuckets, now: ExponentialBuckets): ExponentialBuckets | 'reset' {
  const scale = Math.min(before.scale, now.scale);
  const young = atScale(now, scale);
  const old = withZeros(atScale(before, scale), young.zeroThreshold);
  const totals = totalsSince(before, now);
  const zeroCount = young.zeroCount - old.zeroCount;
  const positive = rangeSince(old.positive, young.positive);
  const negative = rangeSince(old.negative, young.negative);
  if (totals.count < 0 || zeroCount < 0 || positive === undefined || negative === undefined) return 'reset';
  return { kind: 'exponential', ...totals, scale, zeroCount, zeroThreshold: young.zeroThreshold, positive, negative };
}

function totalsSince(before: Totals, now: Totals): Totals {
  const [old, young] = [usable(before).sum, usable(now).sum];
  const sum = old === undefined || young === undefined ? undefined : young - old;
  return { count: now.count - before.count, sum, min: undefined, max: undefined };
}

/** Undefined where one of the counts is less than it was. */
function rangeSince(before: BucketRange, now: BucketRange): BucketRange | undefined {
  const counts = [...now.counts];
  for (const [index, count] of before.counts.entries()) {
    if (count === 0) continue;
    const at = before.offset + index - now.offset;
    if (at < 0 || at >= counts.length) return undefined;
    counts[at]! -= count;
    if (counts[at]! < 0) return undefined;
  }
  return { offset: now.offset, counts };
}

/** The same in wider buckets: two of them are one at the scale below. */
function atScale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  const shift = buckets.scale - scale;
  if (shift === 0) return buckets;
  const wider = ({ offset, counts }: BucketRange): BucketRange => {
    const divisor = 2 ** shift;
    const first = Math.floor(offset / divisor);
    const merged: number[] = [];
    for (const [index, count] of counts.entries()) {
      const at = Math.floor((offset + index) / divisor) - first;
      while (merged.length <= at) merged.push(0);
      merged[at]! += count;
    }
    return { offset: first, counts: merged };
  };
  return { ...buckets, scale, positive: wider(buckets.positive), negative: wider(buckets.negative) };
}

/** With all that a larger zero threshold takes in among the zeros. */
function withZeros(buckets: ExponentialBuckets, threshold: number): ExponentialBuckets {
  if (threshold <= buckets.zeroThreshold) return buckets;
  let { zeroCount } = buckets;
  const beyond = ({ offset, counts }: BucketRange): BucketRange => ({
    offset,
    counts: counts.map((count, index) => {
      if (edge(buckets.scale, offset + index + 1) > threshold) return count;
      zeroCount += count;
      return 0;
    }),
  });
  const [positive, negative] = [beyond(buckets.positive), beyond(buckets.negative)];
  return { ...buckets, zeroCount, zeroThreshold: threshold, positive, negative };
}

function intervalsOf(buckets: Buckets): readonly Interval[] {
  const intervals: Interval[] = [];
  const add = (low: number, high: number, count: number) => {
    if (count > 0) intervals.push({ low, high, count });
  };
  if (buckets.kind === 'explicit') {
    const { bounds, counts, count } = buckets;
    if (counts.length === 0) add(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, count);
    for (const [index, some] of counts.entries()) {
      add(bounds[index - 1] ?? Number.NEGATIVE_INFINITY, bounds[index] ?? Number.POSITIVE_INFINITY, some);
    }
    return intervals;
  }
  const { scale, zeroCount, zeroThreshold, positive, negative } = buckets;
  for (let index = negative.counts.length - 1; index >= 0; index--) {
    const at = negative.offset + index;
    add(-edge(scale, at + 1), -edge(scale, at), negative.counts[index]!);
  }
  add(negative.counts.some(Boolean) ? -zeroThreshold : 0, positive.counts.some(Boolean) ? zeroThreshold : 0, zeroCount);
  for (const [index, count] of positive.counts.entries()) {
    add(edge(scale, positive.offset + index), edge(scale, positive.offset + index + 1), count);
  }
  return intervals;
}

/** The lower bound of a bucket, of all numbers that there are. */
function edge(scale: number, index: number): number {
  return Math.min(2 ** (index * 2 ** -scale), Number.MAX_VALUE);
}

function usable({ sum, min, max, count }: Totals) {
  const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : undefined);
  const [low, high] = [finite(min), finite(max)];
  const ordered = count > 0 && (low === undefined || high === undefined || low <= high);
  return { sum: finite(sum), min: ordered ? low : undefined, max: ordered ? high : undefined };
}
