import type { RetrySettings } from '../config/settings.ts';

/**
 * Decides when a lane may ask its server: after failures it waits, up to twice as long each time, with full jitter, so that a fleet
 * of senders does not come back at once. After several it is open: one request at a time probes, and after a success the number of
 * requests doubles with each further one.
 */
export interface Breaker {
  /** Requests that may be going on. */
  readonly concurrency: number;
  /** Whether it takes the server for down. */
  readonly open: boolean;
  /** Milliseconds to wait before the next request. */
  waitMs(nowMs: number): number;
  /** A request that began at `startedMs` got an answer that was no failure. It tells nothing where one failed in the meantime. */
  succeeded(startedMs: number): void;
  /** `retryAfterMs` is what the server asked for; no longer than `max` of the settings. */
  failed(nowMs: number, retry: RetrySettings, retryAfterMs: number | undefined): void;
  /** The end is near: waits are short from now on. */
  hurry(): void;
}

/** Failures in a row after which the server is taken for down. */
const DOWN_AFTER = 4;

/** Shortest and longest wait in a hurry. Milliseconds. */
const HURRIED = { minMs: 100, maxMs: 500 };

export function createBreaker(most: number, random: () => number = Math.random): Breaker {
  let failures = 0;
  let concurrency = most;
  let notBeforeMs = 0;
  let failedMs = Number.NEGATIVE_INFINITY;
  let hurried = false;

  return {
    get concurrency() {
      return concurrency;
    },
    get open() {
      return failures >= DOWN_AFTER;
    },
    waitMs: (nowMs) => Math.max(0, notBeforeMs - nowMs),
    succeeded(startedMs) {
      if (startedMs < failedMs) return;
      if (failures > 0) notBeforeMs = 0;
      failures = 0;
      concurrency = Math.min(most, concurrency * 2);
    },
    failed(nowMs, retry, retryAfterMs = 0) {
      // Those that were on their way together fail together: they are one failure.
      if (nowMs < notBeforeMs) return;
      failures++;
      failedMs = nowMs;
      if (failures >= DOWN_AFTER) concurrency = 1;
      const { minMs, maxMs } = hurried ? HURRIED : retry;
      const longest = Math.min(maxMs, minMs * 2 ** (failures - 1));
      notBeforeMs = nowMs + Math.max(random() * longest, hurried ? 0 : Math.min(retryAfterMs, maxMs));
    },
    hurry() {
      hurried = true;
      notBeforeMs = 0;
    },
  };
}
