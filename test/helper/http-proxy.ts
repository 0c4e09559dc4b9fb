import { createServer, request as httpRequest, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

/** What a proxy was asked for. */
export interface ProxyRequest {
  readonly method: string;
  /** As it stood in the request: a whole URL, or `host:port` of `CONNECT`. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** `status`: answered to everything; `hang`: never an answer; `close`: connections are closed at once. */
export type ProxyMood = 'helpful' | 'hang' | 'close' | { readonly status: number; readonly body?: string };

/** A small HTTP proxy on loopback that really forwards, in both ways. */
export interface TestProxy {
  /** Without credentials. */
  readonly url: string;
  readonly requests: readonly ProxyRequest[];
  /** Connections that were made to it, and those that are open. */
  readonly connections: number;
  readonly open: number;
  mood: ProxyMood;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** It is spoken to over HTTPS. */
  readonly tls?: Certificate;
  /** A port of this machine where every tunnel ends, whatever was asked for. */
  readonly tunnelsTo?: number;
}

export async function testProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let connections = 0;
  let mood: ProxyMood = 'helpful';
  const wanted =
    options.credentials === undefined ? undefined : `Basic ${Buffer.from(options.credentials).toString('base64')}`;
  const allowed = (headers: IncomingHttpHeaders) => wanted === undefined || headers['proxy-authorization'] === wanted;

  const server: Server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on('connection', (socket: Socket) => {
    connections++;
    if (mood === 'close') socket.destroy();
    else hold(socket, sockets);
  });
  server.on('request', (request, response: ServerResponse) => {
    const { method = '', url: target = '', headers } = request;
    requests.push({ method, target, headers });
    if (mood === 'hang') return;
    if (typeof mood === 'object') response.writeHead(mood.status).end(mood.body);
    else if (!allowed(headers)) response.writeHead(407).end(`who is ${headers['proxy-authorization']}?`);
    else {
      const { 'proxy-authorization': _, ...passed } = headers;
      const forwarded = httpRequest(target, { method, headers: passed }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forwarded.on('error', () => response.writeHead(502).end());
      request.pipe(forwarded);
    }
  });
  server.on('connect', ({ url: target = '', headers }, socket: Socket) => {
    requests.push({ method: 'CONNECT', target, headers });
    socket.on('error', () => undefined);
    socket.once('end', () => socket.destroy());
    if (mood === 'hang') {
      socket.resume();
      return;
    }
    const status = typeof mood === 'object' ? mood.status : allowed(headers) ? 200 : 407;
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const { tunnelsTo } = options;
    const upstream = hold(tunnelsTo === undefined ? connect(Number(port), hostname) : connect(tunnelsTo), upstreams);
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
    upstream.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
  });

  function hold(socket: Socket, among: Set<Socket>): Socket {
    among.add(socket);
    return socket.once('close', () => among.delete(socket));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of [...sockets, ...upstreams]) socket.destroy();
      }),
  };
}
