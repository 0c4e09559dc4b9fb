/** The series of one rule, of which no more than a number are kept, and those that nothing comes for are forgotten. */
export interface SeriesTable<T> {
  find(key: string): T | undefined;
  /** Undefined where there are as many as may be. `key` is kept. */
  add(key: string, make: () => T): T | undefined;
  readonly size: number;
}

/**
 * `idleMs`: what nothing came for is forgotten after this time to twice as long, when there is something new. `now` gives milliseconds.
 * Two generations instead of a time for each series: what is used moves to the younger one, and now and then the older one is dropped.
 */
export function createSeriesTable<T>(limit: number, idleMs: number, now: () => number): SeriesTable<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  let turnMs = now() + idleMs;

  function turn(): void {
    const time = now();
    if (time < turnMs) return;
    old = young;
    young = new Map();
    turnMs = time + idleMs;
  }

  return {
    get size() {
      return young.size + old.size;
    },
    find(key) {
      const found = young.get(key);
      if (found !== undefined) return found;
      const older = old.get(key);
      if (older === undefined) return undefined;
      old.delete(key);
      young.set(key, older);
      return older;
    },
    add(key, make) {
      turn();
      if (young.size + old.size >= limit) return undefined;
      const made = make();
      young.set(key, made);
      return made;
    },
  };
}
