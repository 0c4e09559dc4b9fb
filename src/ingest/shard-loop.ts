import type { Shard } from '../aggregate/shard.ts';
import type { Partial } from '../partial/partial.ts';
import { windowEnd } from '../partial/window-end.ts';

/** Hands over a shard's windows on an event loop, at the ends of the aligned windows. */
export interface ShardLoop {
  /** `originMs`: what windows are counted from, see `windowEnd`. */
  setInterval(intervalMs: number, originMs: number): void;
  /** Hands over what there is of the open window, which goes on. */
  handOver(): void;
  /** Hands over the last, short window. Idempotent. */
  finish(): void;
}

export function startShardLoop(
  shard: Shard,
  firstIntervalMs: number,
  firstOriginMs: number,
  deliver: (partial: Partial) => void,
): ShardLoop {
  let intervalMs = firstIntervalMs;
  let originMs = firstOriginMs;
  let endMs = windowEnd(Date.now(), intervalMs, originMs);
  let timer: NodeJS.Timeout | undefined;
  let finished = false;

  function schedule(): void {
    clearTimeout(timer);
    // The clock may have been set back: no window is longer than the interval.
    endMs = Math.min(endMs, windowEnd(Date.now(), intervalMs, originMs));
    timer = setTimeout(tick, Math.max(0, endMs - Date.now()));
  }

  function tick(): void {
    const now = Date.now();
    if (now >= endMs) {
      deliver(shard.handOver(endMs, false));
      endMs = windowEnd(now, intervalMs, originMs);
    }
    schedule();
  }

  schedule();
  return {
    setInterval(nextIntervalMs, nextOriginMs) {
      if ((nextIntervalMs === intervalMs && nextOriginMs === originMs) || finished) return;
      intervalMs = nextIntervalMs;
      originMs = nextOriginMs;
      endMs = windowEnd(Date.now(), intervalMs, originMs);
      schedule();
    },
    handOver() {
      if (!finished) deliver(shard.handOver(endMs, false, true));
    },
    finish() {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      deliver(shard.handOver(Date.now(), true));
    },
  };
}
