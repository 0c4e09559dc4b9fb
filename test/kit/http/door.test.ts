import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { createDoor, type Door, type Entrance } from '../../../src/kit/http/door.ts';
import type { ServerConfig } from '../../../src/kit/http/server.ts';
import { send } from '../../helper/http-client.ts';
import { frontendContext } from '../../helper/intake.ts';

const config: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 10,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
};

const open: Entrance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((entrance) => entrance.close()));
});

const says =
  (sentence: string): RequestListener =>
  (_, response) =>
    void response.end(sentence);

async function enter(door: Door, handler: RequestListener, changes: Partial<ServerConfig> = {}) {
  const { log } = frontendContext();
  const entrance = await door.prepare({ config: { ...config, ...changes }, log }, handler).open();
  const [url = ''] = entrance.addresses;
  return { entrance, url };
}

it('is open all the time: what comes between two owners is answered by the second', async () => {
  const door = createDoor();
  const { entrance, url } = await enter(door, says('first'));
  expect((await send(url)).text).toBe('first');
  await entrance.leave(() => undefined);
  const between = send(url);
  const next = await enter(door, says('second'));
  open.push(next.entrance);
  expect(next.url).toBe(url);
  expect((await between).text).toBe('second');
  expect((await send(url)).text).toBe('second');
});

it('lets what is in flight end with its own owner, and says so where that takes too long', async () => {
  const door = createDoor();
  const held: ServerResponse[] = [];
  const { entrance, url } = await enter(door, (_, response) => void held.push(response));
  const [quick, slow] = [send(url), send(url)];
  await vi.waitFor(() => expect(held).toHaveLength(2));
  const cutOff = vi.fn();
  const left = entrance.leave(cutOff);
  const next = await enter(door, says('second'));
  open.push(next.entrance);
  held[0]!.end('first');
  expect((await quick).text).toBe('first');
  await left;
  expect(cutOff).toHaveBeenCalledOnce();
  held[1]!.end('late');
  expect((await slow).text).toBe('late');
});

it('is another server where it is configured otherwise', async () => {
  const door = createDoor();
  const { entrance, url } = await enter(door, says('first'));
  await entrance.leave(() => undefined);
  const { port } = new URL(url);
  const next = await enter(door, says('second'), { port: Number(port), maxConnections: 11 });
  open.push(next.entrance);
  expect((await send(url)).text).toBe('second');
});

it('waits for nobody who went away while it had no owner', async () => {
  const door = createDoor();
  const { entrance, url } = await enter(door, says('first'));
  await entrance.leave(() => undefined);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'connect');
  expect((await Promise.race([send(url), new Promise((resolve) => setTimeout(resolve, 50))])) as unknown).toBe(
    undefined,
  );
  socket.destroy();
  await once(socket, 'close');
  const seen: string[] = [];
  const next = await enter(door, (request, response) => {
    seen.push(request.url!);
    response.end('second');
  });
  await vi.waitFor(async () => expect((await send(url)).text).toBe('second'));
  const cutOff = vi.fn();
  await next.entrance.leave(cutOff);
  expect(cutOff).not.toHaveBeenCalled();
  open.push((await enter(door, says('third'))).entrance);
});

it('makes another server for one who comes too late for the one that was left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const door = createDoor();
    const { entrance, url } = await enter(door, says('first'));
    await entrance.leave(() => undefined);
    const prepared = door.prepare({ config, log: frontendContext().log }, says('second'));
    await vi.advanceTimersByTimeAsync(2000);
    await expect(send(url)).rejects.toThrow('ECONNREFUSED');
    const late = await prepared.open();
    open.push(late);
    expect((await send(late.addresses[0]!)).text).toBe('second');
  } finally {
    vi.useRealTimers();
  }
});

it('is closed when nobody takes it, and whoever waits is let go', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const door = createDoor();
    const { entrance, url } = await enter(door, says('first'));
    await entrance.leave(() => undefined);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = text(socket).catch(() => '');
    await once(socket, 'connect');
    // The second of these is for what is left of the connection.
    for (let turn = 0; turn < 4; turn++) {
      await vi.advanceTimersByTimeAsync(1000);
      await new Promise(setImmediate);
    }
    expect(await answer).toBe('');
    await expect(send(url)).rejects.toThrow('ECONNREFUSED');
  } finally {
    vi.useRealTimers();
  }
});
