import { createRequire } from 'node:module';
import { format } from 'node:util';
import type { Logger } from '../../src/plugin.ts';

/** The fourth argument of `init`: as lib/logger.js of statsd 0.9 with its fields. */
export interface ModuleLogger {
  log(message: unknown, level?: string): void;
  readonly config: unknown;
  readonly backend: 'stdout';
  readonly level: 'LOG_INFO';
  readonly util: unknown;
}

/** Messages go to the log of statsdrain, those without a level at `info`. `config` is the key `log` of the original. */
export function moduleLogger(log: Logger, config: unknown): ModuleLogger {
  return {
    log: (message, level) => log[levelOf(level)](String(message)),
    config: config ?? {},
    backend: 'stdout',
    level: 'LOG_INFO',
    util: utilWithLog(),
  };
}

function levelOf(level: string | undefined): keyof Logger {
  switch (
    String(level ?? 'DEBUG')
      .toUpperCase()
      .replace(/^LOG_/, '')
  ) {
    case 'EMERG':
    case 'ALERT':
    case 'CRIT':
    case 'CRITICAL':
    case 'ERR':
    case 'ERROR':
      return 'error';
    case 'WARNING':
    case 'WARN':
      return 'warn';
    default:
      return 'info';
  }
}

/** The module `util` as `require` gives it; Node.js 23 took away its function `log`, which old modules call. */
function utilWithLog(): unknown {
  const util: { log?: unknown } = createRequire(import.meta.url)('node:util');
  addLog(util, (line) => console.log(line));
  return util;
}

/** Gives `util` a function `log` unless it has one. */
export function addLog(util: { log?: unknown }, print: (line: string) => void): void {
  if (typeof util.log === 'function') return;
  util.log = (...parts: unknown[]) => print(`${clock(new Date())} - ${format(...parts)}`);
}

/** `6 Nov 09:05:07`: as it was. */
function clock(now: Date): string {
  const [, month, day] = now.toDateString().split(' ');
  return `${Number(day)} ${month} ${now.toTimeString().slice(0, 8)}`;
}
