import type { Partial } from '../partial/partial.ts';

/** Share of a window's length, and milliseconds, by which threads that hand over a little early or late may differ from it. */
const SHARE = 0.05;
const LEAST_MS = 100;

/**
 * Milliseconds that the window of these partials took. That is its length by the wall clock, as long as a shard agrees with
 * that: when the clock was set, or the machine was suspended, it is what the shards have measured.
 */
export function elapsedOf(partials: readonly Partial[], lengthMs: number): number {
  const byShard = new Map<number, number>();
  for (const { shard, elapsedMs } of partials) byShard.set(shard, (byShard.get(shard) ?? 0) + elapsedMs);
  const measured = [...byShard.values()].filter((ms) => ms > 0);
  const tolerated = Math.max(LEAST_MS, lengthMs * SHARE);
  if (measured.length === 0 || measured.some((ms) => Math.abs(ms - lengthMs) <= tolerated)) return lengthMs;
  // One that was opened in the middle of the window has measured less.
  return Math.max(...measured);
}
