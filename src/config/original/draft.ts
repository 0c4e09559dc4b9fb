import { type ConfigPath, pathKey } from '../problem.ts';

export interface NativeConfig {
  [key: string]: unknown;
}

/** A native configuration in the making, which knows of its values from which of the original's keys they come. */
export interface Draft {
  readonly root: NativeConfig;
  /** By `pathKey` of a place in `root`: the place in the original's configuration. */
  readonly origins: ReadonlyMap<string, ConfigPath>;
  readonly notes: readonly string[];
  /** Nothing happens for an undefined value. Lists grow by one when the next index is set. */
  set(path: ConfigPath, value: unknown, origin?: ConfigPath): void;
  /** What differs from the original, in a short sentence that begins with the key. */
  note(text: string): void;
}

export function createDraft(): Draft {
  const root: NativeConfig = {};
  const origins = new Map<string, ConfigPath>();
  const notes: string[] = [];
  return {
    root,
    origins,
    notes,
    set(path, value, origin) {
      if (value === undefined) return;
      if (origin !== undefined) origins.set(pathKey(path), origin);
      let parent = root as Record<string | number, unknown>;
      for (const [index, key] of path.slice(0, -1).entries()) {
        const next = Object.hasOwn(parent, key) ? parent[key] : typeof path[index + 1] === 'number' ? [] : {};
        parent[key] = next;
        parent = next as Record<string | number, unknown>;
      }
      const last = path.at(-1);
      if (last !== undefined) parent[last] = value;
    },
    note(text) {
      if (!notes.includes(text)) notes.push(text);
    },
  };
}

/** The place in the original's configuration that gave what is at `path`, or the nearest one around it. */
export function originOf(origins: ReadonlyMap<string, ConfigPath>, path: ConfigPath): ConfigPath {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(pathKey(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return [];
}
