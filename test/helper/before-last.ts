import type { Server } from './process.ts';

/**
 * Milliseconds from a window to the last one that the server printed, by their ends or by when they were read, whichever is less: a busy
 * machine closes several at once, or keeps the reader waiting.
 */
export function msBeforeLast({ windows }: Server, id: number): number {
  const last = windows.at(-1);
  const one = windows.find((window) => window.id === id);
  if (one === undefined || last === undefined) return 0;
  return Math.round(Math.min(1000 * (last.window - one.window), last.arrivedMs - one.arrivedMs));
}
