/** Bodies that were taken: a sender that did not see the answer sends one again, with the same id. */
export interface Taken {
  has(id: string): boolean;
  add(id: string): void;
}

/**
 * Remembers an id for at least `ttlMs` and at most twice as long, and at most `capacity` ids. Two generations: one is
 * filled, both are asked, and the older one goes as a whole, so that nothing is ever searched for what is old.
 */
export function createTaken(ttlMs: number, capacity: number, now: () => number = () => performance.now()): Taken {
  let young = new Set<string>();
  let old = new Set<string>();
  let bornMs = now();

  const age = () => {
    const elapsed = now() - bornMs;
    if (elapsed < ttlMs && young.size < capacity / 2) return;
    old = elapsed < 2 * ttlMs ? young : new Set();
    young = new Set();
    bornMs = now();
  };
  return {
    has(id) {
      age();
      return young.has(id) || old.has(id);
    },
    add(id) {
      age();
      young.add(id);
    },
  };
}
