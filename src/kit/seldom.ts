/** Milliseconds between two messages about one kind of trouble. */
const QUIET_MS = 60_000;

/** Something that is told at once and then no more than once a minute. */
export interface Seldom<Details extends readonly unknown[]> {
  (...details: Details): void;
  /** The trouble is over: the next time is told at once again. */
  over(): void;
}

/**
 * Calls `tell` at the first call, and then at most once a minute, with the number of calls since it was last told, this one
 * included: a flood of failures is one line a minute.
 */
export function seldom<Details extends readonly unknown[]>(
  tell: (times: number, ...details: Details) => void,
): Seldom<Details> {
  let times = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  const call = (...details: Details) => {
    times++;
    const now = performance.now();
    if (now - toldMs < QUIET_MS) return;
    const since = times;
    times = 0;
    toldMs = now;
    tell(since, ...details);
  };
  return Object.assign(call, {
    over() {
      times = 0;
      toldMs = Number.NEGATIVE_INFINITY;
    },
  });
}
