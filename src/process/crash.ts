import { inspect } from 'node:util';
import { faultOf } from '../kit/error-text.ts';
import type { Logger } from '../plugin.ts';
import { FAILED } from './exit-codes.ts';

let lastResort: ((error: unknown) => void) | undefined;

/**
 * Logs an error that nobody caught, in a callback of a plug-in most likely, and ends the process. Node.js would print it as it is,
 * with the secrets that the plug-in may have quoted. Unhandled rejections come here too. Of the other threads they end the
 * thread, whose end the main thread logs.
 *
 * Node.js writes no report of such an error either. Those that it writes of others list the environment, which is left out
 * where Node.js can do that (22.13 and later).
 */
export function watchCrashes(log: Logger): void {
  lastResort = (error) => {
    if (handledElsewhere()) return;
    log.error(`nobody caught an error: ${faultOf(error)}; the process ends so that it is started again`, {
      error: inspect(error),
    });
    process.exit(FAILED);
  };
  process.on('uncaughtException', lastResort);
  Object.assign(process.report, { excludeEnv: true });
}

/** Whether somebody else looks after errors that nobody caught: the guard of foreign modules, or one of these. */
export function handledElsewhere(): boolean {
  return process.listeners('uncaughtException').some((listener) => listener !== lastResort);
}
