import { accessSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findProgram, type Ran, runProgram } from '../helper/components.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';

/** What `install.sh` made. */
const installed = process.env.DOGSTATSD_CLIENTS;
const fixtures = fileURLToPath(new URL('../fixtures/clients/', import.meta.url));
if (installed === undefined) {
  console.warn(
    'Left out: the tests of clients of DogStatsD (test/e2e/official-clients.test.ts). With Go and Python, and Rust and Java\n' +
      'if they are there, they run after\n' +
      '  test/fixtures/clients/install.sh /tmp/clients && export DOGSTATSD_CLIENTS=/tmp/clients',
  );
} else {
  for (const made of ['go-client', 'python', 'node']) accessSync(join(installed, made));
}

/** Programs send this many rounds of six lines, an event and a service check, if they can. */
const ROUNDS = 500;

const frontends = [
  { type: 'udp', port: 0 },
  { type: 'unix', name: 'stream', path: 'stream.sock' },
  { type: 'unix', name: 'datagram', path: 'datagram.sock', mode: 'datagram' },
];
type FrontendName = 'udp' | 'stream' | 'datagram';

/** Runs a client to its end, and gives what the client says it lost. */
type Send = (server: Server) => Promise<Ran>;

interface Client {
  readonly prefix: string;
  /** What `install.sh` makes of it. */
  readonly made: string;
  /** What it cannot send. */
  readonly lacks?: readonly ('timing' | 'set' | 'events')[];
  /** Adds up by itself: its lines are fewer than what was given to it. */
  readonly aggregates?: true;
  /** It sends aggregates of histograms, as counters and gauges. */
  readonly summarizes?: true;
  readonly ways: readonly (readonly [way: string, frontend: FrontendName, send: Send])[];
}

const go = (address: string, ...mode: readonly string[]) =>
  runProgram(join(installed!, 'go-client'), [address, ...mode]);

const python = (program: string, ...args: readonly (string | number)[]) =>
  runProgram(findProgram('env')!, [
    `PYTHONPATH=${join(installed!, 'python')}`,
    'python3',
    join(fixtures, 'python', program),
    ...args.map(String),
  ]);

const rust = (...args: readonly (string | number)[]) => runProgram(join(installed!, 'rust-client'), args.map(String));

const java = (address: string) =>
  runProgram(findProgram('java')!, [
    '-cp',
    `${join(installed!, 'java')}/*:${join(installed!, 'java')}`,
    'Main',
    address,
  ]);

const node = (port: number) =>
  runProgram(process.execPath, [join(fixtures, 'node', 'main.cjs'), join(installed!, 'node'), String(port)]);

