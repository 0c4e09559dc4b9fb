/** Longest wait that a server can ask for, in milliseconds. */
const LONGEST_MS = 3_600_000;

/**
 * Milliseconds that a server asks to wait: the first of `Retry-After` and the headers `others` that is a number of seconds or a
 * date. Undefined when none is.
 */
export function retryAfterMs(
  header: (name: string) => string | undefined,
  others: readonly string[] = [],
): number | undefined {
  for (const name of ['retry-after', ...others]) {
    const milliseconds = read(header(name));
    if (Number.isFinite(milliseconds)) return Math.min(Math.max(milliseconds, 0), LONGEST_MS);
  }
  return undefined;
}

function read(given: string | undefined): number {
  if (given === undefined) return Number.NaN;
  return /^\s*\d+(\.\d+)?\s*$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
}
