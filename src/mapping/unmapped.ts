import type { MetricType, UnmappedName } from '../plugin.ts';

/** Names that no rule fits, each once for each type. */
export interface UnmappedNames {
  add(type: MetricType, name: string): void;
  /** The latest last. */
  list(): readonly UnmappedName[];
}

/** Names that are remembered, those that came last. */
const MOST = 1000;

export function createUnmappedNames(): UnmappedNames {
  const known = new Map<string, UnmappedName>();
  return {
    add(type, name) {
      const key = `${type} ${name}`;
      known.delete(key);
      if (known.size >= MOST) known.delete(known.keys().next().value!);
      known.set(key, { name, type });
    },
    list: () => [...known.values()],
  };
}
