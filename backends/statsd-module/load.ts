import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { messageOf } from '../../src/kit/error-text.ts';
import type { ModuleGuard } from '../../src/plugin.ts';

/** What statsd 0.9 asks of a back-end (docs/backend_interface.md); `stop` is called only by its tests. */
export interface OriginalBackend {
  init(startupTime: number, config: object, events: EventEmitter, logger: object): unknown;
  stop?(done: () => void): unknown;
}

/** Loads the CommonJS module in `file` anew, so that two blocks with one module do not share its variables. */
export function loadModule(name: string, file: string, guard: ModuleGuard): OriginalBackend {
  const require = createRequire(file);
  delete require.cache[file];
  let exported: unknown;
  try {
    exported = guard.runOrThrow(() => require(file));
  } catch (error) {
    throw new Error(`the module "${name}" (${file}) cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const backend = [exported, (exported as { default?: unknown } | null | undefined)?.default].find(hasInit);
  if (backend !== undefined) return backend;
  throw new Error(
    `the module "${name}" (${file}) exports no function "init", so it is no back-end of the original StatsD daemon; remove "compat" if it is a plugin of statsdrain`,
  );
}

function hasInit(value: unknown): value is OriginalBackend {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && 'init' in value
    ? typeof value.init === 'function'
    : false;
}

/** Throws unless `init` says that all is well. */
export function initModule(
  name: string,
  guard: ModuleGuard,
  backend: OriginalBackend,
  [startupTime, config, logger]: readonly [number, object, object],
): EventEmitter {
  const events = new EventEmitter();
  let result: unknown;
  try {
    result = guard.runOrThrow(() => backend.init(startupTime, config, events, logger));
  } catch (error) {
    throw new Error(`the function "init" of module "${name}" failed: ${messageOf(error)}`, { cause: error });
  }
  if (result) return events;
  throw new Error(
    `module "${name}" refused to start: its function "init" gave ${String(result)}; look at its messages above and at its keys in the configuration`,
  );
}
