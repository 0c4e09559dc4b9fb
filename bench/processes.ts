import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Children of the benches. Each is ended by its own handle, at the latest when this process ends. */
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

function track(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A module of this folder in a process of its own, to talk to with {@link ask}. */
export function startModule(module: string, ...args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(module, import.meta.url));
  return track(fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
}

/** Any script of Node in a process of its own, with a pipe for what it writes to stderr. */
export function startScript(script: string, ...args: readonly string[]): ChildProcess {
  const preload = fileURLToPath(new URL('./preload.cjs', import.meta.url));
  return track(fork(script, args, { execArgv: ['--require', preload], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
}

/** The next message of a child. Rejects when it ends without one. */
export async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(child, 'exit', { signal }).then(([code, by]): never => {
    throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with ${by ?? code} and gave no answer`);
  });
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
    return answer as Answer;
  } finally {
    ended.catch(() => undefined);
    waiting.abort();
  }
}

export function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(question);
  return answer;
}

export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** USER_HZ, which is 100 on every architecture that Node runs on (proc_pid_stat(5)). */
const TICKS_PER_SECOND = 100;
/** utime and stime, counted from the state, which is the first field after the name in brackets. */
const UTIME = 11;
const STIME = 12;

/** Seconds of CPU, user and system, that all threads of a process have used so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/**
 * Milliseconds of CPU that the threads of a process have used so far. Finer than {@link cpuSeconds}, which counts in hundredths
 * of a second; without the threads that have ended.
 */
export function cpuMs(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]);
  }
  return sum / 1e6;
}

/** MB of memory that a process has held at most. */
export function peakRss(pid: number): number {
  return statusOf(pid, 'VmHWM');
}

/** MB of memory that a process holds. */
export function rssOf(pid: number): number {
  return statusOf(pid, 'VmRSS');
}

function statusOf(pid: number, key: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
}
