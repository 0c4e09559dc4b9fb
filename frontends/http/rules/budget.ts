/** How much of the CPU a rule may take: this part of the time, told apart by windows of this length. */
export const SHARE = 0.2;
export const WINDOW_MS = 10_000;

/** What one rule takes of the CPU. */
export interface Budget {
  /** False for the rest of a window in which the rule has had its share. */
  allows(nowMs: number): boolean;
  /** The rule has taken this long. True where that was the last of its share. */
  spend(ms: number, nowMs: number): boolean;
}

export function createBudget(): Budget {
  let windowEndMs = 0;
  let leftMs = 0;

  function turn(nowMs: number): void {
    if (nowMs < windowEndMs) return;
    windowEndMs = nowMs + WINDOW_MS;
    leftMs = SHARE * WINDOW_MS;
  }

  return {
    allows(nowMs) {
      turn(nowMs);
      return leftMs > 0;
    },
    spend(ms, nowMs) {
      turn(nowMs);
      const had = leftMs > 0;
      leftMs -= ms;
      return had && leftMs <= 0;
    },
  };
}
