import { existsSync } from 'node:fs';
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
