import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Component, findProgram, freePort, runProgram, startComponent } from '../helper/components.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const carbonCache = findProgram('carbon-cache');
const whisperFetch = findProgram('whisper-fetch');
const missing = carbonCache === undefined || whisperFetch === undefined;

describe.skipIf(missing)('carbon-cache', () => {
  test('a real carbon stores every window, those of its restart too', async () => {
    const carbon = await prepareCarbon();
    let component = await carbon.start();
    const server = await startServer({
      flushInterval: '1s',
      selfMetrics: true,
      retry: { min: '100ms', max: '500ms' },
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [jsonConsole, { type: 'graphite', port: carbon.port }],
    });

    await sendThrough(server, 3);
    await component.stop();
    await sendThrough(server, 3);
    component = await carbon.start();
    await sendThrough(server, 3);
    const sent = windowsOf(server, 'shop.hits');
    expect(sent.size).toBeGreaterThanOrEqual(9);

    const stored = () => carbon.points('stats/counters/shop/hits/count.wsp');
    await expect.poll(async () => missingFrom(await stored(), sent), { timeout: 30_000, interval: 500 }).toEqual([]);
    const gauge = await carbon.points('stats/gauges/shop/depth.wsp');
    expect([...sent.keys()].filter((time) => gauge.get(time) !== 42)).toEqual([]);
    expect(server.total('statsdrain.backend.lost_windows')).toBe(0);
    expect(server.total('statsdrain.backend.failures', 'backend:graphite')).toBeGreaterThan(0);
    expect(component.running).toBe(true);
    expect(await server.stop()).toBe(0);
  }, 90_000);
});

/** Sends a number of its own in each of the next windows. */
async function sendThrough(server: Server, windows: number): Promise<void> {
  for (let index = 0; index < windows; index++) {
    const before = server.windows.length;
    await sendStream(server.port('tcp'), `shop.hits:${before + 1}|c\nshop.depth:42|g`);
    const total = windowsOf(server, 'shop.hits').size;
    await server.until('the window', () => windowsOf(server, 'shop.hits').size > total);
  }
}

/** By the end of each window in Unix seconds: the counter's value as the console showed it. */
function windowsOf({ entries }: Server, name: string): Map<number, number> {
  return new Map(entries.filter((entry) => entry.name === name).map(({ window, value = 0 }) => [window, value]));
}

function missingFrom(stored: ReadonlyMap<number, number>, sent: ReadonlyMap<number, number>): [number, number][] {
  return [...sent].filter(([time, value]) => stored.get(time) !== value);
}

interface Carbon {
  readonly port: number;
  start(): Promise<Component>;
  /** The points of a Whisper file by Unix seconds. */
  points(file: string): Promise<Map<number, number>>;
}

async function prepareCarbon(): Promise<Carbon> {
  const folder = temporaryFolder();
  const [port, pickle, query] = [await freePort(), await freePort(), await freePort()];
  const storage = join(folder, 'whisper');
  for (const name of ['conf', 'whisper', 'log', 'run']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'conf', 'carbon.conf'),
    `[cache]
STORAGE_DIR = ${folder}
CONF_DIR = ${join(folder, 'conf')}
LOG_DIR = ${join(folder, 'log')}
PID_DIR = ${join(folder, 'run')}
LOCAL_DATA_DIR = ${storage}
USER =
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${query}
ENABLE_UDP_LISTENER = False
ENABLE_TAGS = False
WHISPER_AUTOFLUSH = True
WHISPER_FALLOCATE_CREATE = False
`,
  );
  writeFileSync(join(folder, 'conf', 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:10m\n');
  const pidFile = join(folder, 'run', 'carbon.pid');

  return {
    port,
    async start() {
      const component = startComponent(carbonCache!, [
        `--config=${join(folder, 'conf', 'carbon.conf')}`,
        `--pidfile=${pidFile}`,
        `--logdir=${join(folder, 'log')}`,
        '--debug',
        'start',
      ]);
      const listens = () => {
        if (!component.running) throw new Error(`carbon-cache ended:\n${component.output}`);
        return accepts(port);
      };
      await expect.poll(listens, { timeout: 20_000, interval: 100 }).toBe(true);
      return component;
    },
    async points(file) {
      const path = join(storage, file);
      if (!existsSync(path)) return new Map();
      const { code, output } = await runProgram(whisperFetch!, ['--json', '--from=0', path]);
      if (code !== 0) return new Map();
      const { start, step, values } = JSON.parse(output) as { start: number; step: number; values: (number | null)[] };
      return new Map(values.flatMap((value, index) => (value === null ? [] : [[start + index * step, value]])));
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
