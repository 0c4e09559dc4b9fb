import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parsePage } from '../backends/prometheus/exposition.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { post, sendStream, sendUdp } from '../helper/send.ts';
import { hostileFrames, hostileLines, hostileLogLines } from './corpus.ts';

/** Largest payload of a UDP datagram over IPv4. */
const MAX_DATAGRAM = 65_507;

test('every front-end survives the corpus of hostile names and bytes with every type', async () => {
  const server = await startServer({
    flushInterval: '200ms',
    frontends: [
      { type: 'udp', port: 0 },
      { type: 'udp', name: 'dgram', port: 0, receiver: 'dgram' },
      { type: 'tcp', port: 0 },
      { type: 'unix', path: 'drain.sock' },
      { type: 'http', port: 0 },
    ],
    backends: [jsonConsole, { type: 'prometheus', port: 0 }],
  });
  const lines = hostileLines();
  const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const good = (frontend: string) => `good.${frontend}:1|c`;

  for (const frontend of ['udp', 'dgram']) {
    const port = server.port(frontend);
    await sendUdp(port, ...lines.filter(({ length }) => length <= MAX_DATAGRAM));
    await repeat(
      () => sendUdp(port, good(frontend)),
      () => server.total(good(frontend).split(':')[0]!) > 0,
    );
  }
  for (const [frontend, target] of [
    ['tcp', server.port('tcp')],
    ['unix', join(server.folder, 'drain.sock')],
  ] as const) {
    await sendStream(target, text);
    for (const line of lines.slice(0, 50)) await sendStream(target, line);
    await sendStream(target, good(frontend));
    await server.until(`the good line of ${frontend}`, () => server.total(`good.${frontend}`) === 1);
  }

  const port = server.port('http');
  expect(await post(port, '/statsd', text)).toBe(204);
  for (const line of hostileLogLines()) expect(await post(port, '/logs', line)).toBe(204);
  for (const frame of hostileFrames()) {
    expect(await post(port, '/logs', frame, { 'content-type': 'application/logplex-1' })).toBeLessThan(500);
  }
  for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip', '__proto__']) {
    const status = await post(port, '/statsd', text.subarray(0, 1000), { 'content-encoding': encoding });
    expect([400, 415]).toContain(status);
  }
  expect(await post(port, '/statsd', good('http'))).toBe(204);
  await server.until('the good line of http', () => server.total('good.http') === 1);

  const page = await (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
  expect(parsePage(page).size).toBeGreaterThan(10);

  expect(await server.stop()).toBe(0);
  expect(server.stdout, 'lines that are not JSON').toBe('');
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  for (const frontend of ['udp', 'dgram', 'tcp', 'unix', 'http']) {
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
