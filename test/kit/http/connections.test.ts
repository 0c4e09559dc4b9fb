import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Connections, connections, type Server as Destination } from '../../../src/kit/http/connections.ts';
import { parseProxy } from '../../../src/kit/http/proxy-choice.ts';
import { readAnswer } from '../../../src/kit/http/response-text.ts';
import { certificateFor } from '../../helper/certificate.ts';
import { type TestProxy, testProxy } from '../../helper/http-proxy.ts';

const certificate = certificateFor('localhost');
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface TestServer {
  readonly port: number;
  readonly url: string;
  /** Connections that were made to it, and those that are open. */
  readonly connections: number;
  readonly open: number;
}

async function listen(server: Server, scheme: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let made = 0;
  server.on('connection', (socket: Socket) => {
    made++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://localhost:${port}`,
    get connections() {
      return made;
    },
    get open() {
      return sockets.size;
    },
  };
}

const echo: RequestListener = (request: IncomingMessage, response) => {
  const { method, url, headers } = request;
  const asked = { method, url, host: headers.host, key: headers['x-key'], proxy: headers['proxy-authorization'] };
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => response.writeHead(200, { 'x-many': ['a', 'b'] }).end(JSON.stringify({ ...asked, body })));
};

const plainServer = (listener: RequestListener = echo) => listen(createServer(listener), 'http');
const tlsServer = (of = certificate) => listen(createTlsServer(of, echo), 'https');
const silentServer = (scheme: string) => listen(createTcpServer(), scheme);

async function proxyFor(...[options]: Parameters<typeof testProxy>): Promise<TestProxy> {
  const proxy = await testProxy(options);
  closing.push(proxy.close);
  return proxy;
}

function connect({
  base,
  proxy,
  tls = { ca: certificate.cert },
}: Partial<Omit<Destination, 'proxy'>> & { proxy?: string }) {
  const made = connections({
    endpoints: 1,
    base: base!,
    proxy: proxy === undefined ? undefined : parseProxy(proxy),
    tls,
  });
  closing.push(made.close);
  return made;
}

const inTime = () => AbortSignal.timeout(20_000);

async function post(to: Connections, path = '/write?db=x', signal = inTime()) {
  const reply = await to.request('POST', path, { 'X-Key': 'k' }, Buffer.from('a=1'), signal);
  return { status: reply.status, header: reply.header, answer: await readAnswer(reply.body) };
}

const withUser = (url: string, user: string) => url.replace('//', `//${user}@`);

