/** A back-end that reads every series of each window, keeps nothing, and writes at the end what was accounted for. */
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { BackendPlugin, Series } from '../src/plugin.ts';

/** Lines and ready samples of all windows. */
export interface Totals {
  readonly received: number;
  readonly aggregated: number;
  /** Milliseconds: the longest stall of the main thread's event loop. */
  readonly mainLag: number;
  /** Milliseconds: the longest time from the end of a window to its arrival here. */
  readonly late: number;
  /** Sum of `statsdrain.series.folded`. */
  readonly folded: number;
}

interface Config {
  /** File that the totals are written to. */
  readonly totals: string;
}

/** As a back-end is to do it: so many take 1 ms. */
const SERIES_AT_ONCE = 4096;

const plugin: BackendPlugin<Config> = {
  kind: 'backend',
  name: 'discard',
  create({ totals }) {
    let received = 0;
    let aggregated = 0;
    let checksum = 0;
    let mainLag = 0;
    let late = 0;
    let folded = 0;
    return {
      async send(window) {
        late = Math.max(late, Date.now() - window.endMs);
        let walked = 0;
        for (const series of window.series) {
          if (++walked % SERIES_AT_ONCE === 0) await setImmediate();
          checksum += figureOf(series);
          if (series.type === 'counter' && series.name === 'statsdrain.series.folded') folded += series.value;
          if (
            series.type === 'gauge' &&
            series.name === 'statsdrain.thread.lag' &&
            series.tags.includes('thread:main')
          ) {
            mainLag = Math.max(mainLag, series.value);
          }
        }
        received += window.account.received;
        aggregated += window.account.aggregated;
      },
      async stop() {
        writeFileSync(totals, JSON.stringify({ received, aggregated, mainLag, late, folded, checksum }));
      },
    };
  },
};

export default plugin;

/** Statistics are computed when they are asked for. */
function figureOf(series: Series): number {
  return 'statistics' in series ? series.statistics.median : series.value;
}
