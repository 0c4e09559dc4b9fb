import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Milliseconds between two looks at the event loop: a shorter stall may fall between them. Each look wakes the thread, and
 * 50 a second in two threads were most of what an idle server used: 0.5 % of a core.
 */
const RESOLUTION_MS = 50;

/** Watches this thread's event loop. */
export interface LagWatch {
  /** The longest stall in milliseconds since the last call. */
  take(): number;
  stop(): void;
}

export function watchLag(): LagWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    take() {
      const lagMs = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
      histogram.reset();
      return Math.round(lagMs * 10) / 10;
    },
    stop: () => histogram.disable(),
  };
}
