/**
 * Ranks are compared with this relative slack: 0.07 · 100 is 7.000000000000001 in doubles, and running sums of
 * fractional weights are as inexact. Whole ranks stay distinct up to 10^10 samples.
 */
const SLACK = 1e-10;

/**
 * The weight that must lie at or below the value at quantile `q` (0 to 1) of values that weigh `total` together.
 * Infinity for 1 and more: the last value, however little it weighs.
 */
export function rank(q: number, total: number): number {
  return q >= 1 ? Number.POSITIVE_INFINITY : q * total * (1 - SLACK);
}

/** Whether a running weight that reached {@link rank} `target` stands exactly on it, within the same slack. */
export function onRank(running: number, target: number): boolean {
  return running <= target * (1 + 2 * SLACK);
}
