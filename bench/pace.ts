/** Spreads sending evenly over time. Times are in milliseconds of a monotonic clock. */
export interface Pace {
  /** True when the next batch may be sent at `now`, `sent` datagrams after the start; else waits for a moment. */
  isDue(sent: number, now: number): boolean;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
/** Shorter waits are spent in the loop: a thread that sleeps wakes up 50 to 100 µs late. */
const SHORTEST_SLEEP_MS = 0.5;

/** `rate` is in datagrams per second. */
export function createPace(
  rate: number,
  start: number,
  sleep: (ms: number) => void = (ms) => {
    Atomics.wait(sleeper, 0, 0, ms);
  },
): Pace {
  return {
    isDue(sent, now) {
      const wait = start + (sent / rate) * 1000 - now;
      if (wait <= 0) return true;
      if (wait >= SHORTEST_SLEEP_MS) sleep(Math.min(wait, 1));
      return false;
    },
  };
}
