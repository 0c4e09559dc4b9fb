import type { Settings } from '../config/settings.ts';
import { seldom } from '../kit/seldom.ts';
import { inSlices } from '../kit/slices.ts';
import type { Logger } from '../plugin.ts';
import { createStateStore } from '../state/store.ts';
import type { Ledger } from '../statsd/ledger.ts';
import type { Views } from '../window/views.ts';
import { type BackendState, createBackendState } from './backend-state.ts';
import { gaugePieceReader, gaugePieces } from './gauge-pieces.ts';

/** Keeps gauges and the state of back-ends in the folder of `state`, and reads them at the start. No call rejects. */
export interface StateKeeper {
  readonly backends: BackendState;
  /** Milliseconds since the last write that was good as a whole, or since the start; undefined where nothing is kept. */
  readonly ageMs: number | undefined;
  setSettings(settings: Settings): void;
  /** Before the first window, and before back-ends start, when there are views. Nothing else is done with gauges meanwhile. */
  readGauges(): Promise<void>;
  /** Says what was read, once. */
  tellRead(): void;
  /** Ends the writes from time to time. The process ends soon after `deadlineMs` (of `performance.now`). */
  end(deadlineMs: number): void;
  /** The last window has been merged: writes its gauges. */
  keepLastGauges(): Promise<void>;
  /** Nothing ever ran: what was read is for the next start, and nothing is written any more. */
  giveBack(): Promise<void>;
}

export interface StateKeeperOptions {
  readonly log: Logger;
  /** Runs what may not be done while a window is merged. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  views(): Pick<Views, 'keepGauges' | 'restoreGauge'> | undefined;
  ledger(): Ledger | undefined;
  /** Writes the state of all back-ends; false where one failed. */
  keepBackends(): Promise<boolean>;
}

/** Milliseconds from which on a write is told: a million series take some seconds. */
const SLOW_MS = 30_000;

/** The owner of the file. */
const OWNER = 'gauges';

export function createStateKeeper(options: StateKeeperOptions): StateKeeper {
  const { log, inTurn, views, ledger, keepBackends } = options;
  const store = createStateStore(log);
  const backends = createBackendState(store);
  let timer: NodeJS.Timeout | undefined;
  let intervalMs = 0;
  let goodMs = performance.now();
  let keeping: Promise<void> | undefined;
  let startedMs = 0;
  let read: { readonly gauges: number; readonly leftOut: number; readonly ageMs: number } | undefined;

  /** They are written when the windows go on: a slow disk holds nothing up. */
  async function keepGauges(last: boolean): Promise<boolean> {
    const pieces = await inTurn(async () => {
      const kept = views()?.keepGauges();
      if (kept === undefined) return undefined;
      const statsd = ledger()?.keepGauges();
      return gaugePieces(await inSlices(kept), statsd === undefined ? [] : await inSlices(statsd));
    });
    return pieces === undefined || store.write(OWNER, last, pieces);
  }

  async function keepAll(): Promise<void> {
    const written = await keepGauges(false);
    const all = (await keepBackends()) && written;
    if (all) goodMs = performance.now();
  }

  const tellSlow = seldom((_times, lastedMs: number) =>
    log.warn(
      `state is being written to "${store.folder}" since ${Math.round(lastedMs / 1000)} s: its disk is slow or does not answer; ` +
        'after a restart it would be that of the last good write',
    ),
  );

  /** One after the other: a disk that is slower than the interval is not asked twice. */
  function onTime(): void {
    if (keeping === undefined) startedMs = performance.now();
    else if (performance.now() - startedMs >= SLOW_MS) tellSlow(performance.now() - startedMs);
    keeping ??= keepAll().finally(() => {
      keeping = undefined;
    });
  }

  function endTimer(): void {
    clearInterval(timer);
    intervalMs = 0;
  }

  return {
    backends,
    get ageMs() {
      return store.folder === undefined ? undefined : performance.now() - goodMs;
    },
    setSettings({ state }) {
      store.setFolder(state?.path);
      if (state?.intervalMs === intervalMs) return;
      endTimer();
      if (state === undefined) return;
      intervalMs = state.intervalMs;
      timer = setInterval(onTime, intervalMs).unref();
    },
    async readGauges() {
      let gauges = 0;
      let leftOut = 0;
      const count = (isBack: boolean | undefined) => {
        if (isBack === true) gauges++;
        else leftOut++;
      };
      await store.read(OWNER, async ({ ageMs, pieces }) => {
        const take = gaugePieceReader({
          gauge: (gauge) => count(views()?.restoreGauge({ ...gauge, idleMs: gauge.idleMs + ageMs })),
          statsdGauge: (gauge) => ledger()?.restoreGauge(gauge, ageMs),
        });
        for await (const piece of pieces) take(piece);
        read = { gauges, leftOut, ageMs };
      });
    },
    tellRead() {
      if (store.folder === undefined) return;
      const series = backends.takeSeries();
      if (read === undefined && series === 0) {
        log.info(`no state in "${store.folder}" to begin with: gauges and counters begin anew`);
        return;
      }
      const { gauges, leftOut, ageMs } = read ?? { gauges: 0, leftOut: 0, ageMs: 0 };
      log.info(`state read: ${gauges} gauges, ${series} counters, ${Math.round(ageMs / 1000)} s old`, {
        folder: store.folder,
        ...(leftOut === 0 ? {} : { expiredOrOverLimits: leftOut }),
      });
    },
    end(deadlineMs) {
      endTimer();
      store.end(deadlineMs);
    },
    async keepLastGauges() {
      await keepGauges(true);
    },
    async giveBack() {
      await store.giveBack();
      store.setFolder(undefined);
    },
  };
}
