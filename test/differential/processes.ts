import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linesOf } from '../helper/lines-of.ts';

/** A program of Node in a process of its own. */
export interface Program {
  readonly running: boolean;
  /** How it ended and what it wrote last; never before its end. */
  readonly ended: Promise<string>;
  /** What it has written to stderr. */
  readonly log: string;
  /** Waits until a line of stderr satisfies `condition`. Rejects when the program ends. */
  logged(condition: (line: string) => boolean): Promise<string>;
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Enough for the stack of a crash; a daemon that logs each bad line must not fill the memory. */
const LOG_LIMIT = 20_000;

export function startProgram(args: readonly string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let log = '';
  let over = false;
  const listeners = new Set<(line: string | undefined) => void>();
  linesOf(
    child.stderr!,
    (line) => {
      log = `${log}${line}\n`.slice(-LOG_LIMIT);
      for (const listener of listeners) listener(line);
    },
    () => undefined,
  );
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
    over = true;
    running.delete(child);
    for (const listener of listeners) listener(undefined);
    return `${args.join(' ')} ended with ${signal ?? code}:\n${log}`;
  });
  return {
    get running() {
      return !over;
    },
    ended,
    get log() {
      return log;
    },
    logged: (condition) =>
      new Promise((resolve, reject) => {
        const listener = (line: string | undefined) => {
          if (line !== undefined && !condition(line)) return;
          listeners.delete(listener);
          if (line === undefined) reject(new Error(`${args.join(' ')} ended:\n${log}`));
          else resolve(line);
        };
        listeners.add(listener);
        for (const line of log.split('\n')) if (condition(line)) return listener(line);
        if (over) listener(undefined);
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
