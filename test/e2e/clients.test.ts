import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StatsD } from 'hot-shots';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findProgram, runProgram } from '../helper/components.ts';
import { type Entry, jsonConsole, type Server, startServer } from '../helper/process.ts';
import { post } from '../helper/send.ts';

const config = {
  flushInterval: '200ms',
  frontends: [
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
    { type: 'unix', path: 'drain.sock' },
    { type: 'http', port: 0 },
  ],
  backends: [jsonConsole],
};

/** Entries of one series, in the order of the windows. */
function entriesOf({ entries }: Server, name: string): Entry[] {
  return entries.filter((entry) => entry.name === name);
}

/** Number and sum of all values of a timer, histogram or distribution. */
function values(server: Server, name: string): { count: number; sum: number } {
  const all = entriesOf(server, name);
  return {
    count: all.reduce((total, { count = 0 }) => total + count, 0),
    sum: all.reduce((total, { sum = 0 }) => total + sum, 0),
  };
}

/** Waits until as many lines as were sent have been taken in, all of them good. */
async function taken(server: Server, frontend: string, lines: number): Promise<void> {
  const total = (name: string) => server.total(`statsdrain.lines.${name}`, `frontend:${frontend}`);
  await server.until(`${lines} lines of ${frontend}`, () => total('received') >= lines);
  expect([total('received'), total('aggregated')]).toEqual([lines, lines]);
}

describe.for(['udp', 'tcp'] as const)('hot-shots over %s', (protocol) => {
  test('every type, with tags, events, service checks and sample rates', async () => {
    const server = await startServer(config);
    const client = new StatsD({
      protocol,
      host: '127.0.0.1',
      port: server.port(protocol),
      globalTags: { env: 'prod' },
    });
    for (let i = 0; i < 10; i++) client.increment('hits', 2, ['page:home']);
    client.decrement('stock', 3);
    client.gauge('depth', 42);
    for (const value of [10, 20, 30]) client.timing('query', value);
    for (const value of [1.5, 2.5]) client.histogram('size', value);
    for (const value of [5, 7]) client.distribution('latency', value);
    for (const user of ['ann', 'bob', 'ann']) client.set('users', user);
    // Over TCP it writes text as Latin-1.
    const text = protocol === 'udp' ? 'version 7\nis öut ♬' : 'version 7\nis out';
    client.event('deploy', text, { alert_type: 'success' });
    client.check('db', client.CHECKS.CRITICAL, { message: 'no answer' });
    await new Promise<void>((resolve) => client.close(() => resolve()));
    await taken(server, protocol, 10 + 1 + 1 + 3 + 2 + 2 + 3 + 1 + 1);

    expect(server.total('hits', 'env:prod', 'page:home')).toBe(20);
    expect(server.total('stock', 'env:prod')).toBe(-3);
    expect(entriesOf(server, 'depth').at(-1)).toMatchObject({ type: 'gauge', value: 42, tags: ['env:prod'] });
    expect(values(server, 'query')).toEqual({ count: 3, sum: 60 });
    expect(values(server, 'size')).toEqual({ count: 2, sum: 4 });
    expect(values(server, 'latency')).toEqual({ count: 2, sum: 12 });
    expect(entriesOf(server, 'users').map(({ type }) => type)).toContain('set');
    expect(Math.max(...entriesOf(server, 'users').map(({ value = 0 }) => value))).toBeGreaterThanOrEqual(1);
    const event = server.entries.find(({ type }) => type === 'event');
    expect(event).toMatchObject({ title: 'deploy', text, tags: ['env:prod'] });
    const check = server.entries.find(({ type }) => type === 'service_check');
    expect(check).toMatchObject({ name: 'db', status: 2, message: 'no answer', tags: ['env:prod'] });
    expect(await server.stop()).toBe(0);
  });

  test('a sample rate: what arrives weighs 1/rate', async () => {
    const server = await startServer(config);
    const client = new StatsD({ protocol, host: '127.0.0.1', port: server.port(protocol) });
    for (let i = 0; i < 1000; i++) client.increment('sampled', 1, 0.25);
    client.increment('last');
    await new Promise<void>((resolve) => client.close(() => resolve()));
    await server.until('the line after them', () => server.total('last') === 1);
    const lines = server.total('statsdrain.lines.aggregated', `frontend:${protocol}`) - 1;
    expect(lines).toBeGreaterThan(0);
    expect(server.total('sampled')).toBe(4 * lines);
    expect(await server.stop()).toBe(0);
  });
});

