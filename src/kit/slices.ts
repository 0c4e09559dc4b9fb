import { setImmediate } from 'node:timers/promises';

/**
 * Work that stops again and again, after some thousand entries at most, where other work of its thread may go on. Who makes it sees to
 * it that nothing reads what is half done then.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Short, because each back-end may do a slice of its own in the same turn of the event loop. */
const SLICE_MS = 2;

/** Does all of it, and gives way to other work whenever `sliceMs` milliseconds have gone by. */
export async function inSlices<T>(steps: Steps<T>, sliceMs = SLICE_MS): Promise<T> {
  let since = performance.now();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (performance.now() - since < sliceMs) continue;
    await setImmediate();
    since = performance.now();
  }
}

/** Calls `work` for one part of `[0, length)` after the other, each of `part` entries at the most. */
export function* inParts(length: number, part: number, work: (from: number, to: number) => void): Steps<void> {
  for (let from = 0; from < length; from += part) {
    work(from, Math.min(from + part, length));
    yield;
  }
}

/** Does all of it at once, where nobody waits for this thread. */
export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
