import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Column, Figures } from './bench.ts';
import type { Consumer } from './consumers.ts';
import type { Fed } from './feed.ts';
import { freePort } from './free-port.ts';
import type { Workload } from './lines.ts';
import { answerOf, end, startModule } from './processes.ts';
import { startStatsdWith } from './servers.ts';

/** Of the benches that need no socket. */
export const lineColumns: readonly Column[] = [
  { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
  { key: 'linesPerCpuSecond', label: 'k lines per CPU second', digits: 0 },
];

/** Runs a consumer of `consumers.ts`. */
export function runConsumer(consumer: Consumer, workload: Workload, seconds: number): Promise<Figures> {
  return figuresOf(startModule('./consumers.js', consumer, workload.name, String(seconds)));
}

/** Runs lines of a kind of `line-kinds.ts` through the shard. */
export function runKind(kind: string, seconds: number): Promise<Figures> {
  return figuresOf(startModule('./kind-consumer.js', kind, String(seconds)));
}

/** Runs the packet function of the npm package `statsd`. */
export async function runStatsd(workload: Workload, seconds: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-bench-'));
  const config = join(folder, 'config.js');
  const mgmt_port = await freePort();
  const server = fileURLToPath(new URL('./statsd-feeder.cjs', import.meta.url));
  try {
    const settings = { mgmt_port, mgmt_address: '127.0.0.1', servers: [{ server, workload: workload.name, seconds }] };
    return await figuresOf(await startStatsdWith(config, settings));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function figuresOf(child: ChildProcess): Promise<Figures> {
  try {
    const { lines, cpu } = await answerOf<Fed>(child);
    return { cpuPerLine: cpu / lines, linesPerCpuSecond: (lines / cpu) * 1000 };
  } finally {
    await end(child, 'SIGKILL');
  }
}
