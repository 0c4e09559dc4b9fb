import { createRequire } from 'node:module';
import type { ModuleGuard } from '../plugin.ts';
import { messageOf } from './error-text.ts';

/** A block with `"compat": "statsd"`, as the core makes it for the plugin that runs its module. */
export interface OriginalBlock {
  /** Absolute path. */
  readonly module: string;
  /** As `use` names it. */
  readonly name: string;
  /** The other keys of the block. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a module is, by the function that the original daemon calls first. */
const roles = { init: 'back-end', start: 'server' } as const;
type Entry = keyof typeof roles;

/**
 * What a CommonJS module exports, or its `default`: the first that has the function `entry`. Throws a sentence with the module's
 * name when it cannot be loaded or has none. What else it has is not checked.
 */
export function loadOriginal<Module>(
  { module: file, name }: OriginalBlock,
  guard: ModuleGuard,
  entry: Entry & keyof Module,
): Module {
  let exported: unknown;
  try {
    exported = guard.runOrThrow(() => createRequire(file)(file));
  } catch (error) {
    throw new Error(`the module "${name}" (${file}) cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const candidates = [exported, (exported as { default?: unknown } | null | undefined)?.default];
  const module = candidates.find((value): value is Module => hasFunction(value, entry));
  if (module !== undefined) return module;
  throw new Error(
    `the module "${name}" (${file}) exports no function "${entry}", so it is no ${roles[entry]} of the original StatsD daemon; remove "compat" if it is a plugin of statsdrain`,
  );
}

/** Calls the function `entry` of a module. Throws unless it says that all is well. */
export function enterOriginal({ name }: OriginalBlock, guard: ModuleGuard, entry: Entry, call: () => unknown): void {
  let result: unknown;
  try {
    result = guard.runOrThrow(call);
  } catch (error) {
    throw new Error(`the function "${entry}" of module "${name}" failed: ${messageOf(error)}`, { cause: error });
  }
  if (result) return;
  throw new Error(
    `module "${name}" refused to start: its function "${entry}" gave ${String(result)}; look at its messages above and at its keys in the configuration`,
  );
}

function hasFunction(value: unknown, name: string): boolean {
  const mayHave = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return mayHave && typeof Reflect.get(value, name) === 'function';
}
