import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import graphite from '../../backends/graphite/index.ts';
import { freePort } from '../../bench/free-port.ts';
import { kit } from '../../src/config/kit.ts';
import { accepts, type Component, findProgram, runProgram, startComponent } from '../helper/components.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';
import { sendTo } from '../helper/sending.ts';
import { makeStatsd } from '../helper/statsd-hash.ts';
import { makeWindow, recordingContext } from '../helper/window.ts';

const carbonCache = findProgram('carbon-cache');
const whisperFetch = findProgram('whisper-fetch');
const missing = carbonCache === undefined || whisperFetch === undefined;

describe.skipIf(missing)('carbon-cache', () => {
  test.each(['text', 'pickle'] as const)(
    'a real carbon stores every window in %s, those of its restart too',
    async (protocol) => {
      const carbon = await prepareCarbon();
      let component = await carbon.start();
      const server = await startServer({
        flushInterval: '1s',
        selfMetrics: true,
        retry: { min: '100ms', max: '500ms' },
        frontends: [{ type: 'tcp', port: 0 }],
        backends: [jsonConsole, { type: 'graphite', protocol, port: carbon.ports[protocol] }],
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
    },
    90_000,
  );

  test.each(['text', 'pickle'] as const)(
    'hostile keys cost carbon no neighbour in %s',
    async (protocol) => {
      const carbon = await prepareCarbon();
      const component = await carbon.start();
      const context = recordingContext();
      const config = graphite.config!(kit).parse({ protocol, port: carbon.ports[protocol], statsd: {} });
      const backend = graphite.create(config, context);
      onTestFinished(() => backend.stop?.());
      const timestamp = Math.floor(Date.now() / 1000);
      const taken = [
        'first',
        "a;k='",
        'b;k=\\',
        'c;k=köln',
        'd;k=🌡',
        "e;k='\\n.",
        'f;k="',
        '__proto__',
        'g;k=\\u0041',
        'last',
      ];
      const refused = ['h;;', 'i;k=', '', 'j;=v'];
      const keys = [...taken, ...refused, 'k;x=1\n2 3', 'after;k=v'];
      const gauges = keys.map((key, index) => [key, index] as const);
      await sendTo(
        backend,
        { ...makeWindow(), statsd: makeStatsd({ timestamp, gauges }) },
        AbortSignal.timeout(10_000),
      );

      // Carbon writes in an order of its own, so any of them may be the last.
      const expected = new Map([
        ['statsd.numStats', keys.length],
        ...taken.map((key) => [`stats.gauges.${key}`, keys.indexOf(key)] as const),
        ['stats.gauges.k;x=1_2_3', keys.length - 2],
        ['stats.gauges.after;k=v', keys.length - 1],
      ]);
      for (const [path, value] of expected) {
        const stored = async () => (await carbon.points(fileOf(path))).get(timestamp);
        await expect.poll(stored, { message: path, timeout: 20_000 }).toBe(value);
      }
      expect(component.output).not.toMatch(/Traceback|invalid (?:line|pickle)/);
      expect(component.running).toBe(true);
      expect([...context.losses]).toEqual([]);
    },
    60_000,
  );

  test.each(['text', 'pickle'] as const)(
    "the original's names arrive in %s, with the last window",
    async (protocol) => {
      const carbon = await prepareCarbon();
      await carbon.start();
      const server = await startServer({
        flushInterval: '1s',
        align: 'start',
        statsd: {},
        frontends: [{ type: 'tcp', dialect: 'statsd', port: 0 }],
        backends: [jsonConsole, { type: 'graphite', protocol, port: carbon.ports[protocol], statsd: {} }],
      });
      await sendThrough(server, 3);
      // Right after a window: these are sent at the stop, within the second of the points before.
      await sendStream(server.port('tcp'), 'shop.hits:1000|c\nshop.last:7|g\nshop.time:5|ms\n');
      expect(await server.stop()).toBe(0);

      const counts = () => carbon.points('stats_counts/shop/hits.wsp');
      const last = async () => [...(await counts()).values()].includes(1000);
      await expect.poll(last, { timeout: 20_000, interval: 250 }).toBe(true);
      const sent = [...windowsOf(server, 'shop.hits').values()].filter((value) => value > 0);
      expect(sent).toContain(1000);
      const stored = [...(await counts()).values()].filter((value) => value > 0);
      expect(stored.sort((a, b) => a - b)).toEqual(sent.sort((a, b) => a - b));
      const rates = await carbon.points('stats/shop/hits.wsp');
      expect([...rates.values()].filter((value) => value > 0).sort((a, b) => a - b)).toEqual(sent);
      expect([...(await carbon.points('stats/gauges/shop/last.wsp')).values()]).toContain(7);
      // Carbon writes what has the fewest points last.
      const means = async () => [...(await carbon.points('stats/timers/shop/time/mean_90.wsp')).values()];
      await expect.poll(means, { timeout: 20_000, interval: 250 }).toEqual([5]);
      const numStats = [...(await carbon.points('statsd/numStats.wsp')).values()];
      expect(Math.max(...numStats)).toBeGreaterThanOrEqual(7);
      const lengths = [...(await carbon.points('stats/statsd/graphiteStats/flush_length.wsp')).values()];
      expect(Math.max(...lengths)).toBeGreaterThan(300);
    },
    60_000,
  );
});

/** Sends a number of its own in each of the next windows. */
async function sendThrough(server: Server, windows: number): Promise<void> {
  for (let index = 0; index < windows; index++) {
    const before = server.windows.length;
    await sendStream(server.port('tcp'), `shop.hits:${before + 1}|c\nshop.depth:42|g\n`);
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

/** Where carbon keeps a path: one with tags under the hash of all of it. */
function fileOf(path: string): string {
  if (!path.includes(';')) return `${path.replaceAll('.', '/')}.wsp`;
  const hash = createHash('sha256').update(path).digest('hex');
  return `_tagged/${hash.slice(0, 3)}/${hash.slice(3, 6)}/${hash}.wsp`;
}

interface Carbon {
  readonly ports: Readonly<Record<'text' | 'pickle', number>>;
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
    ports: { text: port, pickle },
    async start() {
      const component = startComponent(carbonCache!, [
        `--config=${join(folder, 'conf', 'carbon.conf')}`,
        `--pidfile=${pidFile}`,
        `--logdir=${join(folder, 'log')}`,
        '--debug',
        'start',
      ]);
      const listens = async () => {
        if (!component.running) throw new Error(`carbon-cache ended:\n${component.output}`);
        return (await accepts(port)) && (await accepts(pickle));
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
