import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Totals } from './discard.ts';
import { packageRoot } from './environment.ts';
import { freePort } from './free-port.ts';
import { answerOf, end, startModule, startScript } from './processes.ts';
import { waitForConnection, waitForSocket } from './udp-socket.ts';

/** A program under test, in a process of its own. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Of the Unix socket, where it listens on one instead. */
  readonly path?: string;
  /** To ask a plug-in of the bench in it. */
  readonly child?: ChildProcess;
  /** Gives what the program itself counted, where it counts. */
  stop(): Promise<Totals | undefined>;
}

/** Milliseconds. Ten times as often as by default, so that each run holds its share of windows. */
export const FLUSH_MS = 1000;

export interface StatsdrainOptions {
  /** Of the front-end, which listens on a port of the loopback; `unix` on a socket of datagrams. */
  readonly type: 'udp' | 'tcp' | 'http' | 'unix';
  /** Further keys of its block. */
  readonly block?: object;
  /** Besides it. */
  readonly frontends?: readonly object[];
  /** Besides one that walks each window and discards it. */
  readonly backends?: readonly object[];
  readonly flushMs?: number;
  /** Default: room for the series of the largest workload. */
  readonly limits?: object;
  /** Further keys of the configuration. */
  readonly more?: object;
}

/** Series of the largest workload, and statsdrain's own. */
const MOST_SERIES = 1_200_000;
export const SERIES_LIMITS = { series: MOST_SERIES, seriesPerName: MOST_SERIES };

/** The whole server with one front-end. */
export async function startStatsdrain({
  type,
  block = {},
  frontends = [],
  backends = [],
  flushMs = FLUSH_MS,
  limits = SERIES_LIMITS,
  more = {},
}: StatsdrainOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-bench-'));
  const config = join(folder, 'config.json');
  const totals = join(folder, 'totals.json');
  const path = join(folder, 'datagrams.sock');
  const address = type === 'unix' ? { path, mode: 'datagram' } : { host: '127.0.0.1', port: 0 };
  await writeFile(
    config,
    JSON.stringify({
      ...more,
      flushInterval: flushMs,
      limits,
      frontends: [{ type, ...address, ...block }, ...frontends],
      backends: [...backends, { use: fileURLToPath(new URL('./discard.js', import.meta.url)), totals }],
    }),
  );
  const child = startScript(fileURLToPath(new URL('dist/src/cli.js', packageRoot)), config);
  try {
    return {
      pid: child.pid!,
      port: await loggedPort(child, type),
      path,
      child,
      async stop() {
        await end(child, 'SIGTERM');
        try {
          return JSON.parse(readFileSync(totals, 'utf8')) as Totals;
        } finally {
          await rm(folder, { recursive: true });
        }
      },
    };
  } catch (error) {
    await end(child, 'SIGKILL');
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** The port in the log line that says `ready`; 0 of a Unix socket. */
async function loggedPort(child: ChildProcess, scheme: string): Promise<number> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    seen.push(line);
    const address = scheme === 'unix' ? /unix:()/ : new RegExp(`${scheme}://127\\.0\\.0\\.1:(\\d+)`);
    const port = line.includes('"ready"') ? address.exec(line)?.[1] : undefined;
    if (port === undefined) continue;
    child.stderr!.resume();
    return Number(port);
  }
  throw new Error(`statsdrain did not start:\n${seen.join('\n')}`);
}

/** Writes `config` and starts the npm package `statsd` with it: no back-end, so that it aggregates and sends nowhere. */
export async function startStatsdWith(config: string, settings: object): Promise<ChildProcess> {
  const common = { backends: [], flushInterval: FLUSH_MS, title: false, automaticConfigReload: false };
  await writeFile(config, `(${JSON.stringify({ ...common, ...settings })})`);
  const script = fileURLToPath(new URL('node_modules/statsd/stats.js', packageRoot));
  return startScript(script, config);
}

export async function startStatsd(): Promise<Server> {
  const [port, mgmt_port] = [await freePort(), await freePort()];
  const host = '127.0.0.1';
  return startStatsdOn(port, { port, address: host, mgmt_port, mgmt_address: host }, () =>
    waitForSocket(port, () => true),
  );
}

export async function startStatsdTcp(): Promise<Server> {
  const [port, mgmt_port] = [await freePort(), await freePort()];
  const address = '127.0.0.1';
  const settings = { servers: [{ server: './servers/tcp', address, port }], mgmt_port, mgmt_address: address };
  return startStatsdOn(port, settings, () => waitForConnection(port));
}

async function startStatsdOn(port: number, settings: object, listening: () => Promise<unknown>): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'statsdrain-bench-'));
  const child = await startStatsdWith(join(folder, 'config.js'), settings);
  const stop = async () => {
    await end(child, 'SIGKILL');
    await rm(folder, { recursive: true });
    return undefined;
  };
  try {
    child.stderr!.pipe(process.stderr);
    await listening();
    return { pid: child.pid!, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A module of this folder that sends `{ port }` once it listens. */
export async function startListener(module: string): Promise<Server> {
  const child = startModule(module);
  const { port } = await answerOf<{ port: number }>(child);
  return {
    pid: child.pid!,
    port,
    async stop() {
      await end(child, 'SIGKILL');
      return undefined;
    },
  };
}
