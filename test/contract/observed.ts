import type { StatsdMetrics, Window } from '../../src/plugin.ts';

/** How far a back-end has read, and how much of it between two turns of the event loop. */
export interface Progress {
  /** Series and entries of the original's gauges that were read. */
  readonly read: number;
  /** Most of them that were read in one turn of the event loop. */
  readonly mostInOneTurn: number;
  stop(): void;
}

/** The window, and what becomes of it from now on. */
export function observed(window: Window): { readonly window: Window; readonly progress: Progress } {
  let read = 0;
  let before = 0;
  let most = 0;
  let stopped = false;
  const onRead = () => {
    read++;
    most = Math.max(most, read - before);
  };
  const turn = () => {
    before = read;
    if (!stopped) setImmediate(turn);
  };
  setImmediate(turn);
  const progress: Progress = {
    get read() {
      return read;
    },
    get mostInOneTurn() {
      return most;
    },
    stop() {
      stopped = true;
    },
  };
  const { statsd } = window;
  const series = { [Symbol.iterator]: () => watched(window.series, onRead) };
  return { window: { ...window, series, ...(statsd && { statsd: observedHash(statsd, onRead) }) }, progress };
}

function observedHash(statsd: StatsdMetrics, onRead: () => void): StatsdMetrics {
  class Gauges extends Map<string, number> {
    override *[Symbol.iterator](): MapIterator<[string, number]> {
      return yield* watched(super.entries(), onRead);
    }
    override get(key: string): number | undefined {
      onRead();
      return super.get(key);
    }
    override entries(): MapIterator<[string, number]> {
      return this[Symbol.iterator]();
    }
  }
  return { ...statsd, gauges: new Gauges(statsd.gauges) };
}

function* watched<T>(items: Iterable<T>, onRead: () => void): Generator<T, undefined> {
  for (const item of items) {
    onRead();
    yield item;
  }
}
