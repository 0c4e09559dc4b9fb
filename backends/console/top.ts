/** The first of all that is added, in an order. Holds no more than twice as many as it gives. */
export interface Top<T> {
  add(item: T): void;
  /** No more than `limit`, in their order. */
  take(): readonly T[];
}

export function createTop<T>(limit: number, compare: (a: T, b: T) => number): Top<T> {
  const items: T[] = [];
  /** What comes behind it is not among the first. */
  let last: T | undefined;

  function cut(): void {
    items.sort(compare);
    if (items.length < limit) return;
    items.length = limit;
    last = items[limit - 1];
  }

  return {
    add(item) {
      if (last !== undefined && compare(item, last) >= 0) return;
      items.push(item);
      if (items.length >= 2 * limit) cut();
    },
    take() {
      cut();
      return items;
    },
  };
}
