/**
 * Monotonic milliseconds that all threads of the process share: each thread counts from its own start, so the main
 * thread's start is handed to the others.
 */
export function sharedClock(mainTimeOrigin: number): () => number {
  const offset = performance.timeOrigin - mainTimeOrigin;
  return () => performance.now() + offset;
}
