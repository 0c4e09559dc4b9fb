/** Asks the shards for what they have of the open window. */
export interface HandOvers {
  /** Resolves when every shard that there is has answered, or after 500 ms. Never rejects. */
  request(): Promise<void>;
  /** A shard handed over an interim or its last partial, or is gone. */
  answered(shard: number): void;
  /** A window was closed. */
  windowClosed(): void;
  /** Lets everybody go who waits, and asks no more. */
  stop(): void;
}

const PATIENCE_MS = 500;
/**
 * Requests in one window; later ones go without an answer. Each makes room for as many exact values as a window may have,
 * so that without a bound a busy asker could fill the memory.
 */
const PER_WINDOW = 256;

export function createHandOvers(shards: () => Iterable<number>, ask: () => void): HandOvers {
  const outstanding = new Set<number>();
  let asked = 0;
  let stopped = false;
  let finish: () => void = () => undefined;
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  /** Nothing where nobody is to be asked. */
  function begin(): Promise<void> | undefined {
    for (const shard of shards()) outstanding.add(shard);
    if (stopped || outstanding.size === 0 || asked === PER_WINDOW) {
      outstanding.clear();
      return undefined;
    }
    asked++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(), PATIENCE_MS);
      finish = () => {
        clearTimeout(timer);
        outstanding.clear();
        current = undefined;
        finish = () => undefined;
        resolve();
      };
      ask();
    });
  }

  return {
    request() {
      if (current === undefined) {
        current = begin();
        return current ?? Promise.resolve();
      }
      // What came after the shards were asked needs another answer; all who wait for it share one.
      next ??= current.then(() => {
        next = undefined;
        current ??= begin();
        return current;
      });
      return next;
    },
    answered(shard) {
      if (outstanding.delete(shard) && outstanding.size === 0) finish();
    },
    windowClosed() {
      asked = 0;
    },
    stop() {
      stopped = true;
      finish();
    },
  };
}
