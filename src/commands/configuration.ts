import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/load.ts';
import { bundledExample } from '../process/package.ts';
import type { Io } from './io.ts';

/** The file that runs without an argument: `./config.json`, or else the bundled example. Absolute. */
export function defaultFile(cwd: string): string {
  const own = resolve(cwd, 'config.json');
  return existsSync(own) ? own : bundledExample();
}

/** Loaded late: help and version need no zod. */
export async function load(file: string, io: Io, text?: string): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(file, io.env, text);
}

/** What stands before the configuration, and the configuration as it was given, where the last argument names one. */
export interface Divided {
  readonly words: readonly string[];
  readonly given: string | undefined;
}

/**
 * Divides arguments of which the last may be a configuration: it is one when it is a file that exists, or ends in `.json`. What has a `|` is a line of
 * StatsD whatever it is called.
 */
export function divide(args: readonly string[], cwd: string): Divided {
  const last = args.at(-1);
  if (last === undefined || !namesFile(last, cwd)) return { words: args, given: undefined };
  return { words: args.slice(0, -1), given: last };
}

function namesFile(word: string, cwd: string): boolean {
  if (/[|\n]/.test(word) || word === '') return false;
  if (word.endsWith('.json')) return true;
  // A pipe will do (`<(…)`), a folder of this name not.
  return statSync(resolve(cwd, word), { throwIfNoEntry: false })?.isDirectory() === false;
}
