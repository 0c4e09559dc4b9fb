const HOUR_MS = 3_600_000;
const FAR_MS = 600_000;

/** Windows end at multiples of their interval: a `flushInterval` of which none ends within the next ten minutes. */
export function farInterval(): string {
  // No two of them have multiples near each other, but for once in some days, when the third is far.
  const hours = [1, 5, 7].find((one) => one * HOUR_MS - (Date.now() % (one * HOUR_MS)) > FAR_MS);
  return `${hours ?? 11}h`;
}
