import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { costOf } from '../helper/resident.ts';
import { open } from '../helper/send.ts';

const MIB = 1024 * 1024;
const CLIENTS = 50;

function start(frontend: object): Promise<Server> {
  return startServer({ flushInterval: '500ms', frontends: [frontend], backends: [jsonConsole] });
}

/** Waits for windows, so that all of the process has been used once. */
function warm(server: Server): Promise<void> {
  return server.until('its third window', () => server.windows.length >= 3);
}

/** Posts over a connection of its own, which the server is to close, and reads only when all is sent. Gives the status. */
async function postAndRead(port: number, body: Buffer, header = ''): Promise<number> {
  const socket = connect(port, '127.0.0.1').pause();
  let answer = '';
  socket.on('error', (error) => {
    answer ||= String(error);
  });
  const head = `POST /statsd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n${header}\r\n`;
  socket.write(head);
  if (!socket.write(body)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? Number.NaN);
}

describe.skipIf(process.platform !== 'linux')('memory of the process, seen from outside (Linux)', () => {
  test('50 connections with lines that never end cost less than 32 MB', async () => {
    const server = await start({ type: 'tcp', port: 0 });
    await warm(server);
    const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(server.port('tcp'))));
    const chunk = Buffer.alloc(MIB, 'a');
    const cost = await costOf(server, () =>
      Promise.all(
        sockets.map(async (socket) => {
          for (let sent = 0; sent < 20; sent++) if (!socket.write(chunk)) await once(socket, 'drain');
        }),
      ),
    );
    expect(cost / MIB).toBeLessThan(32);

    for (const socket of sockets) socket.end('\nend:1|c\n');
    await server.until('the lines after them', () => server.total('end') === CLIENTS);
    expect(server.total('statsdrain.lines.rejected', 'reason:line_too_long')).toBe(CLIENTS);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  test('50 gzip bombs at once are answered with 413 and cost less than 16 MiB', async () => {
    const server = await start({ type: 'http', port: 0 });
    const port = server.port('http');
    const gzip = 'content-encoding: gzip\r\n';
    expect(await postAndRead(port, gzipSync('good:1|c\n'.repeat(1000)), gzip)).toBe(204);
    const bomb = gzipSync(Buffer.alloc(512 * MIB));
    expect(await postAndRead(port, bomb, gzip)).toBe(413);
    await warm(server);
    let answers: number[] = [];
    const cost = await costOf(server, async () => {
      answers = await Promise.all(Array.from({ length: CLIENTS }, () => postAndRead(port, bomb, gzip)));
    });
    expect(answers).toEqual(Array(CLIENTS).fill(413));
    expect(cost / MIB).toBeLessThan(16);

    expect(await postAndRead(port, gzipSync('good:1|c\n'.repeat(1000)), gzip)).toBe(204);
    await server.until('the good lines', () => server.total('good') === 2000);
    expect(await server.stop()).toBe(0);
  }, 60_000);

  test('a plain body over the limit is answered with 413, also to a client that first sends all of it', async () => {
    const server = await start({ type: 'http', port: 0 });
    const port = server.port('http');
    await warm(server);
    const body = Buffer.alloc(40 * MIB, 'a:1|c\n');
    const answers: number[] = [];
    const cost = await costOf(server, async () => {
      for (let round = 0; round < 3; round++) answers.push(await postAndRead(port, body));
    });
    expect(answers).toEqual([413, 413, 413]);
    expect(cost / MIB).toBeLessThan(16);
    expect(await server.stop()).toBe(0);
    expect(server.total('a')).toBe(0);
  });

  test.for([
    ['of 64 KiB', 'line_too_long', `${'long'.repeat(16_000)}:1|c`],
    ['with 1,000 tags', 'too_many_tags', `tagged:1|c|#${Array.from({ length: 1000 }, (_, i) => `t${i}:1`).join(',')}`],
  ] as const)('lines %s, one per datagram and in volume, stay within the limits', async ([, reason, line]) => {
    const server = await start({ type: 'udp', port: 0 });
    await warm(server);
    const socket = createSocket('udp4');
    socket.connect(server.port('udp'), '127.0.0.1');
    await once(socket, 'connect');
    const cost = await costOf(server, async () => {
      for (let sent = 0; sent < 20_000; sent++) {
        socket.send(line);
        if (sent % 50 === 0) await turn();
      }
      await new Promise((resolve) => socket.send('', resolve));
    });
    socket.close();
    expect(cost / MIB).toBeLessThan(32);

    await server.until('some of them', () => server.total('statsdrain.lines.rejected', `reason:${reason}`) > 0);
    expect(await server.stop()).toBe(0);
    const rejected = server.total('statsdrain.lines.rejected', `reason:${reason}`, 'frontend:udp');
    expect(server.total('statsdrain.lines.received', 'frontend:udp')).toBe(rejected);
    expect(rejected).toBeGreaterThan(100);
  });
});
