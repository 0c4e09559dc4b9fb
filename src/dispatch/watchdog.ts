/** Asks another thread, again and again, whether it still answers. */
export interface Watchdog {
  /** It answered. */
  answered(): void;
  setPeriod(periodMs: number): void;
  stop(): void;
}

/** Questions that may be without an answer: with a window for each, a thread is stuck after three windows. */
const MISSES = 3;
/** A window that learns a million series keeps a thread busy for some seconds. */
const SHORTEST_PERIOD_MS = 4000;

export interface WatchdogOptions {
  /** Length of a window in milliseconds. */
  readonly periodMs: number;
  ask(): void;
  /** Called once. */
  stuck(silentMs: number): void;
}

/**
 * Counts its own turns instead of reading a clock: a machine that was suspended, or a process that was stopped, has missed no
 * more than one of them.
 */
export function createWatchdog({ periodMs, ask, stuck }: WatchdogOptions): Watchdog {
  let everyMs = Math.max(periodMs, SHORTEST_PERIOD_MS);
  let missed = 0;
  let timer = setInterval(look, everyMs).unref();

  function look(): void {
    if (missed > MISSES) {
      clearInterval(timer);
      stuck(missed * everyMs);
      return;
    }
    missed++;
    ask();
  }

  return {
    answered() {
      missed = 0;
    },
    setPeriod(next) {
      const nextMs = Math.max(next, SHORTEST_PERIOD_MS);
      if (nextMs === everyMs) return;
      everyMs = nextMs;
      missed = 0;
      clearInterval(timer);
      timer = setInterval(look, everyMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}
