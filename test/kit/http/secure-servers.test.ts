import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpServer, type ServerConfig } from '../../../src/kit/http/server.ts';
import { folderWith } from '../../config/temporary.ts';
import { certificateFor, shownName } from '../../helper/certificate.ts';
import { begin, send } from '../../helper/http-client.ts';
import { frontendContext } from '../../helper/intake.ts';

const own = certificateFor('own', '127.0.0.1');

async function open(
  changes: Partial<ServerConfig> = {},
  handler: RequestListener = (_, response) => void response.end('hello'),
) {
  const folder = folderWith({ 'cert.pem': own.cert, 'key.pem': own.key });
  const { log, logged } = frontendContext();
  const config: ServerConfig = {
    host: '127.0.0.1',
    port: 0,
    tls: { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') },
    maxConnections: 10,
    headersTimeout: 5000,
    requestTimeout: 5000,
    keepAliveTimeout: 5000,
    ...changes,
  };
  const { addresses, close } = await httpServer({ config, log }, handler).open();
  onTestFinished(() => close());
  const [url = ''] = addresses;
  return { url, port: Number(new URL(url).port), close, logged };
}

/** A client of its own process, which tells the server why it goes. */
async function openssl(port: number, ...how: string[]): Promise<void> {
  const where = ['s_client', '-connect', `127.0.0.1:${port}`, '-verify_return_error'];
  const client = spawn('openssl', [...where, ...how], { stdio: 'ignore' });
  await once(client, 'close');
}

describe('over TLS', () => {
  it('the address says so, and requests are answered', async () => {
    const { url } = await open();
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect((await send(url, undefined, { ca: own.cert })).text).toBe('hello');
    expect(await shownName(url)).toBe('own');
  });

  it.each<[title: string, attempt: (port: number) => Promise<unknown>, reason: string]>([
    [
      'plain HTTP',
      (port) => send(`http://127.0.0.1:${port}`).catch(() => undefined),
      'the client speaks plain HTTP; its URL must begin with "https://"',
    ],
    [
      'a client of TLS 1.1',
      (port) => openssl(port, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'),
      'the client needs TLS 1.2 or later (unsupported protocol)',
    ],
    [
      'a client of TLS 1.2 that does not trust the certificate',
      (port) => openssl(port, '-tls1_2'),
      'the client does not accept the certificate (tlsv1 alert unknown ca)',
    ],
    [
      'a client of TLS 1.3 that does not trust the certificate',
      (port) => openssl(port, '-tls1_3'),
      'the client does not accept the certificate (tlsv1 alert unknown ca)',
    ],
  ])('%s is refused, and told once', async (_, attempt, reason) => {
    const { url, port, logged } = await open();
    for (let i = 0; i < 2; i++) await attempt(port);
    await vi.waitFor(() => expect(logged).toHaveLength(1));
    expect((await send(url, undefined, { ca: own.cert })).status).toBe(200);
    expect(logged).toEqual([
      { level: 'warn', message: `refused TLS connections: ${reason}`, fields: { remote: '127.0.0.1', times: 1 } },
    ]);
  });

  it('whoever only looks whether the port is open is no trouble', async () => {
    const { url, port, logged } = await open();
    for (let i = 0; i < 3; i++) {
      const socket = connectPlain(port, '127.0.0.1');
      await once(socket, 'connect');
      if (i === 0) socket.destroy();
      else if (i === 1) socket.resetAndDestroy();
      else socket.end();
      await once(socket, 'close');
    }
    expect((await send(url, undefined, { ca: own.cert })).status).toBe(200);
    expect(logged).toEqual([]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a hello', Buffer.from('16030100c8010000', 'hex')],
  ])('a handshake of which %s comes is given up', async (_, bytes) => {
    const { port } = await open({ headersTimeout: 100 });
    const socket = connectPlain(port, '127.0.0.1');
    socket.write(bytes);
    socket.on('error', () => undefined);
    await once(socket, 'close');
  });

  it('slow headers are refused as without TLS', async () => {
    const { port } = await open({ headersTimeout: 100 });
    const socket = connect({ port, host: '127.0.0.1', ca: own.cert });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('connections without a request make room for others', async () => {
    const { port, url, logged } = await open({ maxConnections: 1 });
    const first = connectPlain(port, '127.0.0.1');
    await once(first, 'connect');
    const closed = once(first, 'close');
    expect((await send(url, undefined, { ca: own.cert })).status).toBe(200);
    await closed;
    expect(logged).toHaveLength(1);
  });

  it('close does not wait for a handshake, nor for an answer that does not come', async () => {
    const { url, port, close } = await open({ headersTimeout: 120_000, requestTimeout: 120_000 }, () => undefined);
    const inHandshake = connectPlain(port, '127.0.0.1');
    await once(inHandshake, 'connect');
    const { outgoing, answer } = begin(url, { ca: own.cert });
    const failed = expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
    outgoing.end();
    await once(outgoing, 'finish');
    const closed = [once(inHandshake, 'close'), failed];
    await close();
    await Promise.all(closed);
  });
});

it('does not open without its certificate', () => {
  const { log } = frontendContext();
  const config = {
    host: '127.0.0.1',
    port: 0,
    tls: { cert: '/none/cert.pem', key: '/none/key.pem' },
    maxConnections: 10,
    headersTimeout: 5000,
    requestTimeout: 5000,
    keepAliveTimeout: 5000,
  };
  expect(() => httpServer({ config, log }, () => undefined)).toThrow(
    /^cannot read the certificate "\/none\/cert\.pem": /,
  );
});
