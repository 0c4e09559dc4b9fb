import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cannotListen, listenAt, singleListener, urlOf } from '../../src/kit/listener.ts';

const ADDRESSES = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2'];

describe('urlOf', () => {
  it.each([
    ['127.0.0.1', 'udp://127.0.0.1:8125'],
    ['metrics.example', 'udp://metrics.example:8125'],
    ['::1', 'udp://[::1]:8125'],
    ['::ffff:127.0.0.1', 'udp://[::ffff:127.0.0.1]:8125'],
    ['fe80::1%eth0', 'udp://[fe80::1%eth0]:8125'],
  ])('puts IPv6 addresses in brackets: %s', (host, url) => {
    expect(urlOf('udp', { host, port: 8125 })).toBe(url);
  });
});

describe('a single listener', () => {
  function opened() {
    const close = vi.fn(async () => undefined);
    const listen = vi.fn(async () => ({ addresses: ADDRESSES, close }));
    return { close, listen, ...singleListener(listen) };
  }

  it('gives its addresses, and listens once however often it is started', async () => {
    const { start, listen } = opened();
    expect(listen).not.toHaveBeenCalled();
    expect(await Promise.all([start(), start()])).toEqual([ADDRESSES, ADDRESSES]);
    expect(await start()).toEqual(ADDRESSES);
    expect(listen).toHaveBeenCalledTimes(1);
  });

  it('closes once, however often it is stopped', async () => {
    const { start, stop, close } = opened();
    await start();
    await Promise.all([stop(), stop()]);
    await stop();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('stops only when it is closed', async () => {
    let closed: () => void = () => undefined;
    const close = () => new Promise<void>((resolve) => (closed = resolve));
    const { start, stop } = singleListener(async () => ({ addresses: ADDRESSES, close }));
    await start();
    const stopped = vi.fn();
    const both = [stop(), stop()].map((stopping) => stopping.then(stopped));
    await new Promise(setImmediate);
    expect(stopped).not.toHaveBeenCalled();
    closed();
    await Promise.all(both);
  });

  it('may be stopped without a start', async () => {
    const { stop, close } = opened();
    await stop();
    expect(close).not.toHaveBeenCalled();
  });

  it('that is still being opened is closed by a stop', async () => {
    const { start, stop, close } = opened();
    const starting = start();
    await stop();
    expect(close).toHaveBeenCalledTimes(1);
    expect(await starting).toEqual(ADDRESSES);
  });

  it('listens again after a stop', async () => {
    const { start, stop, listen, close } = opened();
    await start();
    await stop();
    expect(await start()).toEqual(ADDRESSES);
    await stop();
    expect(listen).toHaveBeenCalledTimes(2);
    expect(close).toHaveBeenCalledTimes(2);
  });

  describe('that cannot listen', () => {
    const failing = () => {
      const listen = vi.fn(async () => ({ addresses: ADDRESSES, close: async () => undefined }));
      listen.mockRejectedValueOnce(new Error('no'));
      return singleListener(listen);
    };

    it('says so, and tries again with the next start', async () => {
      const { start } = failing();
      await expect(start()).rejects.toThrow('no');
      expect(await start()).toEqual(ADDRESSES);
    });

    it('is stopped without harm, before it says so and afterwards', async () => {
      const { start, stop } = failing();
      const starting = start();
      const stopping = stop();
      await expect(starting).rejects.toThrow('no');
      await stopping;
      await stop();
    });
  });
});

describe('a server', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it.each([
    ['TCP', () => createServer()],
    ['HTTP', () => createHttpServer()],
  ])('of %s listens, and where is given with the port of the system', async (_, create) => {
    const server: Server = create();
    servers.push(server);
    const url = await listenAt(server, 'scheme', { host: '127.0.0.1', port: 0 });
    const [, port] = /^scheme:\/\/127\.0\.0\.1:(\d+)$/.exec(url)!;
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.destroy();
  });

  it('given a name says to what address it is bound', async () => {
    const server = createServer();
    servers.push(server);
    expect(await listenAt(server, 'tcp', { host: 'localhost', port: 0 })).toMatch(
      /^tcp:\/\/(127\.0\.0\.1|\[::1\]):[1-9]\d*$/,
    );
  });

  it('that cannot listen says why, with the names of the settings', async () => {
    const first = createServer();
    const second = createServer();
    servers.push(first);
    const url = await listenAt(first, 'tcp', { host: '127.0.0.1', port: 0 });
    const port = Number(url.slice(url.lastIndexOf(':') + 1));
    const keys = { host: 'admin.host', port: 'admin.port' };
    await expect(listenAt(second, 'tcp', { host: '127.0.0.1', port }, keys)).rejects.toThrow(
      `cannot listen on ${url}: another process uses port ${port}; stop it, or set "admin.port" to a free one`,
    );
    expect(second.listening).toBe(false);
  });
});

describe('an address that cannot be listened on', () => {
  const failure = (code: string) => Object.assign(new Error(`${code}: words of the system`), { code });

  it.each([
    [
      'EADDRINUSE',
      '127.0.0.1',
      'cannot listen on tcp://127.0.0.1:80: another process uses port 80; stop it, or set "port" to a free one',
    ],
    [
      'EADDRNOTAVAIL',
      '192.0.2.1',
      'cannot listen on tcp://192.0.2.1:80: this machine does not have the address "192.0.2.1"; set "host" to one that it has, or to "0.0.0.0" for all',
    ],
    ['EAFNOSUPPORT', '::1', 'cannot listen on tcp://[::1]:80: this machine has no IPv6; set "host" to an IPv4 address'],
    [
      'EACCES',
      '127.0.0.1',
      'cannot listen on tcp://127.0.0.1:80: port 80 needs a privilege (CAP_NET_BIND_SERVICE); grant it, or set "port" to 1024 or more',
    ],
    [
      'ENOTFOUND',
      'nowhere.invalid',
      'cannot listen on tcp://nowhere.invalid:80: the name "nowhere.invalid" has no address; set "host" to an IP address or a name that resolves',
    ],
    [
      'EAI_AGAIN',
      'nowhere.invalid',
      'cannot listen on tcp://nowhere.invalid:80: the name "nowhere.invalid" has no address; set "host" to an IP address or a name that resolves',
    ],
    ['EMFILE', '127.0.0.1', 'cannot listen on tcp://127.0.0.1:80: EMFILE: words of the system'],
  ])('is told with the reason and the remedy: %s', (code, host, text) => {
    const cause = failure(code);
    const error = cannotListen(cause, 'tcp', { host, port: 80 });
    expect(error.message).toBe(text);
    expect(error.cause).toBe(cause);
  });

  it.each(['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EACCES', 'ENOTFOUND'])(
    'is told with the names of its own settings: %s',
    (code) => {
      const keys = { host: 'admin.host', port: 'admin.port' };
      const { message } = cannotListen(failure(code), 'tcp', { host: '::1', port: 80 }, keys);
      expect(message).toMatch(/ set "admin\.(host|port)" to /);
    },
  );
});
