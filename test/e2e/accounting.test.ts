import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtInNames } from '../../src/plugins/registry.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { open, post } from '../helper/send.ts';

const LINES = 20;
/** In each batch of 20: 17 counters, one event, one line of a wrong type and one without a value. */
const COUNTERS = 17;
const BAD = 2;
const DATAGRAMS_IN_FLIGHT = 64;
const BATCHES_PER_BODY = 250;

/** One front-end of the test: its block, and how its batches are sent. */
interface Driven {
  readonly block: { readonly type: string; readonly name: string } & Readonly<Record<string, unknown>>;
  readonly batches: number;
  /** Datagrams may be lost in the kernel, which is counted. */
  readonly lossless: boolean;
  send(server: Server, name: string, batches: number): Promise<void>;
}

const datagrams: Driven['send'] = (server, name, batches) => sendDatagrams(server.port(name), name, batches);

const driven: readonly Driven[] = [
  { block: { type: 'udp', name: 'udp', port: 0, receiver: 'auto' }, batches: 10_000, lossless: false, send: datagrams },
  {
    block: { type: 'udp', name: 'dgram', port: 0, receiver: 'dgram' },
    batches: 7500,
    lossless: false,
    send: datagrams,
  },
  {
    block: { type: 'tcp', name: 'tcp', port: 0 },
    batches: 17_500,
    lossless: true,
    send: (server, name, batches) => sendConnection(server.port(name), name, batches),
  },
  {
    block: { type: 'unix', name: 'unix', path: 'accounting.sock' },
    batches: 2500,
    lossless: true,
    send: (server, name, batches) => sendConnection(join(server.folder, 'accounting.sock'), name, batches),
  },
  {
    block: { type: 'http', name: 'http', port: 0 },
    batches: 15_000,
    lossless: true,
    send: (server, name, batches) => sendBodies(server.port(name), name, batches),
  },
];

test('D27 a million lines over all front-ends at once are accounted for to the last one', async () => {
  const missing = builtInNames('frontend').filter((type) => !driven.some(({ block }) => block.type === type));
  expect(missing, 'front-ends that this test does not drive yet').toEqual([]);
  const server = await startServer({
    flushInterval: '500ms',
    limits: { events: 100 },
    frontends: driven.map(({ block }) => block),
    backends: [jsonConsole],
  });
  await Promise.all(driven.map(({ block, batches, send }) => send(server, block.name, batches)));

  for (const { block, batches } of driven) {
    const sent = batches * LINES;
    await server.until(`the ${sent} lines of ${block.name}`, () => arrived(server, block.name) >= sent);
  }
  expect(await server.stop()).toBe(0);

  expect(driven.reduce((sum, { batches }) => sum + batches * LINES, 0)).toBeGreaterThanOrEqual(1_000_000);
  for (const { block, batches: sent, lossless } of driven) {
    const { received, aggregated, rejected, dropped, kernelDropped } = account(server, block.name);
    const batches = received / LINES;
    if (lossless) expect(received, block.name).toBe(sent * LINES);
    expect(received + kernelDropped * LINES, block.name).toBe(sent * LINES);
    expect(aggregated + rejected + dropped, block.name).toBe(received);
    expect(rejected, block.name).toBe(batches * BAD);
    expect(server.total(`hits.${block.name}`), block.name).toBe(batches * COUNTERS);
  }
  expect(server.total('statsdrain.lines.dropped', 'reason:events')).toBeGreaterThan(0);

  const windows = server.windows;
  const sum = (of: (window: (typeof windows)[number]) => number) =>
    windows.reduce((all, window) => all + of(window), 0);
  const counts = (reasons: Readonly<Record<string, number>> = {}) =>
    Object.values(reasons).reduce((all, lines) => all + lines, 0);
  expect(sum(({ received }) => received ?? 0)).toBe(server.total('statsdrain.lines.received'));
  expect(sum(({ rejected }) => counts(rejected))).toBe(server.total('statsdrain.lines.rejected'));
  expect(sum(({ dropped }) => counts(dropped))).toBe(server.total('statsdrain.lines.dropped'));
}, 90_000);

function account(server: Server, frontend: string) {
  const total = (name: string) => server.total(`statsdrain.${name}`, `frontend:${frontend}`);
  return {
    received: total('lines.received'),
    aggregated: total('lines.aggregated'),
    rejected: total('lines.rejected'),
    dropped: total('lines.dropped'),
    kernelDropped: total('kernel.dropped'),
  };
}

/** Lines received, or known to be lost in the kernel. */
function arrived(server: Server, frontend: string): number {
  const { received, kernelDropped } = account(server, frontend);
  return received + kernelDropped * LINES;
}

function batch(frontend: string, number: number): string {
  return `${`hits.${frontend}:1|c\n`.repeat(COUNTERS)}_e{4,${String(number).length}}:load|${number}\nbad:1|x\nbad\n`;
}

async function sendDatagrams(port: number, frontend: string, batches: number): Promise<void> {
  const socket = createSocket('udp4');
  let inFlight = 0;
  let wake: () => void = () => undefined;
  const sent = () => {
    inFlight--;
    wake();
  };
  for (let number = 0; number < batches; number++) {
    inFlight++;
    socket.send(batch(frontend, number), port, '127.0.0.1', sent);
    while (inFlight >= DATAGRAMS_IN_FLIGHT || (number === batches - 1 && inFlight > 0)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  socket.close();
}

async function sendConnection(target: number | string, frontend: string, batches: number): Promise<void> {
  const socket = await open(target);
  socket.resume();
  for (let number = 0; number < batches; number++) {
    if (!socket.write(batch(frontend, number))) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'close');
}

async function sendBodies(port: number, frontend: string, batches: number): Promise<void> {
  for (let first = 0; first < batches; first += BATCHES_PER_BODY) {
    const body = Array.from({ length: BATCHES_PER_BODY }, (_, index) => batch(frontend, first + index)).join('');
    expect(await post(port, '/statsd', body)).toBe(204);
  }
}
