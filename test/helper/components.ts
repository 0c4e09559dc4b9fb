import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { linesOf } from './lines-of.ts';

/** The path of a program that this machine has, in PATH or where Debian puts it. */
export function findProgram(name: string): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Component {
  /** What it has written to both of its streams. */
  readonly output: string;
  readonly running: boolean;
  /** Ends it by SIGTERM and waits for its end. */
  stop(): Promise<void>;
}

/** Starts a program that is ended when the test ends. */
export function startComponent(program: string, args: readonly string[], options: SpawnOptions = {}): Component {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let output = '';
  collect(child, (line) => {
    output += `${line}\n`;
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return {
    get output() {
      return output;
    },
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end with `input`; it is ended after 20 s. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 20_000 });
  let output = '';
  collect(child, (line) => {
    output += `${line}\n`;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function collect(child: ChildProcess, take: (line: string) => void): void {
  linesOf(child.stdout!, take, () => undefined);
  linesOf(child.stderr!, take, () => undefined);
}

/** Whether something listens on a TCP port of the loopback. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
