/** A front-end that receives nothing: it watches how long other work holds the main thread, and says so to who asks its process. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FrontendPlugin } from '../src/plugin.ts';

/** Milliseconds since the last question, each the longest. */
export interface LoopHold {
  /** CPU of the thread between two looks at the event loop: other programs of the machine do not count. */
  readonly cpu: number;
  /** Time between two looks beyond what was asked for: those count. */
  readonly held: number;
}

/** Milliseconds between two looks. Slices of long work end a turn of the loop each, so none is seen with another. */
const LOOK_MS = 1;

const plugin: FrontendPlugin<object> = {
  kind: 'frontend',
  name: 'loop-watch',
  create() {
    const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
    let timer: NodeJS.Timeout | undefined;
    let cpu = 0;
    const answer = () => {
      process.send!({ cpu, held: delay.max / 1e6 - LOOK_MS } satisfies LoopHold);
      cpu = 0;
      delay.reset();
    };
    return {
      async start() {
        let last = threadCpuMs();
        timer = setInterval(() => {
          const now = threadCpuMs();
          cpu = Math.max(cpu, now - last);
          last = now;
        }, LOOK_MS);
        delay.enable();
        process.on('message', answer);
        return [];
      },
      async stop() {
        clearInterval(timer);
        delay.disable();
        process.off('message', answer);
      },
    };
  },
};

export default plugin;

/** CPU of this thread, which only Linux tells before Node 24: its first figure is in nanoseconds. */
function threadCpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
}
