import { accessSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findProgram, runProgram } from '../helper/components.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';

/** What `install.sh` made. */
const installed = process.env.DOGSTATSD_CLIENTS;
const fixtures = fileURLToPath(new URL('../fixtures/clients/', import.meta.url));
if (installed === undefined) {
  console.warn(
    'Left out: the tests of datadog-go and datadogpy (test/e2e/official-clients.test.ts). With Go and Python they run after\n' +
      '  test/fixtures/clients/install.sh /tmp/clients && export DOGSTATSD_CLIENTS=/tmp/clients',
  );
} else {
  for (const made of ['go-client', 'python']) accessSync(join(installed, made));
}

/** Both programs send this many rounds of six lines, an event and a service check. */
const ROUNDS = 500;
const LINES = 6 * ROUNDS + 2;

/** Each runs a client to its end, and gives what the client says it lost. */
const clients = {
  go: (address: string, ...more: readonly string[]) => runProgram(join(installed!, 'go-client'), [address, ...more]),
  py: (kind: 'udp' | 'unix', address: string | number) =>
    runProgram(findProgram('env')!, [
      `PYTHONPATH=${join(installed!, 'python')}`,
      'python3',
      join(fixtures, 'python', 'main.py'),
      kind,
      String(address),
    ]),
};

const frontends = [
  { type: 'udp', port: 0 },
  { type: 'unix', name: 'stream', path: 'stream.sock' },
  { type: 'unix', name: 'datagram', path: 'datagram.sock', mode: 'datagram' },
];

const cases = [
  ['datadog-go, udp', 'udp', 'go', (server: Server) => clients.go(`127.0.0.1:${server.port('udp')}`)],
  [
    'datadog-go, unix:// of a stream',
    'stream',
    'go',
    (server: Server) => clients.go(address(server, 'unix', 'stream')),
  ],
  [
    'datadog-go, unixstream://',
    'stream',
    'go',
    (server: Server) => clients.go(address(server, 'unixstream', 'stream')),
  ],
  [
    'datadog-go, unixgram://',
    'datagram',
    'go',
    (server: Server) => clients.go(address(server, 'unixgram', 'datagram')),
  ],
  ['datadogpy, udp', 'udp', 'py', (server: Server) => clients.py('udp', server.port('udp'))],
  [
    'datadogpy, socket_path of a stream',
    'stream',
    'py',
    (server: Server) => clients.py('unix', path(server, 'stream')),
  ],
  [
    'datadogpy, unixstream://',
    'stream',
    'py',
    (server: Server) => clients.py('unix', address(server, 'unixstream', 'stream')),
  ],
  [
    'datadogpy, socket_path of datagrams',
    'datagram',
    'py',
    (server: Server) => clients.py('unix', path(server, 'datagram')),
  ],
] as const;

describe.skipIf(installed === undefined || process.platform !== 'linux')('official DogStatsD clients (Linux)', () => {
  test.for(cases)('%s: sums are what was sent, and every line is accounted for', async ([, frontend, prefix, send]) => {
    const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
    expect(await send(server)).toEqual({ code: 0, output: '0\n' });
    const lines = (name: string) => server.total(`statsdrain.lines.${name}`, `frontend:${frontend}`);
    await server.until('all lines', () => lines('received') >= LINES);
    expect(await server.stop()).toBe(0);

    expect([lines('received'), lines('aggregated')]).toEqual([LINES, LINES]);
    expectSums(server, prefix);
    expect(values(server, `${prefix}.query`)).toEqual({ count: ROUNDS, sum: 20 * ROUNDS });
    expect(latest(server, `${prefix}.depth`)).toMatchObject({ type: 'gauge', value: ROUNDS, tags: ['env:prod'] });
    const events = server.entries.filter(({ type }) => type === 'event');
    expect(events).toMatchObject([{ title: 'deploy', text: 'version 7\nis öut', tags: ['env:prod'] }]);
    const checks = server.entries.filter(({ type }) => type === 'service_check');
    // datadogpy puts its namespace before no service check.
    expect(checks).toMatchObject([{ name: 'db', status: 2, message: 'no answer', tags: ['env:prod'] }]);
    if (frontend === 'stream') {
      expect(server.log.filter(({ msg }) => msg.includes('frames')).length, 'lines that tell of frames').toBe(1);
    }
  });

  test.for(['unixstream', 'unixgram'] as const)('datadog-go that aggregates by itself, %s://', async (scheme) => {
    const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
    const frontend = scheme === 'unixgram' ? 'datagram' : 'stream';
    expect(await clients.go(address(server, scheme, frontend), 'aggregated')).toEqual({ code: 0, output: '0\n' });
    await server.until('the counter', () => server.total('go.hits') >= 2 * ROUNDS);
    expect(await server.stop()).toBe(0);
    expectSums(server, 'go');
    const lines = (name: string) => server.total(`statsdrain.lines.${name}`, `frontend:${frontend}`);
    expect(lines('aggregated')).toBe(lines('received'));
  });
});

function expectSums(server: Server, prefix: string): void {
  expect(server.total(`${prefix}.hits`, 'env:prod', 'page:home')).toBe(2 * ROUNDS);
  expect(values(server, `${prefix}.size`)).toEqual({ count: ROUNDS, sum: (ROUNDS * (ROUNDS + 1)) / 2 });
  expect(values(server, `${prefix}.latency`)).toEqual({ count: ROUNDS, sum: 1.5 * ROUNDS });
  expect(latest(server, `${prefix}.users`)).toMatchObject({ type: 'set', tags: ['env:prod'] });
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
