import type { Limits, Settings } from './settings.ts';

/** Milliseconds: shards do not hand over more often than this, or than the shortest interval that is configured. */
const SHORTEST_TICK_MS = 100;

/** Milliseconds from one hand-over of the shards to the next. */
export function tickOf({ tickMs, flushIntervalMs }: Pick<Settings, 'tickMs' | 'flushIntervalMs'>): number {
  return tickMs ?? flushIntervalMs;
}

/** Hand-overs in one interval of the root. */
export function ticksOf(settings: Pick<Settings, 'tickMs' | 'flushIntervalMs'>): number {
  return Math.max(1, Math.round(settings.flushIntervalMs / tickOf(settings)));
}

/**
 * The limits for what a shard hands over at one time. What is exact for one window is exact in as many parts as it comes in: each may have its share,
 * and what is over it is estimated.
 */
export function shardLimits(settings: Pick<Settings, 'tickMs' | 'longestMs' | 'flushIntervalMs' | 'limits'>): Limits {
  const { limits, flushIntervalMs, longestMs = flushIntervalMs } = settings;
  const share = tickOf(settings) / longestMs;
  if (share >= 1) return limits;
  return {
    ...limits,
    timerValues: Math.ceil(limits.timerValues * share),
    setMembers: Math.ceil(limits.setMembers * share),
  };
}

/** The longest time of which all intervals (milliseconds) are multiples; undefined where that is too short to hand over in. */
export function commonTick(intervals: readonly number[]): number | undefined {
  const tick = intervals.reduce(divisor);
  return tick < SHORTEST_TICK_MS && tick < Math.min(...intervals) ? undefined : tick;
}

/** The longest part of `intervalMs` that is no longer than `mostMs`, in whole milliseconds. */
export function partOf(intervalMs: number, mostMs: number): number {
  if (intervalMs <= mostMs) return intervalMs;
  for (let parts = Math.ceil(intervalMs / mostMs); parts * SHORTEST_TICK_MS <= intervalMs; parts++) {
    if (intervalMs % parts === 0) return intervalMs / parts;
  }
  return intervalMs;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