interface StatsdClient {
  increment(name: string, delta?: number, tags?: object): void;
  decrement(name: string, delta?: number): void;
  gauge(name: string, value: number): void;
  gaugeDelta(name: string, delta: number): void;
  set(name: string, member: string): void;
  timing(name: string, milliseconds: number): void;
  histogram(name: string, value: number): void;
  distribution(name: string, value: number): void;
  close(): void;
}

interface Lynx {
  increment(names: string | readonly string[], rate?: number): void;
  decrement(name: string): void;
  count(name: string, delta: number): void;
  gauge(name: string, value: number): void;
  timing(name: string, milliseconds: number): void;
  set(name: string, member: string): void;
  close(): void;
}

const require = createRequire(import.meta.url);

test.for(['udp', 'tcp'] as const)('statsd-client over %s', async (protocol) => {
  const Client = require('statsd-client') as new (options: object) => StatsdClient;
  const server = await startServer(config);
  const client = new Client({
    host: '127.0.0.1',
    port: server.port(protocol),
    tcp: protocol === 'tcp',
    prefix: 'shop',
    socketTimeout: 20,
  });
  onTestFinished(() => client.close());
  for (let i = 0; i < 5; i++) client.increment('hits', 2, { page: 'home' });
  client.decrement('stock', 4);
  client.gauge('depth', 10);
  client.gaugeDelta('depth', 5);
  client.gaugeDelta('depth', -3);
  client.set('users', 'ann');
  for (const value of [10, 20]) client.timing('query', value);
  client.histogram('size', 8);
  client.distribution('latency', 9);
  await taken(server, protocol, 5 + 1 + 3 + 1 + 2 + 1 + 1);

  expect(server.total('shop.hits', 'page:home')).toBe(10);
  expect(server.total('shop.stock')).toBe(-4);
  expect(entriesOf(server, 'shop.depth').at(-1)?.value).toBe(12);
  expect(entriesOf(server, 'shop.users')[0]).toMatchObject({ type: 'set', value: 1 });
  expect(values(server, 'shop.query')).toEqual({ count: 2, sum: 30 });
  expect(values(server, 'shop.size')).toEqual({ count: 1, sum: 8 });
  expect(values(server, 'shop.latency')).toEqual({ count: 1, sum: 9 });
  expect(await server.stop()).toBe(0);
});

test('lynx over UDP', async () => {
  const Client = require('lynx') as new (host: string, port: number, options: object) => Lynx;
  const server = await startServer(config);
  const faults: unknown[] = [];
  const client = new Client('127.0.0.1', server.port('udp'), { on_error: (fault: unknown) => faults.push(fault) });
  onTestFinished(() => client.close());
  client.increment('one');
  client.increment(['one', 'two']);
  client.decrement('two');
  client.count('many', 100);
  client.gauge('depth', 42);
  client.timing('query', 500);
  client.set('users', 'ann');
  await taken(server, 'udp', 1 + 2 + 1 + 1 + 1 + 1 + 1);
  expect([server.total('one'), server.total('two'), server.total('many')]).toEqual([2, 0, 100]);
  expect(entriesOf(server, 'depth').at(-1)?.value).toBe(42);
  expect(values(server, 'query')).toEqual({ count: 1, sum: 500 });
  expect(entriesOf(server, 'users')[0]).toMatchObject({ type: 'set', value: 1 });
  expect(faults).toEqual([]);
  expect(await server.stop()).toBe(0);
});

