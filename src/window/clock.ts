/** The end of the window that `nowMs` lies in: the next multiple of the interval (both Unix milliseconds). */
export function windowEnd(nowMs: number, intervalMs: number): number {
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs;
}
