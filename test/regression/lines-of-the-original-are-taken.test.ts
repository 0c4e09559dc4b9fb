import { request } from 'node:http';
import { expect, it } from 'vitest';
import { type Entry, jsonConsole, startServer } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

/** Lines that the original daemon takes, and what they say. */
const taken = [
  'queue:0| ms',
  'hits:1|c ',
  'hits: 1|c',
  'hits:\t1|c',
  'depth:5 |g',
  'hits:1|c\0',
  'hits:1|c|#env:prod\0',
  'hits:1|c|@0.5 ',
  'below:3|g',
  'below: -7|g',
  'meter:2|m',
  'depth:6|g|@0',
];
const WINDOWS = 3;

const post = (port: number, body: string) =>
  new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/statsd', method: 'POST' }, (answer) => {
      answer.resume().on('end', resolve);
    });
    sent.on('error', reject).end(body);
  });

it('blanks, tabs and NUL around values and types, and meters, are taken in the dialect auto whichever way they come', async () => {
  const frontends = [
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
    { type: 'http', port: 0 },
  ];
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
  const lines = `${taken.join('\n')}\n`;
  // Keys are new once, and then known to the module that reads most lines.
  for (let times = 1; times <= WINDOWS; times++) {
    await sendUdp(server.port('udp'), lines);
    await sendStream(server.port('tcp'), lines);
    await post(server.port('http'), lines);
    await server.until('the lines', () => server.total('statsdrain.lines.received') === 3 * times * taken.length);
  }
  expect(await server.stop()).toBe(0);

  expect(server.total('statsdrain.lines.rejected')).toBe(0);
  expect(server.total('statsdrain.lines.aggregated')).toBe(3 * WINDOWS * taken.length);
  const last = (name: string) => server.entries.findLast((entry: Entry) => entry.name === name)?.value;
  expect([server.total('hits', 'env:prod'), server.total('hits'), server.total('meter')]).toEqual([
    3 * WINDOWS,
    3 * WINDOWS * 7,
    3 * WINDOWS * 2,
  ]);
  expect([last('depth'), last('below')]).toEqual([6, -7]);
  const queue = server.entries.filter(({ name }) => name === 'queue').map(({ count = 0 }) => count);
  expect(queue.reduce((sum, count) => sum + count, 0)).toBe(3 * WINDOWS);
});
