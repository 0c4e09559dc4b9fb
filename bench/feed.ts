import { WARM_UP_SECONDS } from './bench.ts';

export interface Fed {
  readonly lines: number;
  /** Microseconds of CPU, user and system, all threads: garbage collection and compilation too. */
  readonly cpu: number;
}

/** Milliseconds between two turns of the event loop, so that timers fire. */
const SLICE_MS = 20;
/** Datagrams between two looks at the clock. */
const BATCH = 64;

/** Feeds datagrams to a function for some time, and measures what that takes the whole process. */
export async function feed(
  datagrams: readonly Buffer[],
  linesPerDatagram: number,
  seconds: number,
  take: (datagram: Buffer) => void,
): Promise<Fed> {
  let next = 0;

  function takeBatch(): void {
    for (let count = 0; count < BATCH; count++) {
      take(datagrams[next]!);
      next = next + 1 === datagrams.length ? 0 : next + 1;
    }
  }

  async function run(milliseconds: number): Promise<number> {
    const deadline = performance.now() + milliseconds;
    let taken = 0;
    while (performance.now() < deadline) {
      const pause = performance.now() + SLICE_MS;
      while (performance.now() < pause) {
        takeBatch();
        taken += BATCH;
      }
      await new Promise(setImmediate);
    }
    return taken * linesPerDatagram;
  }

  await run(WARM_UP_SECONDS * 1000);
  const start = process.cpuUsage();
  const lines = await run(seconds * 1000);
  const { user, system } = process.cpuUsage(start);
  return { lines, cpu: user + system };
}