const clients: Readonly<Record<string, Client>> = {
  'datadog-go': {
    prefix: 'go',
    made: 'go-client',
    ways: [
      ['udp', 'udp', (server) => go(`127.0.0.1:${server.port('udp')}`)],
      ['unix:// of a stream', 'stream', (server) => go(address(server, 'unix', 'stream'))],
      ['unixstream://', 'stream', (server) => go(address(server, 'unixstream', 'stream'))],
      ['unix:// of datagrams', 'datagram', (server) => go(address(server, 'unix', 'datagram'))],
      ['unixgram://', 'datagram', (server) => go(address(server, 'unixgram', 'datagram'))],
    ],
  },
  'datadog-go that aggregates counters, gauges and sets': {
    prefix: 'go',
    made: 'go-client',
    aggregates: true,
    ways: [
      ['udp', 'udp', (server) => go(`127.0.0.1:${server.port('udp')}`, 'aggregated')],
      ['unixstream://', 'stream', (server) => go(address(server, 'unixstream', 'stream'), 'aggregated')],
      ['unixgram://', 'datagram', (server) => go(address(server, 'unixgram', 'datagram'), 'aggregated')],
    ],
  },
  'datadog-go that aggregates all types': {
    prefix: 'go',
    made: 'go-client',
    aggregates: true,
    ways: [
      ['udp', 'udp', (server) => go(`127.0.0.1:${server.port('udp')}`, 'extended')],
      ['unixstream://', 'stream', (server) => go(address(server, 'unixstream', 'stream'), 'extended')],
      ['unixgram://', 'datagram', (server) => go(address(server, 'unixgram', 'datagram'), 'extended')],
    ],
  },
  datadogpy: {
    prefix: 'py',
    made: 'python',
    ways: [
      ['udp', 'udp', (server) => python('main.py', 'udp', server.port('udp'))],
      ['socket_path of a stream', 'stream', (server) => python('main.py', 'unix', path(server, 'stream'))],
      ['unixstream://', 'stream', (server) => python('main.py', 'unix', address(server, 'unixstream', 'stream'))],
      ['socket_path of datagrams', 'datagram', (server) => python('main.py', 'unix', path(server, 'datagram'))],
    ],
  },
  aiodogstatsd: {
    prefix: 'aio',
    made: 'python',
    lacks: ['set', 'events'],
    ways: [['udp', 'udp', (server) => python('aio.py', server.port('udp'))]],
  },
  'dd-trace': {
    prefix: 'ddtrace',
    made: 'node',
    lacks: ['timing', 'set', 'events'],
    aggregates: true,
    summarizes: true,
    ways: [['udp', 'udp', (server) => node(server.port('udp'))]],
  },
  cadence: {
    prefix: 'cadence',
    made: 'rust-client',
    lacks: ['events'],
    ways: [
      ['udp', 'udp', (server) => rust('udp', server.port('udp'))],
      ['UnixMetricSink', 'datagram', (server) => rust('unix', path(server, 'datagram'))],
    ],
  },
  'java-dogstatsd-client': {
    prefix: 'java',
    made: 'java',
    ways: [
      ['udp', 'udp', (server) => java(`udp://127.0.0.1:${server.port('udp')}`)],
      ['unixstream://', 'stream', (server) => java(address(server, 'unixstream', 'stream'))],
      ['unixgram://', 'datagram', (server) => java(address(server, 'unixgram', 'datagram'))],
    ],
  },
};

const cases = Object.entries(clients).flatMap(([name, client]) =>
  installed === undefined || existsSync(join(installed, client.made))
    ? client.ways.map(([way, frontend, send]) => [`${name}, ${way}`, client, frontend, send] as const)
    : [],
);

describe.skipIf(installed === undefined || process.platform !== 'linux')('clients of DogStatsD (Linux)', () => {
  test.for(cases)('%s: sums are what was sent, and every line is accounted for', async ([, client, frontend, send]) => {
    const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
    expect(await send(server)).toEqual({ code: 0, output: '0\n' });
    const { lacks = [], aggregates = false } = client;
    const lines = (name: string) => server.total(`statsdrain.lines.${name}`, `frontend:${frontend}`);
    const types = 4 + Number(!lacks.includes('timing')) + Number(!lacks.includes('set'));
    const sent = types * ROUNDS + (lacks.includes('events') ? 0 : 2);
    await server.until('all lines', () => (aggregates ? isComplete(server, client) : lines('received') >= sent));
    expect(await server.stop()).toBe(0);

    expect(lines('aggregated')).toBe(lines('received'));
    if (!aggregates) expect(lines('received')).toBe(sent);
    expectSums(server, client);
    if (frontend === 'stream') {
      expect(server.log.filter(({ msg }) => msg.includes('frames')).length, 'lines that tell of frames').toBe(1);
    }
  });
});

