import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type HttpProxy, parseProxy } from '../../../src/kit/http/proxy-choice.ts';
import { ProxyError, refusalBy, tunnels } from '../../../src/kit/http/tunnel.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A proxy that answers each request with this text. */
async function answering(text: string): Promise<HttpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return parseProxy(`http://user:word@127.0.0.1:${(server.address() as AddressInfo).port}`)!;
}

/** What comes through a tunnel to `hostname`, without TLS in it. */
function socketThrough(proxy: HttpProxy, hostname = 'api.test', timeoutMs = 20_000): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { connect } = tunnels(proxy, ({ httpSocket }, callback) => callback(null, httpSocket!), {
      timeoutMs,
      ca: undefined,
    });
    connect({ hostname, protocol: 'https:', port: '' }, (error, socket) =>
      error === null ? resolve(socket!) : reject(error),
    );
  });
}

it('a tunnel gives on what the server sends with the answer', async () => {
  const socket = await socketThrough(await answering('HTTP/1.1 200 OK\r\n\r\nhello'));
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  socket.destroy();
});

it.each([
  ['api.test', 'api.test:443'],
  ['fd12::1', '[fd12::1]:443'],
])('%s is asked for as %s', async (hostname, authority) => {
  let asked = '';
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      asked = String(chunk).split('\r\n')[0]!;
      socket.end('HTTP/1.1 204 OK\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  (await socketThrough(parseProxy(`http://127.0.0.1:${port}`)!, hostname)).destroy();
  expect(asked).toBe(`CONNECT ${authority} HTTP/1.1`);
});

it.each([
  ['HTTP/1.1 403 Forbidden\r\n\r\n', 'the proxy answered 403 to CONNECT'],
  ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\nuser:word', 'the proxy answered 502 to CONNECT'],
  ['HTTP/1.1 301 Moved\r\nLocation: http://b.test\r\n\r\n', 'the proxy answered 301 to CONNECT'],
  ['HTTP/1.1 407 Who\r\n\r\n', '407, the proxy does not take this user and password'],
])('%j is an error in words', async (answer, message) => {
  await expect(socketThrough(await answering(answer))).rejects.toThrow(new ProxyError(message));
});

it('a proxy that wants a user is told how one is written', () => {
  expect(refusalBy(parseProxy('http://a.test')!, 407)).toBe(
    '407, the proxy wants a user and a password; write "http://user:password@host:port"',
  );
});

it('a proxy that speaks something else is an error', async () => {
  await expect(socketThrough(await answering('220 mail ready\r\n\r\n'))).rejects.toMatchObject({
    code: expect.stringMatching(/^HPE_/),
  });
});

it('a proxy that does not answer is given up', async () => {
  await expect(socketThrough(await answering(''), 'api.test', 20)).rejects.toThrow(
    new ProxyError('the proxy did not answer CONNECT within 20 ms'),
  );
});

it('what is being made ends when it is closed', async () => {
  const proxy = await answering('');
  const { connect, close } = tunnels(proxy, () => undefined, { timeoutMs: 20_000, ca: undefined });
  const failed = new Promise((resolve) =>
    connect({ hostname: 'api.test', protocol: 'https:', port: '' }, (...[error]) => resolve(error)),
  );
  close();
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
});
