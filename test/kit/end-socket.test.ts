import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { endSocket } from '../../src/kit/end-socket.ts';

const LONG = 60_000;

let server: Server;
let other: Socket | undefined;
afterEach(() => {
  vi.useRealTimers();
  other?.destroy();
  server.close();
});

/** A connection that only writes, and its other side, which has to be told to read. */
async function connected(): Promise<{ socket: Socket; other: Socket }> {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  const [accepted] = (await once(server, 'connection')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  other = accepted;
  return { socket, other: accepted };
}

it('resolves once the other side has read everything and closed, and leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { socket, other } = await connected();
  socket.write('a:1|c\n');
  let ended = false;
  const ending = endSocket(socket, LONG).then(() => {
    ended = true;
  });
  let text = '';
  other.on('data', (chunk) => {
    text += chunk;
  });
  await once(other.resume(), 'end');
  expect(text).toBe('a:1|c\n');
  expect(ended).toBe(false);
  other.end();
  await ending;
  expect(socket.closed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it('resolves after the time that it is given when the other side does not close', async () => {
  const { socket } = await connected();
  await endSocket(socket, 10);
  expect(socket.closed).toBe(true);
});

it('gives up a connection that is still being made', async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const made = vi.fn();
  socket.on('connect', made);
  await endSocket(socket, LONG);
  expect(socket.closed).toBe(true);
  expect(made).not.toHaveBeenCalled();
});

it('has nothing to wait for when the connection is closed', async () => {
  const { socket } = await connected();
  await once(socket.destroy(), 'close');
  await endSocket(socket, LONG);
});
