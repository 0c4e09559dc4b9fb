import type { Partial } from '../aggregate/partial.ts';
import type { Shard } from '../aggregate/shard.ts';
import { windowEnd } from '../window/clock.ts';

/** Hands over a shard's windows on an event loop, at the ends of the aligned windows. */
export interface ShardLoop {
  setInterval(intervalMs: number): void;
  /** Hands over the last, short window. Idempotent. */
  finish(): void;
}

export function startShardLoop(shard: Shard, firstIntervalMs: number, deliver: (partial: Partial) => void): ShardLoop {
  let intervalMs = firstIntervalMs;
  let endMs = windowEnd(Date.now(), intervalMs);
  let timer: NodeJS.Timeout | undefined;
  let finished = false;

  function schedule(): void {
    clearTimeout(timer);
    // The clock may have been set back: no window is longer than the interval.
    endMs = Math.min(endMs, windowEnd(Date.now(), intervalMs));
    timer = setTimeout(tick, Math.max(0, endMs - Date.now()));
  }

  function tick(): void {
    const now = Date.now();
    if (now >= endMs) {
      deliver(shard.handOver(endMs, false));
      endMs = windowEnd(now, intervalMs);
    }
    schedule();
  }

  schedule();
  return {
    setInterval(next) {
      if (next === intervalMs || finished) return;
      intervalMs = next;
      endMs = windowEnd(Date.now(), intervalMs);
      schedule();
    },
    finish() {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      deliver(shard.handOver(Date.now(), true));
    },
  };
}
