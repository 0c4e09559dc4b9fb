/** Sums by key since they were last taken. */
export interface Counts {
  add(key: string, amount: number): void;
  take(): ReadonlyMap<string, number>;
}

export function createCounts(): Counts {
  let sums = new Map<string, number>();
  return {
    add: (key, amount) => sums.set(key, (sums.get(key) ?? 0) + amount),
    take() {
      const taken = sums;
      sums = new Map();
      return taken;
    },
  };
}
