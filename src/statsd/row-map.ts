/**
 * A `ReadonlyMap` over rows: `keys[r]` and what `valueAt(r)` makes of it when it is asked for. A million entries of a
 * `Map` take half a second to fill; here a walk makes what it looks at, and `get` an index when it is first called.
 */
export function rowMap<V>(keys: readonly string[], valueAt: (row: number) => V): ReadonlyMap<string, V> {
  let index: Map<string, number> | undefined;

  function rowOf(key: string): number | undefined {
    index ??= new Map(keys.map((name, row) => [name, row] as const));
    return index.get(key);
  }

  function* entries(): Generator<[string, V], undefined, unknown> {
    for (let row = 0; row < keys.length; row++) yield [keys[row]!, valueAt(row)];
    return undefined;
  }

  function* values(): Generator<V, undefined, unknown> {
    for (let row = 0; row < keys.length; row++) yield valueAt(row);
    return undefined;
  }

  const map: ReadonlyMap<string, V> = {
    size: keys.length,
    has: (key) => rowOf(key) !== undefined,
    get(key) {
      const row = rowOf(key);
      return row === undefined ? undefined : valueAt(row);
    },
    forEach(callback, thisArg) {
      for (let row = 0; row < keys.length; row++) callback.call(thisArg, valueAt(row), keys[row]!, map);
    },
    entries,
    keys: () => keys.values(),
    values,
    [Symbol.iterator]: entries,
  };
  return map;
}
