import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtInNames } from '../../src/plugins/registry.ts';
import { parsePage } from '../backends/prometheus/exposition.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { post, sendStream, sendUdp } from '../helper/send.ts';
import { hostileFrames, hostileLines, hostileLogLines } from './corpus.ts';

/** Largest payload of a UDP datagram over IPv4. */
const MAX_DATAGRAM = 65_507;

/** Sends the corpus to one front-end, and then a good line until that has arrived. */
type Drive = (server: Server, name: string, lines: readonly Buffer[]) => Promise<void>;

interface Driven {
  readonly block: { readonly type: string; readonly name: string } & Readonly<Record<string, unknown>>;
  readonly drive: Drive;
}

const good = (name: string) => `good.${name}:1|c`;
const textOf = (lines: readonly Buffer[]) => Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

const overDatagrams: Drive = async (server, name, lines) => {
  const port = server.port(name);
  await sendUdp(port, ...lines.filter(({ length }) => length <= MAX_DATAGRAM));
  await repeat(
    () => sendUdp(port, good(name)),
    () => server.total(`good.${name}`) > 0,
  );
};

const overStream =
  (targetOf: (server: Server, name: string) => number | string): Drive =>
  async (server, name, lines) => {
    const target = targetOf(server, name);
    await sendStream(target, textOf(lines));
    for (const line of lines.slice(0, 50)) await sendStream(target, line);
    await sendStream(target, good(name));
    await server.until(`the good line of ${name}`, () => server.total(`good.${name}`) === 1);
  };

const overHttp: Drive = async (server, name, lines) => {
  const port = server.port(name);
  const text = textOf(lines);
  expect(await post(port, '/statsd', text)).toBe(204);
  for (const line of hostileLogLines()) expect(await post(port, '/logs', line)).toBe(204);
  for (const frame of hostileFrames()) {
    expect(await post(port, '/logs', frame, { 'content-type': 'application/logplex-1' })).toBeLessThan(500);
  }
  for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip', '__proto__']) {
    const status = await post(port, '/statsd', text.subarray(0, 1000), { 'content-encoding': encoding });
    expect([400, 415]).toContain(status);
  }
  expect(await post(port, '/statsd', good(name))).toBe(204);
  await server.until(`the good line of ${name}`, () => server.total(`good.${name}`) === 1);
};

const driven: readonly Driven[] = [
  { block: { type: 'udp', name: 'udp', port: 0 }, drive: overDatagrams },
  { block: { type: 'udp', name: 'dgram', port: 0, receiver: 'dgram' }, drive: overDatagrams },
  { block: { type: 'tcp', name: 'tcp', port: 0 }, drive: overStream((server, name) => server.port(name)) },
  {
    block: { type: 'unix', name: 'unix', path: 'drain.sock' },
    drive: overStream(({ folder }) => join(folder, 'drain.sock')),
  },
  { block: { type: 'http', name: 'http', port: 0 }, drive: overHttp },
];

test('every front-end survives the corpus of hostile names and bytes with every type', async () => {
  const missing = builtInNames('frontend').filter((type) => !driven.some(({ block }) => block.type === type));
  expect(missing, 'front-ends that this test does not drive yet').toEqual([]);
  const server = await startServer({
    flushInterval: '200ms',
    frontends: driven.map(({ block }) => block),
    backends: [jsonConsole, { type: 'prometheus', port: 0 }],
  });
  const lines = hostileLines();
  for (const { block, drive } of driven) await drive(server, block.name, lines);

  const page = await (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
  expect(parsePage(page).size).toBeGreaterThan(10);

  expect(await server.stop()).toBe(0);
  expect(server.stdout, 'lines that are not JSON').toBe('');
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  for (const { block } of driven) {
    const frontend = block.name;
    const total = (name: string) => server.total(`statsdrain.lines.${name}`, `frontend:${frontend}`);
    expect(total('aggregated') + total('rejected') + total('dropped'), frontend).toBe(total('received'));
    expect(total('aggregated'), frontend).toBeGreaterThan(100);
    expect(total('rejected'), frontend).toBeGreaterThan(100);
  }
}, 60_000);

/** A datagram may be lost, so it is sent until one has arrived. */
async function repeat(send: () => Promise<void>, arrived: () => boolean): Promise<void> {
  const poll = async () => {
    if (!arrived()) await send();
    return arrived();
  };
  await expect.poll(poll, { timeout: 20_000, interval: 100 }).toBe(true);
}
