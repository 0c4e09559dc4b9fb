/**
 * The end of the window that `nowMs` lies in: the next multiple of the interval since `originMs` (all Unix milliseconds).
 * The first window after the origin begins up to half an interval before it: the original daemon counts from its start in
 * rounded seconds, which may lie ahead.
 */
export function windowEnd(nowMs: number, intervalMs: number, originMs: number): number {
  const intervals = Math.floor((nowMs - originMs) / intervalMs) + 1;
  const isFirst = originMs > 0 && intervals === 0 && (originMs - nowMs) * 2 <= intervalMs;
  return originMs + (isFirst ? 1 : intervals) * intervalMs;
}

/** What a server's windows are counted from. */
export function originOf(align: 'clock' | 'start', startupTime: number): number {
  return align === 'start' ? startupTime * 1000 : 0;
}
