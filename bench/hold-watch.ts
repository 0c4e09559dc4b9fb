/** A back-end that keeps nothing: it watches how long other work holds the dispatch thread, and says so at the end. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { BackendPlugin } from '../src/plugin.ts';

/** Milliseconds, each the longest after the first windows. */
export interface Holds {
  /** CPU of the thread between two looks at the event loop: other programs of the machine do not count. */
  readonly cpu: number;
  /** Time between two looks beyond what was asked for: those count. */
  readonly held: number;
  readonly flush: number;
  /** From the end of a window until a back-end has it. */
  readonly late: number;
  /** Stall of the main thread. */
  readonly mainLag: number;
}

interface Config {
  /** File that the figures are written to. */
  readonly result: string;
  /** Windows that are not looked at: all code is cold. */
  readonly skip: number;
}

/** Milliseconds between two looks: work in many short turns shows as much at the most. */
const LOOK_MS = 5;
const SERIES_AT_ONCE = 1024;

const plugin: BackendPlugin<Config> = {
  kind: 'backend',
  name: 'hold-watch',
  create({ result, skip }) {
    const longest = { cpu: 0, held: 0, flush: 0, late: 0, mainLag: 0 };
    let windows = 0;
    let lastCpu = threadCpuMs();
    let lastMs = performance.now();
    const timer = setInterval(() => {
      const [cpu, now] = [threadCpuMs(), performance.now()];
      keep('cpu', cpu - lastCpu);
      keep('held', now - lastMs - LOOK_MS);
      [lastCpu, lastMs] = [cpu, now];
    }, LOOK_MS);

    function keep(what: keyof typeof longest, ms: number): void {
      if (windows > skip) longest[what] = Math.max(longest[what], ms);
    }

    return {
      async send({ endMs, series }) {
        windows++;
        keep('late', Date.now() - endMs);
        let walked = 0;
        for (const one of series) {
          if (++walked % SERIES_AT_ONCE === 0) await setImmediate();
          if (one.type !== 'gauge') continue;
          if (one.name === 'statsdrain.flush.duration') keep('flush', one.value);
          if (one.name === 'statsdrain.thread.lag' && one.tags.includes('thread:main')) keep('mainLag', one.value);
        }
      },
      async stop() {
        clearInterval(timer);
        writeFileSync(result, JSON.stringify(longest));
      },
    };
  },
};

export default plugin;

/** CPU of this thread, which only Linux tells before Node 24: its first figure is in nanoseconds. */
function threadCpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
}
