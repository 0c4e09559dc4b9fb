import type { Settings } from '../config/settings.ts';
import { inSlices } from '../kit/slices.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { Partial } from '../partial/partial.ts';
import { allowYoungGenerationsToGrow, releaseMemory, returnLargeBlocks } from '../process/memory.ts';
import { packageVersion } from '../process/package.ts';
import type { StatsdState } from '../statsd/state.ts';
import type { BackendReport } from '../telemetry/backend-report.ts';
import { watchLag } from '../telemetry/lag.ts';
import { type DispatchReport, ownSamples } from '../telemetry/own-samples.ts';
import type { SpoolReport } from '../telemetry/spool-report.ts';
import type { ClosedWindow } from '../window/collect.ts';
import { createDue } from '../window/due.ts';
import type { FallingGauge, MergeState } from '../window/merger.ts';
import { createViews, type Ends, type MergedWindow, type Views, type ViewWindow } from '../window/views.ts';
import type { LimitLog } from './limit-log.ts';

/** Windows after which memory is given back: back-ends still hold the last ones when the merger has shrunk. */
const WINDOWS_TO_RELEASE = 2;
/**
 * Milliseconds after which a flush gives way: more than a back-end has in a turn, because all of them wait for the window, and so
 * few that the turn, with two back-ends in it, stays under 10.
 */
const SLICE_MS = 4;
/** Updated series from which on a flush is worth the memory of a larger young generation (with 100,000 it costs 30 MB), and its arrays are large blocks. */
const MANY_ROWS = 250_000;

/** Makes windows of partials, with statsdrain's own series in them: one for each view. */
export interface Flusher {
  /** `rules`: of front-ends. Default: none. `originMs`: what windows are counted from, see `windowEnd`. */
  setSettings(settings: Settings, rules?: readonly FrontendKeys[], originMs?: number): void;
  /** Once there are settings. */
  readonly views: Views | undefined;
  /** Longest stall of another thread's event loop since its last partial, in milliseconds. */
  lagged(thread: string, lagMs: number): void;
  /**
   * The windows that end with these partials; undefined before there are settings. `ends`: which do, see `Views.merge`. Gives way to other work, and
   * neither this nor anything of the views is called before it has resolved.
   */
  flush(closed: ClosedWindow, ends?: Ends): Promise<MergedWindow | undefined>;
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
  /** Of the original's metrics, which have the interval of the configuration. */
  const statsdDue = createDue();

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

  /** The original's metrics are part of the windows that take as long as its own. */
  async function withOriginal(
    windows: MergedWindow['windows'],
    { partials, startMs, endMs }: ClosedWindow,
    ends: Ends,
  ): Promise<MergedWindow['windows']> {
    const original = statsd();
    if (original === undefined) return windows;
    const dueMs = typeof ends === 'string' ? statsdDue.endOf(startMs, endMs, ends === 'all') : undefined;
    if (dueMs === undefined) {
      await inSlices(original.absorb(partials), SLICE_MS);
      return windows;
    }
    const add = await inSlices(original.flush({ partials, startMs, endMs: dueMs }), SLICE_MS);
    const isWhole = ({ window }: ViewWindow) => window.intervalMs === settings?.flushIntervalMs;
    const added = (one: ViewWindow) => (isWhole(one) ? { ...one, window: add(one.window) } : one);
    return new Map(Array.from(windows, ([view, one]) => [view, added(one)]));
  }

  return {
    setSettings(next, rules, originMs = 0) {
      settings = next;
      statsdDue.setIntervals(next.flushIntervalMs, next.tickMs ?? next.flushIntervalMs, originMs);
      if (views !== undefined) return views.setSettings(next, rules, originMs);
      const onShrink = () => {
        windowsToRelease = WINDOWS_TO_RELEASE;
      };
      views = createViews(next, rules, { namingFailed, onShrink }, originMs);
    },
    get views() {
      return views;
    },
    lagged: (thread, ms) => lagMs.set(thread, ms),
    async flush(closed, ends = 'due') {
      if (views === undefined || settings === undefined) return undefined;
      const { selfMetrics, limits } = settings;
      const started = performance.now();
      const hasMany = closed.partials.reduce((sum, partial) => sum + rowsOf(partial), 0) >= MANY_ROWS;
      allowYoungGenerationsToGrow(hasMany);
      if (hasMany) returnLargeBlocks();
      let report: DispatchReport | undefined;
      const own = (state: MergeState, view: string) => {
        limitLog(view).window(state, limits);
        if (report === undefined) {
          report = reportOf();
          limitLog(view).statsd(report.statsd?.folded ?? 0);
        }
        return selfMetrics ? ownSamples(closed.partials, state, report) : [];
      };
      const { partials, startMs, endMs } = closed;
      const { windows, account } = await inSlices(views.merge(partials, startMs, endMs, own, ends), SLICE_MS);
      for (const view of limitLogs.keys()) if (!views.has(view)) limitLogs.delete(view);
      const falling = views.takeFalling();
      if (falling !== undefined) tellFalling(falling);
      const full = await withOriginal(windows, closed, ends);
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
