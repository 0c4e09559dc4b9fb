import type { Steps } from '../slices.ts';

/** Work that takes long, in slices between which the event loop goes on. */
export interface Slices {
  /** True when this turn of the event loop has had its time: work that is under way yields then. */
  spent(): boolean;
  /** Begins at once where this turn has time left. All work takes turns. Rejects with what `work` throws. */
  run<Result>(work: Steps<Result>): Promise<Result>;
  /** Brings all that is under way to its end before it returns, however long that takes. */
  finish(): void;
}

/** Milliseconds of one turn of the loop that all work may take together; what asks for the time passes it by a little. */
const SLICE_MS = 4;
/** Milliseconds of work up to which nobody asks for the next turn: asking costs a twentieth of a small request. */
const SHORT_MS = 1;

export function createSlices(now: () => number = () => performance.now()): Slices {
  const waiting: (() => boolean)[] = [];
  /** Milliseconds since the turn that is known to be the last. */
  let used = 0;
  let ends = 0;
  let asked = false;

  /** `advance` gives false when it is not done. */
  function step(advance: () => boolean): void {
    const began = now();
    ends = began + SLICE_MS - used;
    if (!advance()) waiting.push(advance);
    used += now() - began;
    if (asked || (waiting.length === 0 && used < SHORT_MS)) return;
    asked = true;
    setImmediate(turn);
  }

  function turn(): void {
    asked = false;
    used = 0;
    while (waiting.length > 0 && used < SLICE_MS) step(waiting.shift()!);
  }

  return {
    spent: () => now() >= ends,
    run(work) {
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
        if (waiting.length > 0 || used >= SLICE_MS) waiting.push(advance);
        else step(advance);
      });
    },
    finish() {
      used = Number.NEGATIVE_INFINITY;
      while (waiting.length > 0) step(waiting.shift()!);
    },
  };
}
