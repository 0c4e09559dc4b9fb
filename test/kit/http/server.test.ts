import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Dropped } from '../../../src/kit/http/connection-guard.ts';
import { httpServer, type ServerConfig } from '../../../src/kit/http/server.ts';
import { begin, send } from '../../helper/http-client.ts';
import { frontendContext } from '../../helper/intake.ts';

vi.mock('node:dns/promises', () => ({
  lookup: async () => [{ address: '127.0.0.1' }, { address: '127.0.0.2' }, { address: '127.0.0.1' }],
}));

const defaults: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 10,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
};

const hello: RequestListener = (_, response) => void response.end('hello');

async function open(changes: Partial<ServerConfig> = {}, handler = hello) {
  const { log, logged } = frontendContext();
  const dropped: Dropped[] = [];
  const malformed: number[] = [];
  const config = { ...defaults, ...changes };
  const http = httpServer(
    { config, log, dropped: (why) => dropped.push(why), malformed: (status) => malformed.push(status) },
    handler,
  );
  const listener = await http.open();
  onTestFinished(() => listener.close());
  const [url = ''] = listener.addresses;
  return { ...listener, url, port: Number(new URL(url).port), logged, dropped, malformed, trust: http.trust };
}

/** A server that answers nothing; the test does. */
async function openSilent() {
  let arrive: (response: ServerResponse) => void = () => undefined;
  const arrived = new Promise<ServerResponse>((resolve) => {
    arrive = resolve;
  });
  return { ...(await open({}, (_, response) => arrive(response))), arrived };
}

describe('open', () => {
  it('gives the address', async () => {
    const { url } = await open();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await send(url)).text).toBe('hello');
  });

  it('takes every address of "localhost", on one port', async () => {
    const { addresses, port } = await open({ host: 'localhost' });
    expect(addresses).toContain(`http://127.0.0.1:${port}`);
    expect(addresses).toContain(`http://127.0.0.2:${port}`);
    for (const url of addresses) expect((await send(url)).text).toBe('hello');
  });

  it('says why it cannot listen, and holds nothing open', async () => {
    const { port } = await open();
    const { log } = frontendContext();
    const second = httpServer({ config: { ...defaults, port }, log }, hello);
    await expect(second.open()).rejects.toThrow(
      `cannot listen on http://127.0.0.1:${port}: another process uses port ${port}; stop it, or set "port" to a free one`,
    );
    expect(second.server.listening).toBe(false);
  });

  it('serves "localhost" where it can when another address is taken', async () => {
    // The port of the one may be in use by somebody else on the other.
    const both = async () => {
      const { port } = await open({ host: '127.0.0.2' });
      return open({ host: 'localhost', port });
    };
    const { port, addresses, logged } = await both().catch(both).catch(both);
    expect(addresses).not.toContain(`http://127.0.0.2:${port}`);
    expect(logged).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/127\.0\.0\.2.* another process uses port/) },
    ]);
  });
});

describe('limits', () => {
  it('closes what comes where all that are open may stay, counts each and tells once', async () => {
    let trust: (socket: Socket, posted: boolean) => void = () => undefined;
    const { url, port, logged, dropped, ...http } = await open({ maxConnections: 1 }, (request, response) => {
      trust(request.socket, true);
      response.end('hello');
    });
    trust = http.trust;
    const first = connect(port, '127.0.0.1');
    first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(first, 'data');
    for (let i = 0; i < 2; i++) expect(await text(connect(port, '127.0.0.1'))).toBe('');
    expect(dropped).toEqual(['full', 'full']);
    expect(logged).toEqual([
      {
        level: 'warn',
        message:
          'refused connections: "maxConnections" is 1, and all that are open have posted; raise it if these clients are yours',
        fields: { remote: '127.0.0.1', times: 1 },
      },
    ]);
    first.destroy();
    await once(first, 'close');
    await vi.waitFor(async () => expect((await send(url)).status).toBe(200));
  });

  it('closes what idles longest and never posted to make room', async () => {
    const { port, url, dropped, logged } = await open({ maxConnections: 2 });
    const [first, second] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    for (const socket of [second, first]) {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(socket, 'data');
    }
    const closed = once(second, 'close');
    expect((await send(url)).status).toBe(200);
    await closed;
    expect(first.destroyed).toBe(false);
    expect(dropped).toEqual(['evicted']);
    expect(logged).toMatchObject([{ fields: { remote: '127.0.0.1', times: 1 } }]);
    first.destroy();
  });

  it('has a limit for one address', async () => {
    const { port, dropped } = await open({ maxConnections: 9, maxConnectionsPerAddress: 1 });
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.3' });
    await once(other, 'connect');
    const closed = once(idle, 'close');
    const next = connect(port, '127.0.0.1');
    await closed;
    expect(dropped).toEqual(['evicted']);
    expect(other.destroyed).toBe(false);
    for (const socket of [other, next]) socket.destroy();
  });

  it.each([
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n', 417],
  ])('refuses what no handler sees, counts and tells: %#', async (bytes, status) => {
    const { port, malformed } = await open();
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(malformed).toEqual([status]);
  });

  it('needs no Host', async () => {
    const { port } = await open();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toContain('hello');
  });

  it.each([
    ['NONSENSE\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('answers what is no request, counts and tells: %#', async (bytes, status) => {
    const { port, malformed, logged } = await open();
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(malformed).toEqual([status]);
    expect(logged).toMatchObject([{ level: 'warn', fields: { status, remote: '127.0.0.1', times: 1 } }]);
  });

  it.each([
    ['headers', { headersTimeout: 50 }, 'GET / HTTP/1.1\r\nHost: a\r\n'],
    ['a body', { requestTimeout: 50 }, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
    ['nothing', { headersTimeout: 50 }, ''],
    ['nothing, where the request has the shorter limit', { requestTimeout: 50 }, ''],
  ])('closes a connection that brings %s for too long', async (_, limits, bytes) => {
    const { port } = await open(limits, () => undefined);
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('refuses headers of more than 16 KiB', async () => {
    const { url } = await open();
    expect((await send(url, undefined, { headers: { 'x-long': 'x'.repeat(16_384) } })).status).toBe(431);
  });
});

it('tells of connections that the system cannot give, once', async () => {
  const { log, logged } = frontendContext();
  const http = httpServer({ config: defaults, log }, hello);
  const { close } = await http.open();
  for (let i = 0; i < 3; i++) http.server.emit('error', new Error('accept EMFILE'));
  expect(logged).toEqual([
    { level: 'error', message: 'cannot accept connections: accept EMFILE', fields: { times: 1 } },
  ]);
  await close();
});

describe('close', () => {
  it('closes an idle connection at once', async () => {
    const { port, close } = await open();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    const cutOff = vi.fn();
    await close(cutOff);
    await once(socket, 'close');
    expect(cutOff).not.toHaveBeenCalled();
    await expect(send(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
  });

  it('lets a request end that is in flight, and closes its connection then', async () => {
    const { port, close, arrived } = await openSilent();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    const response = await arrived;
    const cutOff = vi.fn();
    const closed = close(cutOff);
    response.end('late');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*late/s);
    await closed;
    expect(cutOff).not.toHaveBeenCalled();
  });

  it('cuts off what does not end, and says so before', async () => {
    const { url, close, arrived } = await openSilent();
    const { outgoing, answer } = begin(url);
    const failed = expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
    outgoing.end();
    const response = await arrived;
    const cutOff = vi.fn(() => expect(response.destroyed).toBe(false));
    await close(cutOff);
    expect(cutOff).toHaveBeenCalledTimes(1);
    await failed;
  });
});
