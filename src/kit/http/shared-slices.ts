import type { Steps } from '../slices.ts';

/** Work that takes long, in slices between which the event loop goes on. */
export interface Slices {
  /** True when the slice of this turn of the loop is used up: work that is under way yields then. */
  spent(): boolean;
  /** Begins at once where this turn has time left. All work takes turns. Rejects with what `work` throws. */
  run<Result>(work: Steps<Result>): Promise<Result>;
  /** Brings all that is under way to its end before it returns, however long that takes. */
  finish(): void;
}

/** Milliseconds of one turn of the loop that all work may take together; what asks for the time passes it by a little. */
const SLICE_MS = 4;

export function createSlices(now: () => number = () => performance.now()): Slices {
  const waiting: (() => boolean)[] = [];
  let turning = false;
  let ends = 0;

  function begin(): void {
    if (turning) return;
    turning = true;
    ends = now() + SLICE_MS;
    setImmediate(turn);
  }

  function turn(): void {
    turning = false;
    if (waiting.length === 0) return;
    begin();
    do step(waiting.shift()!);
    while (waiting.length > 0 && now() < ends);
  }

  /** `advance` gives false when it is not done. */
  function step(advance: () => boolean): void {
    if (!advance()) waiting.push(advance);
  }

  return {
    spent: () => now() >= ends,
    run(work) {
      begin();
      return new Promise((resolve, reject) => {
        const advance = () => {
          try {
            const { done, value } = work.next();
            if (done !== true) return false;
            resolve(value);
          } catch (error) {
            reject(error);
          }
          return true;
        };
        if (waiting.length > 0 && now() >= ends) waiting.push(advance);
        else step(advance);
      });
    },
    finish() {
      ends = Number.POSITIVE_INFINITY;
      while (waiting.length > 0) step(waiting.shift()!);
    },
  };
}
