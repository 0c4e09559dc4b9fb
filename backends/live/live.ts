import { oneByOne } from '../../src/kit/one-by-one.ts';
import { inSlices, type Steps } from '../../src/kit/slices.ts';
import { unlessAborted } from '../../src/kit/unless-aborted.ts';
import type { BackendContext, ServerStatus, Window } from '../../src/plugin.ts';
import { createMeter } from './status/meter.ts';
import { backendViews, frontendsNow, type Report, statusReport } from './status/report.ts';
import { type Counted, undelivered } from './status/totals.ts';
import { verdictOf } from './status/verdict.ts';
import { createStore, type Store } from './store/fold.ts';
import type { Point } from './store/history.ts';
import { type Order, type Top, topNames } from './store/top.ts';

/** What the page and the API show, made of windows and of what the server says of itself. */
export interface Live {
  readonly store: Store;
  /** Resolves with the point of a slot that is complete with this window. */
  fold(window: Window): Promise<Point | undefined>;
  /** Up to now. Shards are asked once a second at most, however many ask. */
  status(): Promise<Report>;
  /** The latest slot that is complete, or what came so far where none is. Made once for each slot. */
  top(by: Order): Promise<Top>;
  /**
   * Has what came so far in the store where there is nothing yet, or where windows are long; waits no longer than `atMostMs`. Never fails: then it is as
   * it was.
   */
  refresh(atMostMs?: number): Promise<void>;
  /** Has the samples of rejected lines up to now. */
  account(): Promise<void>;
  /** Does the work of one answer after the other, in slices: many who ask at once take no more of the thread than one. */
  run<T>(steps: Steps<T>): Promise<T>;
}

/** Names of a list of the largest: more are not asked for. */
export const MOST_TOP = 100;
/** Milliseconds for which what was asked of the shards is fresh. */
const FRESH_MS = 900;
/** Windows that are longer are asked for before their end, and not more often. */
const STALE_MS = 10_000;
/** Longest wait for an answer of the server: then it is as of before. */
const ANSWER_MS = 2000;

export function createLive(maxSeries: number, context: BackendContext): Live {
  const { server } = context;
  const store = createStore(context.intervalMs, maxSeries);
  const meter = createMeter();
  /** What shards said last, and how many windows had been folded then: a later window knows more. */
  let known: { readonly windows: number; readonly accounts: readonly Counted[] } | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let refreshing: Promise<void> | undefined;
  let refreshedMs = Number.NEGATIVE_INFINITY;
  const inTurn = oneByOne();
  const run = <T>(steps: Steps<T>) => inTurn(() => inSlices(steps));
  const tops = new Map<Order, { readonly windows: number; readonly top: Promise<Top> }>();

  function note(atMs: number, counted: readonly Counted[], status: ServerStatus): void {
    meter.begin(status.startedMs);
    meter.note(atMs, counted, undelivered(status));
  }

  async function ask(): Promise<void> {
    const { windows } = store;
    try {
      const accounts = await unlessAborted(server.accounts(), AbortSignal.timeout(ANSWER_MS));
      const nowMs = Date.now();
      known = { windows, accounts };
      note(nowMs, accounts, server.status());
      // Those of a window that has ended meanwhile came with it.
      if (windows === store.windows)
        store.rejected.open(
          accounts.flatMap(({ examples }) => examples),
          nowMs,
        );
    } catch {
      // As of the last window: a server that is stopping answers no more.
      known = undefined;
    }
  }

  async function account(): Promise<void> {
    if (asking === undefined) {
      if (performance.now() - askedMs < FRESH_MS) return;
      askedMs = performance.now();
      asking = ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
  }

  async function askWindow(): Promise<void> {
    try {
      await unlessAborted(context.refresh(), AbortSignal.timeout(ANSWER_MS));
    } catch {
      // What is known is shown without what came last.
    }
    refreshedMs = performance.now();
  }

  function shownSlot(): number {
    return store.slots.finished > 0 ? store.slots.finished : store.slots.current;
  }

  function top(by: Order): Promise<Top> {
    const before = tops.get(by);
    if (before?.windows === store.windows) return before.top;
    const slot = shownSlot();
    const lengthMs = slot === 0 ? 0 : store.slots.lengthMs(slot);
    const made = run(topNames(store.index, by, slot, lengthMs, MOST_TOP));
    tops.set(by, { windows: store.windows, top: made });
    return made;
  }

  return {
    store,
    async fold(window) {
      const status = server.status();
      const point = await store.fold(window, status);
      note(window.endMs, status.frontends, status);
      return point;
    },
    async status() {
      await account();
      const now = server.status();
      const frontends = frontendsNow(now, known?.windows === store.windows ? known.accounts : undefined);
      const status = { ...now, frontends };
      const backends = backendViews(status);
      const rates = meter.rates();
      const [widest] = (await top('series')).names;
      const { index } = store;
      const verdict = verdictOf({
        ready: status.ready,
        intervalMs: context.intervalMs,
        received: rates.totals.received,
        period: meter.period(status.startedMs),
        frontends,
        backends,
        rejected: store.rejected.list(),
        widest,
        notKept: index.notKept,
        maxSeries,
        hasWindow: store.windows > 0,
      });
      return statusReport(status, rates, {
        verdict,
        time: Date.now(),
        series: store.series,
        backends,
        process: {
          cpu: Number.isNaN(store.cpu) ? null : store.cpu,
          rssBytes: process.memoryUsage.rss(),
          lagMs: Number.isNaN(store.lagMs) ? null : store.lagMs,
        },
      });
    },
    top,
    async refresh(atMostMs = ANSWER_MS) {
      const isFresh = store.windows > 0 && context.intervalMs <= STALE_MS;
      if (isFresh || performance.now() - refreshedMs < (store.windows > 0 ? STALE_MS : FRESH_MS)) return;
      refreshing ??= askWindow().finally(() => {
        refreshing = undefined;
      });
      await unlessAborted(refreshing, AbortSignal.timeout(atMostMs)).catch(() => undefined);
    },
    account,
    run,
  };
}
