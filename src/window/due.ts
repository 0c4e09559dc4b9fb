import { windowEnd } from '../partial/window-end.ts';

/** Ends of the windows of one view, each of which is made of the shorter ones that shards hand over. */
export interface Due {
  /**
   * The end of the window that closes with `[startMs, endMs)`; undefined while it goes on. `final`: nothing comes after it. All Unix
   * milliseconds.
   */
  endOf(startMs: number, endMs: number, final: boolean): number | undefined;
  /** `tickMs`: milliseconds between two hand-overs; `originMs`: what windows are counted from, see `windowEnd`. */
  setIntervals(intervalMs: number, tickMs: number, originMs: number): void;
}

export function createDue(): Due {
  let intervalMs = 0;
  let tickMs = 0;
  let originMs = 0;
  /** Of the window that goes on. */
  let endsMs = Number.POSITIVE_INFINITY;

  return {
    setIntervals(interval, tick, origin) {
      intervalMs = interval;
      tickMs = tick;
      originMs = origin;
      endsMs = Number.POSITIVE_INFINITY;
    },
    endOf(startMs, endMs, final) {
      if (final || intervalMs <= tickMs) return endMs;
      // The clock may have been set back: no window is longer than the interval.
      endsMs = Math.min(endsMs, windowEnd(startMs, intervalMs, originMs));
      if (endMs < endsMs) return undefined;
      endsMs = Number.POSITIVE_INFINITY;
      return windowEnd(endMs, intervalMs, originMs) - intervalMs;
    },
  };
}
