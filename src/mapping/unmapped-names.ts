import type { MetricType } from '../plugin.ts';

/** Names that no rule fits, each once for each type. */
export interface UnmappedNames {
  add(type: MetricType, name: string): void;
  /** Those that came last are at the end. */
  list(): readonly { readonly name: string; readonly type: MetricType }[];
}

/** Of more names than `most` the oldest are forgotten. */
export function createUnmappedNames(most: number): UnmappedNames {
  const names = new Map<string, { readonly name: string; readonly type: MetricType }>();
  return {
    add(type, name) {
      const key = `${type} ${name}`;
      names.delete(key);
      names.set(key, { name, type });
      if (names.size > most) names.delete(names.keys().next().value!);
    },
    list: () => [...names.values()],
  };
}