const nc = findProgram('nc');
const curl = findProgram('curl');

describe.skipIf(nc === undefined)('nc from a shell', () => {
  const lines = 'hits:2|c|#page:home\ndepth:7|g\nquery:12|ms';

  test.for([
    ['udp', (server: Server) => `-u -w1 127.0.0.1 ${server.port('udp')}`],
    ['tcp', (server: Server) => `-N 127.0.0.1 ${server.port('tcp')}`],
    ['unix', (server: Server) => `-N -U '${join(server.folder, 'drain.sock')}'`],
  ] as const)('%s', async ([frontend, target]) => {
    const server = await startServer(config);
    const { code, output } = await runProgram('/bin/sh', ['-c', `'${nc}' ${target(server)}`], lines);
    expect([code, output]).toEqual([0, '']);
    await taken(server, frontend, 3);
    expect(server.total('hits', 'page:home')).toBe(2);
    expect(entriesOf(server, 'depth')[0]?.value).toBe(7);
    expect(values(server, 'query')).toEqual({ count: 1, sum: 12 });
    expect(await server.stop()).toBe(0);
  });
});

describe.skipIf(curl === undefined)('curl from a shell', () => {
  test.for([
    ['/statsd', 'cart.add:2|c|#source:eu'],
    ['/logs', 'at=info count#cart.add=2 source=eu'],
  ] as const)('%s', async ([path, body]) => {
    const server = await startServer(config);
    const url = `http://127.0.0.1:${server.port('http')}${path}`;
    const script = `'${curl}' -sS -o /dev/null -w '%{http_code}' -d '${body}' ${url}`;
    expect(await runProgram('/bin/sh', ['-c', script])).toEqual({ code: 0, output: '204\n' });
    await server.until('the counter', () => server.total('cart.add', 'source:eu') === 2);
    expect(await server.stop()).toBe(0);
  });
});

test('a body that Logplex posts', async () => {
  const server = await startServer(config);
  const body = readFileSync(new URL('../fixtures/logplex/normal.logplex', import.meta.url));
  const headers = {
    'content-type': 'application/logplex-1',
    'logplex-msg-count': '4',
    'logplex-frame-id': '09C557EAFCFB6CF2740EE62F62971098',
    'logplex-drain-token': 'd.fc6b856b-3332-4546-93de-7d0ee272c3bd',
    'user-agent': 'Logplex/v72',
  };
  expect(await post(server.port('http'), '/logs', body, headers)).toBe(204);
  await server.until('its counter', () => server.total('cart.add', 'source:eu') === 2);
  expect(values(server, 'db.query')).toEqual({ count: 1, sum: 12.5 });
  expect(entriesOf(server, 'db.query')[0]?.tags).toContain('source:eu');
  const gauge = (name: string) => server.entries.find((entry) => entry.name?.includes(name));
  expect(gauge('heroku.dyno.load_avg_1m')).toMatchObject({
    type: 'gauge',
    value: 0.56,
    tags: ['dyno:web.2', 'dyno_type:web'],
  });
  expect(gauge('memory_quota')?.type).toBe('gauge');
  expect(server.total('statsdrain.drain.frames', 'frontend:http')).toBe(4);
  expect(server.total('statsdrain.drain.frame_errors', 'frontend:http')).toBe(0);
  const lines = (name: string) => server.total(`statsdrain.lines.${name}`, 'frontend:http');
  expect(lines('aggregated')).toBe(lines('received'));

  expect(await post(server.port('http'), '/logs', body, headers)).toBe(204);
  await server.until('the repetition', () => server.total('statsdrain.drain.duplicate_frames') === 1);
  expect(await server.stop()).toBe(0);
  expect(server.total('cart.add')).toBe(2);
});
