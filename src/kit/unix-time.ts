/** Whole Unix seconds of Unix milliseconds, rounded as the original daemon rounds them. Default: now. */
export function unixSeconds(ms = Date.now()): number {
  return Math.round(ms / 1000);
}