describe.skipIf(installed === undefined || process.platform !== 'linux')('datadog-go with timestamps (Linux)', () => {
  test.for([
    ['udp', (server: Server) => `127.0.0.1:${server.port('udp')}`],
    ['unixstream://', (server: Server) => address(server, 'unixstream', 'stream')],
    ['unixgram://', (server: Server) => address(server, 'unixgram', 'datagram')],
  ] as const)('%s: each point keeps its second', async ([, to]) => {
    const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
    expect(await go(to(server), 'timestamps')).toEqual({ code: 0, output: '0\n' });
    await server.until('all lines', () => server.total('statsdrain.lines.received') >= 30);
    expect(await server.stop()).toBe(0);
    const points = (type: string) => server.entries.filter((entry) => entry.type === type);
    const seconds = new Map<number | undefined, number>();
    for (const { name, tags, value = 0, timestamp } of points('timed_counter')) {
      expect([name, tags]).toEqual(['go.past.hits', ['env:prod']]);
      seconds.set(timestamp, (seconds.get(timestamp) ?? 0) + value);
    }
    expect([...seconds.values()]).toEqual(Array.from({ length: 10 }, () => 5));
    const depths = points('timed_gauge').map(({ timestamp, value }) => [timestamp, value]);
    expect(depths.sort()).toEqual([...seconds.keys()].sort().map((second, at) => [second, at]));
    expect(server.entries.filter(({ type, name }) => type === 'counter' && name === 'go.past.hits')).toEqual([]);
  });
});

/** Those that aggregate send the sums of a type at once, events and checks before or after them. */
function isComplete(server: Server, client: Client): boolean {
  const { prefix, lacks = [] } = client;
  const timed = lacks.includes('timing') || values(server, `${prefix}.query`).count >= ROUNDS;
  const checked = lacks.includes('events') || server.entries.some(({ type }) => type === 'service_check');
  return (
    timed &&
    checked &&
    sizes(server, client).count >= ROUNDS &&
    values(server, `${prefix}.latency`).count >= ROUNDS &&
    server.total(`${prefix}.hits`) >= 2 * ROUNDS &&
    latest(server, `${prefix}.depth`)?.value === ROUNDS
  );
}

function sizes(server: Server, { prefix, summarizes }: Client): { count: number; sum: number } {
  return summarizes === true
    ? { count: server.total(`${prefix}.size.count`), sum: server.total(`${prefix}.size.sum`) }
    : values(server, `${prefix}.size`);
}

function expectSums(server: Server, client: Client): void {
  const { prefix, lacks = [] } = client;
  expect(server.total(`${prefix}.hits`, 'env:prod', 'page:home')).toBe(2 * ROUNDS);
  expect(latest(server, `${prefix}.depth`)).toMatchObject({ type: 'gauge', value: ROUNDS });
  expect(latest(server, `${prefix}.depth`)?.tags).toContain('env:prod');
  expect(sizes(server, client)).toEqual({ count: ROUNDS, sum: (ROUNDS * (ROUNDS + 1)) / 2 });
  expect(values(server, `${prefix}.latency`)).toEqual({ count: ROUNDS, sum: 1.5 * ROUNDS });
  if (!lacks.includes('timing')) expect(values(server, `${prefix}.query`)).toEqual({ count: ROUNDS, sum: 20 * ROUNDS });
  if (!lacks.includes('set')) expect(latest(server, `${prefix}.users`)).toMatchObject({ type: 'set' });
  if (lacks.includes('events')) return;
  const events = server.entries.filter(({ type }) => type === 'event');
  expect(events).toMatchObject([{ text: 'version 7\nis öut', tags: ['env:prod'] }]);
  const checks = server.entries.filter(({ type }) => type === 'service_check');
  expect(checks).toMatchObject([{ status: 2, message: 'no answer', tags: ['env:prod'] }]);
  // One of them puts its namespace before titles and the names of checks too.
  expect(events[0]?.title).toMatch(/^(?:java\.)?deploy$/);
  expect(checks[0]?.name).toMatch(/^(?:java\.)?db$/);
}

function path({ folder }: Server, frontend: string): string {
  return join(folder, `${frontend}.sock`);
}

function address(server: Server, scheme: string, frontend: string): string {
  return `${scheme}://${path(server, frontend)}`;
}

function latest({ entries }: Server, name: string) {
  return entries.filter((entry) => entry.name === name).at(-1);
}

/** Number and sum of all values of a timer, histogram or distribution. */
function values({ entries }: Server, name: string): { count: number; sum: number } {
  let count = 0;
  let sum = 0;
  for (const entry of entries) {
    if (entry.name !== name) continue;
    count += entry.count ?? 0;
    sum += entry.sum ?? 0;
  }
  return { count, sum };
}
