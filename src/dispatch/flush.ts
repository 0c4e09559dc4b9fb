import type { Settings } from '../config/settings.ts';
import { inSlices } from '../kit/slices.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { Partial } from '../partial/partial.ts';
import { allowYoungGenerationsToGrow, releaseMemory } from '../process/memory.ts';
import { packageVersion } from '../process/package.ts';
import type { StatsdState } from '../statsd/state.ts';
import type { BackendReport } from '../telemetry/backend-report.ts';
import { watchLag } from '../telemetry/lag.ts';
import { type DispatchReport, ownSamples } from '../telemetry/own-samples.ts';
import type { SpoolReport } from '../telemetry/spool-report.ts';
import type { ClosedWindow } from '../window/collect.ts';
import type { FallingGauge } from '../window/merger.ts';
import { createViews, type MergedWindow, type Views } from '../window/views.ts';
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

/** Makes windows of partials, with statsdrain's own series in them: one for each view. */
export interface Flusher {
  /** `rules`: of front-ends. Default: none. */
  setSettings(settings: Settings, rules?: readonly FrontendKeys[]): void;
  /** Once there are settings. */
  readonly views: Views | undefined;
  /** Longest stall of another thread's event loop since its last partial, in milliseconds. */
  lagged(thread: string, lagMs: number): void;
  /**
   * The window of these partials; undefined before there are settings. Gives way to other work, and neither this nor anything of the
   * views is called before it has resolved.
   */
  flush(closed: ClosedWindow): Promise<MergedWindow | undefined>;
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
  /** Told of each window of a view. */
  limitLogOf(view: string): LimitLog;
  /** Called with what a naming threw. */
  namingFailed(error: unknown): void;
  /** Called with a gauge that a client seems to mean otherwise, no more than one for each window. */
  tellFalling(gauge: FallingGauge): void;
}

export function createFlusher({
  statsd,
  backendReports,
  spoolReport,
  takeLatePartials,
  stateAgeMs,
  limitLogOf,
  namingFailed,
  tellFalling,
}: FlusherOptions): Flusher {
  const lag = watchLag();
  const lagMs = new Map<string, number>();
  const limitLogs = new Map<string, LimitLog>();
  let views: Views | undefined;
  let settings: Settings | undefined;
  let flushMs = 0;
  let windowsToRelease = 0;

  function limitLog(view: string): LimitLog {
    const log = limitLogs.get(view) ?? limitLogOf(view);
    limitLogs.set(view, log);
    return log;
  }

  function reportOf(): DispatchReport {
    lagMs.set('dispatch', lag.take());
    return {
      version: packageVersion(),
      backends: backendReports(),
      spool: spoolReport?.(),
      lagMs,
      flushMs,
      latePartials: takeLatePartials(),
      statsd: statsd()?.takeReport(),
      stateAgeMs: stateAgeMs?.(),
    };
  }

  return {
    setSettings(next, rules) {
      settings = next;
      if (views !== undefined) return views.setSettings(next, rules);
      views = createViews(next, rules, {
        namingFailed,
        onShrink() {
          windowsToRelease = WINDOWS_TO_RELEASE;
        },
      });
    },
    get views() {
      return views;
    },
    lagged: (thread, ms) => lagMs.set(thread, ms),
    async flush(closed) {
      if (views === undefined || settings === undefined) return undefined;
      const { selfMetrics, limits } = settings;
      const started = performance.now();
      allowYoungGenerationsToGrow(closed.partials.reduce((sum, partial) => sum + rowsOf(partial), 0) >= MANY_ROWS);
      let report: DispatchReport | undefined;
      const steps = views.merge(closed.partials, closed.startMs, closed.endMs, (state, view) => {
        limitLog(view).window(state, limits);
        if (report === undefined) {
          report = reportOf();
          limitLog(view).statsd(report.statsd?.folded ?? 0);
        }
        return selfMetrics ? ownSamples(closed.partials, state, report) : [];
      });
      const { windows, account } = await inSlices(steps, SLICE_MS);
      for (const view of limitLogs.keys()) if (!windows.has(view)) limitLogs.delete(view);
      const falling = views.takeFalling();
      if (falling !== undefined) tellFalling(falling);
      const original = statsd()?.flush(closed);
      const withOriginal = original === undefined ? undefined : await inSlices(original, SLICE_MS);
      const full =
        withOriginal === undefined
          ? windows
          : new Map(Array.from(windows, ([view, one]) => [view, { ...one, window: withOriginal(one.window) }]));
      flushMs = Math.round((performance.now() - started) * 10) / 10;
      if (windowsToRelease > 0) {
        windowsToRelease--;
        setImmediate(releaseMemory);
      }
      return { windows: full, account };
    },
    stop: lag.stop,
  };
}

function rowsOf({ counters, gauges, timers, sets }: Partial): number {
  return counters.length + gauges.length + timers.length + sets.length;
}
