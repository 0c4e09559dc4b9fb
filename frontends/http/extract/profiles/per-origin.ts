import type { Origin } from '../origin.ts';

/** Something for each origin, for as long as that is held; the last one is looked up no second time. */
export function perOrigin<Value>(make: () => Value): (origin: Origin) => Value {
  const values = new WeakMap<Origin, Value>();
  let lastOrigin: Origin | undefined;
  let last: Value | undefined;
  return (origin) => {
    if (origin === lastOrigin && last !== undefined) return last;
    const value = values.get(origin) ?? make();
    values.set(origin, value);
    lastOrigin = origin;
    last = value;
    return value;
  };
}
