import { createStore, type Store } from '../../../../backends/live/store/fold.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import { unseenServer } from '../../../../src/kit/unseen-server.ts';
import { makeWindow, type SeriesInput, type WindowInput } from '../../../helper/window.ts';

export const START = 1_700_000_000_000;
export const INTERVAL = 10_000;

/** A store that windows of ten seconds are folded into, one after the other. */
export function filledStore(maxSeries = 1000): {
  readonly store: Store;
  next(series: readonly SeriesInput[], rest?: WindowInput): Promise<unknown>;
} {
  const store = createStore(INTERVAL, maxSeries);
  let endMs = START;
  return {
    store,
    next(series, rest = {}) {
      const startMs = endMs;
      endMs = rest.endMs ?? startMs + INTERVAL;
      return store.fold(makeWindow({ startMs, endMs, series, ...rest }), unseenServer.status());
    },
  };
}

export { atOnce };