describe('without a proxy', () => {
  it.each([
    ['http', plainServer],
    ['https', tlsServer],
  ] as const)('a request over %s', async (_, open) => {
    const server = await open();
    const { status, header, answer } = await post(connect({ base: `${server.url}/base` }));
    expect([status, header('x-many'), header('x-none')]).toEqual([200, 'a', undefined]);
    expect(JSON.parse(answer)).toEqual({
      method: 'POST',
      url: '/base/write?db=x',
      host: `localhost:${server.port}`,
      key: 'k',
      body: 'a=1',
    });
  });

  it('connections are kept for the next requests', async () => {
    const server = await plainServer();
    const to = connect({ base: server.url });
    for (let i = 0; i < 20; i++) await post(to);
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  it('there are no more than four connections', async () => {
    let answers: (() => void)[] = [];
    const server = await plainServer((request, response) => {
      request.resume();
      answers.push(() => response.end());
    });
    const to = connect({ base: server.url });
    const posted = Promise.all(Array.from({ length: 12 }, () => post(to)));
    for (let round = 0; round < 3; round++) {
      await vi.waitFor(() => expect(answers).toHaveLength(4));
      const now = answers;
      answers = [];
      for (const answer of now) answer();
    }
    await posted;
    expect(server.connections).toBe(4);
  });

  it('a certificate of nobody that is known ends it', async () => {
    const server = await tlsServer();
    const to = connect({ base: server.url, tls: {} });
    await expect(post(to)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('a certificate for another name ends it', async () => {
    const other = certificateFor('other.test');
    const server = await tlsServer(other);
    const to = connect({ base: server.url, tls: { ca: other.cert } });
    await expect(post(to)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(server.connections).toBe(1);
  });

  it.each(['http', 'https'])('a signal ends the wait for a server that says nothing over %s', async (scheme) => {
    const server = await silentServer(scheme);
    const to = connect({ base: server.url });
    const controller = new AbortController();
    const failed = expect(post(to, '/', controller.signal)).rejects.toThrow('too late');
    await vi.waitFor(() => expect(server.open).toBe(1));
    controller.abort(new Error('too late'));
    await failed;
  });

  it('a signal that was aborted before sends nothing', async () => {
    const server = await plainServer();
    const to = connect({ base: server.url });
    await expect(post(to, '/', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(JSON.parse((await post(to)).answer).url).toBe('/write?db=x');
  });
});

describe('closing', () => {
  it('ends connections and requests, and may be done twice', async () => {
    const server = await plainServer((request) => request.resume());
    const to = connect({ base: server.url });
    const failed = expect(post(to)).rejects.toThrow();
    await vi.waitFor(() => expect(server.open).toBe(1));
    await to.close();
    await to.close();
    await failed;
    await vi.waitFor(() => expect(server.open).toBe(0));
    await expect(post(to)).rejects.toThrow('the back-end was stopped');
  });

  it('needs no opening', async () => {
    await connect({ base: 'http://127.0.0.1:1' }).close();
  });

  it('ends a tunnel that is being made, and one in which nobody answers', async () => {
    for (const mood of ['hang', 'helpful'] as const) {
      const server = await silentServer('https');
      const proxy = await proxyFor();
      proxy.mood = mood;
      const to = connect({ base: server.url, proxy: proxy.url });
      const failed = expect(post(to)).rejects.toThrow();
      await vi.waitFor(() => expect(mood === 'hang' ? proxy.requests.length : server.open).toBe(1));
      await to.close();
      await failed;
      await vi.waitFor(() => expect(proxy.open).toBe(0));
    }
  });
});

describe('through a proxy', () => {
  it('an http server is asked for by its whole URL', async () => {
    const server = await plainServer();
    const proxy = await proxyFor({ credentials: 'us@er:wörd' });
    const to = connect({ base: `${server.url}/base`, proxy: withUser(proxy.url, 'us%40er:w%C3%B6rd') });
    const { status, answer } = await post(to);
    expect(status).toBe(200);
    expect(JSON.parse(answer)).toEqual({
      method: 'POST',
      url: '/base/write?db=x',
      host: `localhost:${server.port}`,
      key: 'k',
      body: 'a=1',
    });
    expect(proxy.requests).toMatchObject([
      {
        method: 'POST',
        target: `${server.url}/base/write?db=x`,
        headers: { host: `localhost:${server.port}`, 'proxy-authorization': 'Basic dXNAZXI6d8O2cmQ=' },
      },
    ]);
  });

  it('an https server is reached in a tunnel, and the proxy learns nothing but its name', async () => {
    const server = await tlsServer();
    const proxy = await proxyFor({ credentials: 'user:word' });
    const to = connect({ base: server.url, proxy: withUser(proxy.url, 'user:word') });
    const { status, answer } = await post(to);
    expect(status).toBe(200);
    expect(JSON.parse(answer)).toEqual({
      method: 'POST',
      url: '/write?db=x',
      host: `localhost:${server.port}`,
      key: 'k',
      body: 'a=1',
    });
    expect(proxy.requests).toEqual([
      {
        method: 'CONNECT',
        target: `localhost:${server.port}`,
        headers: {
          host: `localhost:${server.port}`,
          'user-agent': 'statsdrain',
          'proxy-authorization': 'Basic dXNlcjp3b3Jk',
          connection: 'close',
        },
      },
    ]);
  });

  it.each([
    ['http', plainServer],
    ['https', tlsServer],
  ] as const)('that is spoken to over TLS itself, to a server over %s', async (_, open) => {
    const server = await open();
    const proxy = await proxyFor({ tls: certificate });
    const { status, answer } = await post(connect({ base: server.url, proxy: proxy.url }));
    expect([status, JSON.parse(answer).body]).toEqual([200, 'a=1']);
    expect(proxy.requests).toHaveLength(1);
  });

  it('that is spoken to over TLS shows a certificate of its own name', async () => {
    const proxy = await proxyFor({ tls: certificate });
    proxy.mood = { status: 204 };
    expect((await post(connect({ base: 'http://intake.test', proxy: proxy.url }))).status).toBe(204);
  });

  it('there are no more than four tunnels, kept for the next requests', async () => {
    const server = await tlsServer();
    const proxy = await proxyFor();
    const to = connect({ base: server.url, proxy: proxy.url });
    await Promise.all(Array.from({ length: 12 }, () => post(to)));
    await post(to);
    expect(proxy.connections).toBeLessThanOrEqual(4);
  });

  it('the certificate of the server counts', async () => {
    const proxy = await proxyFor();
    const server = await tlsServer();
    await expect(post(connect({ base: server.url, proxy: proxy.url, tls: {} }))).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const other = certificateFor('other.test');
    const base = (await tlsServer(other)).url;
    await expect(post(connect({ base, proxy: proxy.url, tls: { ca: other.cert } }))).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(proxy.requests).toHaveLength(2);
  });

  it.each(['http', 'https'])('that closes its connections fails a request over %s once', async (scheme) => {
    const proxy = await proxyFor();
    proxy.mood = 'close';
    const to = connect({ base: `${scheme}://localhost:1`, proxy: proxy.url });
    await expect(post(to)).rejects.toThrow();
    expect(proxy.connections).toBe(1);
  });

  it.each(['http', 'https'])(
    'that accepts and says nothing is waited for until the signal, over %s',
    async (scheme) => {
      const proxy = await proxyFor();
      proxy.mood = 'hang';
      const to = connect({ base: `${scheme}://localhost:1`, proxy: proxy.url });
      const controller = new AbortController();
      const failed = expect(post(to, '/', controller.signal)).rejects.toThrow('too late');
      await vi.waitFor(() => expect(proxy.requests).toHaveLength(1));
      controller.abort(new Error('too late'));
      await failed;
      proxy.mood = 'helpful';
    },
  );

  it('a tunnel in which nobody answers is waited for until the signal', async () => {
    const server = await silentServer('https');
    const proxy = await proxyFor();
    const to = connect({ base: server.url, proxy: proxy.url });
    const controller = new AbortController();
    const failed = expect(post(to, '/', controller.signal)).rejects.toThrow('too late');
    await vi.waitFor(() => expect(server.open).toBe(1));
    controller.abort(new Error('too late'));
    await failed;
  });
});
