import { AsyncLocalStorage } from 'node:async_hooks';
import { sep } from 'node:path';

/**
 * One module written for the original daemon, whose mistakes are its own: what it throws, now or later (in timers, in
 * callbacks, as an `error` event that nobody listens to, as a rejection), is given to `failed` and ends nothing.
 */
export interface Guard {
  /** Runs code of the module. Gives undefined when it throws. */
  run<T>(code: () => T): T | undefined;
  /** As `run`, but throws what the module throws. */
  runOrThrow<T>(code: () => T): T;
}

interface Owner {
  /** The folder of the module's package with a separator at the end, or the module's file. */
  readonly place: string;
  readonly failed: (error: unknown) => void;
}

/** What started a callback, a timer or a socket: also of errors whose stack shows only Node itself. */
const running = new AsyncLocalStorage<Owner>();
/** By `place`; a module is never unloaded, and what it left running may fail after its back-end has stopped. */
const owners = new Map<string, Owner>();

export function guardModule(file: string, failed: (error: unknown) => void): Guard {
  const owner: Owner = { place: placeOf(file), failed };
  if (owners.size === 0) watchThread();
  owners.set(owner.place, owner);
  const runOrThrow = <T>(code: () => T): T => running.run(owner, code);
  return {
    runOrThrow,
    run(code) {
      try {
        return runOrThrow(code);
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
  };
}

function placeOf(file: string): string {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  if (at < 0) return file;
  const inside = file.slice(at + marker.length).split(sep);
  const depth = inside[0]?.startsWith('@') ? 2 : 1;
  return file.slice(0, at + marker.length) + inside.slice(0, depth).join(sep) + sep;
}

/** By what is running, or else (a microtask of Node 20 has lost it) by the stack. */
function ownerOf(stack: string | undefined): Owner | undefined {
  const owner = running.getStore();
  if (owner !== undefined || stack === undefined) return owner;
  return [...owners.values()].find(({ place }) => stack.includes(place));
}

function watchThread(): void {
  process.on('uncaughtException', onUncaught);
  const exit = process.exit;
  // In this thread it would end all back-ends and no process.
  process.exit = (code) => {
    if (ownerOf(new Error().stack) === undefined) return exit.call(process, code);
    throw new Error(`called process.exit(${code ?? ''})`);
  };
}

/** Unhandled rejections come here too. */
function onUncaught(error: unknown): void {
  const owner = ownerOf(error instanceof Error ? error.stack : undefined);
  if (owner !== undefined) {
    owner.failed(error);
    return;
  }
  // As if nobody listened: the thread ends with this error.
  process.off('uncaughtException', onUncaught);
  if (process.listenerCount('uncaughtException') > 0) return;
  setImmediate(() => {
    throw error;
  });
}
