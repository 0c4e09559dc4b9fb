/** What {@link copyOut} found: the value as JSON, or what cannot be copied. */
export interface Copied {
  readonly value: unknown;
  readonly problems: readonly { readonly path: readonly (string | number)[]; readonly text: string }[];
}

/**
 * Copies a value out as plain data and gives it as JSON. It runs inside the context of the configuration, from its source
 * text, so that getters and proxies stay there and under its deadline: it uses nothing from outside.
 */
export function copyOut(root: unknown): string {
  const deepest = 20;
  const problems: { path: (string | number)[]; text: string }[] = [];
  let values = 100_000;
  let characters = 1_000_000;

  function full(): boolean {
    return values < 0 || characters < 0;
  }

  function refuse(path: (string | number)[], text: string): undefined {
    if (problems.length < 20) problems.push({ path, text });
    return undefined;
  }

  function copyObject(value: object, path: (string | number)[]): unknown {
    if (path.length >= deepest) return refuse(path, `nested more than ${deepest} levels deep`);
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (let i = 0; i < value.length && !full(); i++) list.push(copy(value[i], [...path, i]) ?? null);
      return list;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) return refuse(path, 'this object is no plain data');
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      if (full()) break;
      characters -= key.length;
      const item = copy((value as Record<string, unknown>)[key], [...path, key]);
      if (item !== undefined) entries.push([key, item]);
    }
    return Object.fromEntries(entries);
  }

  function copy(value: unknown, path: (string | number)[]): unknown {
    values--;
    switch (typeof value) {
      case 'string':
        characters -= value.length;
        return value;
      case 'boolean':
      case 'undefined':
        return value;
      case 'number':
        return Number.isFinite(value) ? value : refuse(path, `${value} cannot be used as a value`);
      case 'object':
        return value === null ? null : copyObject(value, path);
      default:
        return refuse(path, `a ${typeof value} cannot be used as a value; write the value that is meant`);
    }
  }

  const value = copy(root, []);
  if (full())
    return JSON.stringify({ problems: [{ path: [], text: 'holds more than 100,000 values or 1 MB of text' }] });
  return JSON.stringify({ value, problems });
}
