import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { open, post } from '../helper/send.ts';

const LINES = 20;
/** In each batch of 20: 17 counters, one event, one line of a wrong type and one without a value. */
const COUNTERS = 17;
const BAD = 2;
const BATCHES = { udp: 10_000, dgram: 7500, tcp: 17_500, http: 15_000 };
const DATAGRAMS_IN_FLIGHT = 64;
const BATCHES_PER_BODY = 250;

test('one million lines over UDP, TCP and HTTP at once are accounted for to the last one', async () => {
  const server = await startServer({
    flushInterval: '500ms',
    limits: { events: 100 },
    frontends: [
      { type: 'udp', port: 0, receiver: 'auto' },
      { type: 'udp', name: 'dgram', port: 0, receiver: 'dgram' },
      { type: 'tcp', port: 0 },
      { type: 'http', port: 0 },
    ],
    backends: [jsonConsole],
  });
  await Promise.all([
    sendDatagrams(server.port('udp'), 'udp', BATCHES.udp),
    sendDatagrams(server.port('dgram'), 'dgram', BATCHES.dgram),
    sendConnection(server.port('tcp'), 'tcp', BATCHES.tcp),
    sendBodies(server.port('http'), 'http', BATCHES.http),
  ]);

  for (const frontend of ['udp', 'dgram', 'tcp', 'http'] as const) {
    const sent = BATCHES[frontend] * LINES;
    await server.until(`the ${sent} lines of ${frontend}`, () => arrived(server, frontend) >= sent);
  }
  expect(await server.stop()).toBe(0);

  expect(Object.values(BATCHES).reduce((sum, batches) => sum + batches * LINES, 0)).toBe(1_000_000);
  expect(account(server, 'tcp').received).toBe(BATCHES.tcp * LINES);
  expect(account(server, 'http').received).toBe(BATCHES.http * LINES);
  for (const frontend of ['udp', 'dgram', 'tcp', 'http'] as const) {
    const { received, aggregated, rejected, dropped, kernelDropped } = account(server, frontend);
    const batches = received / LINES;
    expect(received + kernelDropped * LINES, frontend).toBe(BATCHES[frontend] * LINES);
    expect(aggregated + rejected + dropped, frontend).toBe(received);
    expect(rejected, frontend).toBe(batches * BAD);
    expect(server.total(`hits.${frontend}`), frontend).toBe(batches * COUNTERS);
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

async function sendConnection(port: number, frontend: string, batches: number): Promise<void> {
  const socket = await open(port);
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
