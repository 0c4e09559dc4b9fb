import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../config/problem.ts';
import { escapeControls } from '../kit/escape.ts';
import { CONFIGURATION, FAILED, USAGE } from '../process/exit-codes.ts';
import { masked } from '../process/secrets.ts';
import { defaultFile } from './configuration.ts';
import { type Io, UsageError } from './io.ts';
import { serveFile } from './serve-file.ts';

/**
 * Runs a command line (without node and script), and gives the exit code: 0, or after a message on standard error 64 for a wrong
 * command line, 78 for a wrong configuration and 1 for anything else.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [escapeControls((error as Error).message)];
    const name = io.color ? '\u001b[31mstatsdrain:\u001b[0m' : 'statsdrain:';
    for (const problem of problems) io.err(`${name} ${masked(problem)}\n`);
    return codeOf(error);
  }
}

function codeOf(error: unknown): number {
  if (error instanceof ConfigError) return CONFIGURATION;
  return error instanceof UsageError ? USAGE : FAILED;
}

async function run([first, ...rest]: readonly string[], io: Io): Promise<number> {
  if (first === undefined) return serveFile(defaultFile(io.cwd), [], io);
  // No command is called like a path: a server need not know what commands there are.
  if (/[./\\]/.test(first) && !first.startsWith('-') && existsSync(resolve(io.cwd, first)))
    return serveFile(first, rest, io);
  const { runWord } = await import('./words.ts');
  return runWord(first, rest, io);
}
