import type { FrontendContext } from '../plugin.ts';

interface Owner {
  readonly name: string;
  /** Its plugin. */
  readonly module: string;
}

/** What front-ends keep beyond their own life, see {@link FrontendContext.kept}. */
export interface Memories {
  of(owner: Owner): FrontendContext['kept'];
  /** Lets go of what belongs to others. */
  keepOnly(owners: readonly Owner[]): void;
}

export function createMemories(): Memories {
  const memories = new Map<string, { readonly module: string; readonly values: Map<string, unknown> }>();
  return {
    of({ name, module }) {
      const before = memories.get(name);
      const memory = before?.module === module ? before : { module, values: new Map<string, unknown>() };
      memories.set(name, memory);
      return <T>(key: string, make: () => T) => {
        if (!memory.values.has(key)) memory.values.set(key, make());
        return memory.values.get(key) as T;
      };
    },
    keepOnly(owners) {
      const modules = new Map(owners.map(({ name, module }) => [name, module]));
      for (const [name, { module }] of memories) if (modules.get(name) !== module) memories.delete(name);
    },
  };
}
