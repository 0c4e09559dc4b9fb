import { AsyncLocalStorage } from 'node:async_hooks';
import { sep } from 'node:path';
import { messageOf } from '../kit/error-text.ts';
import { seldom } from '../kit/seldom.ts';
import type { Logger, ModuleGuard } from '../plugin.ts';
import { handledElsewhere } from '../process/crash.ts';

interface Owner {
  /** The folder of the module's package with a separator at the end, or the module's file. */
  readonly place: string;
  readonly failed: (error: unknown) => void;
}

/** What started a callback, a timer or a socket: also of errors whose stack shows only Node itself. */
const running = new AsyncLocalStorage<Owner>();
/** By `place`; a module is never unloaded, and what it left running may fail after its back-end has stopped. */
const owners = new Map<string, Owner>();

/** Guards one module, see {@link ModuleGuard}. `file` is its absolute path. */
export function guardModule(
  file: string,
  report: { readonly log: Logger; count(name: string, value: number): void },
): ModuleGuard {
  const failed = errorReport(report);
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

/** Counts errors as `module.errors`, and logs them now and then. */
function errorReport({ count, log }: Parameters<typeof guardModule>[1]): (error: unknown) => void {
  const logError = seldom((errors, error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const place = /\((\/[^)]+:\d+:\d+)\)|at (\/\S+:\d+:\d+)/.exec(stack);
    const where = place?.[1] ?? place?.[2];
    log.error(`the module failed: ${messageOf(error)}${where === undefined ? '' : ` (${where})`}`, { errors });
  });
  return (error) => {
    count('module.errors', 1);
    logError(error);
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
  // It is not for one module to end the others.
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
  if (handledElsewhere()) return;
  setImmediate(() => {
    throw error;
  });
}
