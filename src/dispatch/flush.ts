import type { Settings } from '../config/settings.ts';
import { inSlices } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import type { Window } from '../plugin.ts';
import { allowYoungGenerationsToGrow, releaseMemory } from '../process/memory.ts';
import { packageVersion } from '../process/package.ts';
import type { StatsdState } from '../statsd/state.ts';
import type { BackendReport } from '../telemetry/backend-report.ts';
import { watchLag } from '../telemetry/lag.ts';
import { ownSamples } from '../telemetry/own-samples.ts';
import type { SpoolReport } from '../telemetry/spool-report.ts';
import type { ClosedWindow } from '../window/collect.ts';
import { createMerger, type FallingGauge, type Merger } from '../window/merge.ts';
import type { LimitLog } from './limit-log.ts';

/** Windows after which memory is given back: back-ends still hold the last ones when the merger has shrunk. */
const WINDOWS_TO_RELEASE = 2;
/**
 * Milliseconds after which a flush gives way: more than a back-end has in a turn, because all of them wait for the window, and so
 * few that the turn, with two back-ends in it, stays under 10.
 */
const SLICE_MS = 4;
/** Updated series from which on a flush is worth the memory of a larger young generation: with 100,000 it costs 30 MB. */
const MANY_ROWS = 250_000;

/** Makes windows of partials, with statsdrain's own series in them. */
export interface Flusher {
  setSettings(settings: Settings): void;
  /** Once there are settings. */
  readonly merger: Merger | undefined;
  /** Longest stall of another thread's event loop since its last partial, in milliseconds. */
  lagged(thread: string, lagMs: number): void;
  /**
   * The window of these partials; undefined before there are settings. Gives way to other work, and is not called again, nor
   * `setSettings`, before it has resolved.
   */
  flush(closed: ClosedWindow): Promise<Window | undefined>;
  stop(): void;
}

export interface FlusherOptions {
  /** Where something keeps the original daemon's metrics. */
  statsd(): StatsdState | undefined;
  backendReports(): readonly BackendReport[];
  /** Undefined where nothing is kept on disk. */
  spoolReport?(): SpoolReport | undefined;
  takeLatePartials(): number;
  /** Of what is kept for a restart, in milliseconds; undefined where nothing is. */
  stateAgeMs?(): number | undefined;
  /** Told of each window. */
  readonly limitLog: LimitLog;
  /** Called with a gauge that a client seems to mean otherwise, no more than one for each window. */
  tellFalling(gauge: FallingGauge): void;
}

export function createFlusher({
  statsd,
  backendReports,
  spoolReport,
  takeLatePartials,
  stateAgeMs,
  limitLog,
  tellFalling,
}: FlusherOptions): Flusher {
  const lag = watchLag();
  const lagMs = new Map<string, number>();
  let merger: Merger | undefined;
  let settings: Settings | undefined;
  let flushMs = 0;
  let windowsToRelease = 0;

  return {
    setSettings(next) {
      settings = next;
      if (merger !== undefined) return merger.setSettings(next);
      merger = createMerger(next, () => {
        windowsToRelease = WINDOWS_TO_RELEASE;
      });
    },
    get merger() {
      return merger;
    },
    lagged: (thread, ms) => lagMs.set(thread, ms),
    async flush(closed) {
      if (merger === undefined || settings === undefined) return undefined;
      const { selfMetrics, limits } = settings;
      const started = performance.now();
      allowYoungGenerationsToGrow(closed.partials.reduce((sum, partial) => sum + rowsOf(partial), 0) >= MANY_ROWS);
      const steps = merger.mergeSteps(closed.partials, closed.startMs, closed.endMs, (state) => {
        limitLog.window(state, limits);
        lagMs.set('dispatch', lag.take());
        const report = {
          version: packageVersion(),
          backends: backendReports(),
          spool: spoolReport?.(),
          lagMs,
          flushMs,
          latePartials: takeLatePartials(),
          statsd: statsd()?.takeReport(),
          stateAgeMs: stateAgeMs?.(),
        };
        limitLog.statsd(report.statsd?.folded ?? 0);
        return selfMetrics ? ownSamples(closed.partials, state, report) : [];
      });
      const window = await inSlices(steps, SLICE_MS);
      const falling = merger.takeFalling();
      if (falling !== undefined) tellFalling(falling);
      const original = statsd()?.flush(closed, window);
      const full = original === undefined ? window : await inSlices(original, SLICE_MS);
      flushMs = Math.round((performance.now() - started) * 10) / 10;
      if (windowsToRelease > 0) {
        windowsToRelease--;
        setImmediate(releaseMemory);
      }
      return full;
    },
    stop: lag.stop,
  };
}

function rowsOf({ counters, gauges, timers, sets }: Partial): number {
  return counters.length + gauges.length + timers.length + sets.length;
}
