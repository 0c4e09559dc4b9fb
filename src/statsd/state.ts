import type { Settings } from '../config/settings.ts';
import type { Steps } from '../kit/slices.ts';
import { unixSeconds } from '../kit/unix-time.ts';
import type { Partial } from '../partial/partial.ts';
import type { Window } from '../plugin.ts';
import type { StatsdReport } from '../telemetry/own-samples.ts';
import type { ClosedWindow } from '../window/collect.ts';
import { withStatsd } from '../window/columns.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { statsdSettingsOf } from './settings.ts';

/** The ledger of the original daemon's metrics, where something reads it. */
export interface StatsdState {
  readonly ledger: Ledger | undefined;
  /** Unix seconds, whole: when something was received last, as far as it has been handed over. */
  readonly lastMessage: number;
  /** Flushes that there have been. */
  readonly flushes: number;
  setSettings(settings: Settings): void;
  /** What there is to tell about it since the last call; undefined where there is no ledger. */
  takeReport(): StatsdReport | undefined;
  /** Takes in what has come of the window that will be closed next. Neither this nor `flush` is begun before the other has ended. */
  absorb(partials: readonly Partial[]): Steps<void>;
  /** Gives what puts on a window what the daemon would flush. */
  flush(closed: ClosedWindow): Steps<(window: Window) => Window>;
}

export function createStatsdState(startupTime: number): StatsdState {
  let ledger: Ledger | undefined;
  let lastMessage = startupTime;
  let flushes = 0;
  /** Of partials that wait for the end of their window: those that were taken in before it. */
  let absorbed = new WeakSet<Partial>();

  function* absorb(partials: readonly Partial[]): Steps<void> {
    if (ledger === undefined) return;
    const before = ledger.messages;
    for (const partial of partials) {
      if (absorbed.has(partial)) continue;
      absorbed.add(partial);
      yield* ledger.absorb(partial);
    }
    if (ledger.messages !== before) lastMessage = unixSeconds();
  }

  return {
    get ledger() {
      return ledger;
    },
    get lastMessage() {
      return lastMessage;
    },
    get flushes() {
      return flushes;
    },
    setSettings(settings) {
      const statsd = statsdSettingsOf(settings);
      if (statsd === undefined) {
        ledger = undefined;
        return;
      }
      const own = { statsd, flushIntervalMs: settings.flushIntervalMs, limits: settings.limits };
      if (ledger !== undefined) return ledger.setSettings(own);
      ledger = createLedger(own, startupTime);
      absorbed = new WeakSet();
    },
    takeReport: () => ledger && { keys: ledger.size, folded: ledger.takeFolded() },
    absorb,
    *flush(closed) {
      if (ledger === undefined) return (window) => window;
      yield* absorb(closed.partials);
      flushes++;
      const { metrics, byteLength } = yield* ledger.flush(unixSeconds(closed.endMs));
      return (window) => withStatsd(window, metrics, byteLength);
    },
  };
}
