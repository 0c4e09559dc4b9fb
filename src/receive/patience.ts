/** Milliseconds of pause after the first error in a row, and at most; each is twice as long as the one before. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;
/** Milliseconds of nothing but errors after which a socket is given up, to be opened anew. */
const GIVE_UP_MS = 5000;

/** How long to go on with a socket that has only errors. */
export interface Patience {
  /** Something else than an error came. */
  fine(): void;
  /** An error came at `nowMs`: gives the milliseconds to wait before the next attempt, or undefined to give up. */
  error(nowMs: number): number | undefined;
}

export function createPatience(): Patience {
  let pauseMs = FIRST_PAUSE_MS;
  let sinceMs: number | undefined;
  return {
    fine() {
      pauseMs = FIRST_PAUSE_MS;
      sinceMs = undefined;
    },
    error(nowMs) {
      sinceMs ??= nowMs;
      if (nowMs - sinceMs >= GIVE_UP_MS) return undefined;
      const wait = pauseMs;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      return wait;
    },
  };
}
