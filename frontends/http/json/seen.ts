/** Remembers ids, at least the last `capacity` of them and at most twice as many. */
export interface Seen {
  /** True the first time. */
  isNew(id: string): boolean;
}

const CAPACITY = 20_000;
/** Characters. Longer ones are not remembered, and always new. */
const LONGEST = 200;

export function createSeen(capacity = CAPACITY): Seen {
  let current = new Set<string>();
  let older = new Set<string>();
  return {
    isNew(id) {
      if (id.length > LONGEST) return true;
      if (current.has(id) || older.has(id)) return false;
      if (current.size >= capacity) {
        older = current;
        current = new Set();
      }
      current.add(id);
      return true;
    },
  };
}
