import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FrontendContext, Logger } from '../../plugin.ts';
import { type Address, cannotListen, type Listener, urlOf } from '../listener.ts';
import { seldom } from '../seldom.ts';
import { type Dropped, guardConnections } from './connection-guard.ts';
import type { ServerLimits } from './limits.ts';
import { otherAddresses } from './localhost.ts';
import { type SecureServers, secureServers } from './secure-servers.ts';
import type { TlsFiles } from './tls.ts';

export interface ServerConfig extends Address, ServerLimits {
  /** Absent: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
}

/** The scheme of its URLs. */
export function schemeOf({ tls }: Pick<ServerConfig, 'tls'>): 'http' | 'https' {
  return tls === undefined ? 'http' : 'https';
}

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly log: Logger;
  /** Finds a socket that is there already. Default: there is none. */
  readonly inherited?: FrontendContext['inherited'] | undefined;
  /** A connection was closed to keep to `maxConnections`, at once or to make room for another one. */
  dropped?(why: Dropped): void;
  /** What came was no HTTP, or its head was too long: `status` is what it was answered with. */
  malformed?(status: number, remote: string): void;
}

export interface HttpServer {
  /** See {@link ConnectionGuard}. */
  trust(socket: Socket, posted: boolean): void;
  /** For a framework that wants it when it is made. Only `open` lets it listen. */
  readonly server: Server;
  /** Rejects when it cannot listen, and then holds nothing open. */
  open(): Promise<HttpListener>;
}

export interface HttpListener extends Listener {
  /**
   * Takes no more connections and closes idle ones at once. Requests in flight have a second to end; then `cutOff` is called
   * and what is left is closed.
   */
  close(cutOff?: () => void): Promise<void>;
}

/** The key of Firehose alone may take 4,096. */
const MAX_HEADER_BYTES = 16_384;
/** Bytes of a connection that wait to be read, and that wait to be sent. Node 22 and later would take 64 KiB. */
const HELD_BYTES = 16 * 1024;
/** Milliseconds that a connection may idle of which nothing but probes and refused requests came. */
const UNTRUSTED_KEEP_ALIVE_MS = 5000;
/** How often timeouts are looked for, at least. */
const CHECK_INTERVAL_MS = 5000;
/** How long requests in flight may take to end. */
const GRACE_MS = 1000;
/** How often connections are looked for whose last request has ended meanwhile. */
const SWEEP_MS = 50;

/** A server with limits against slow and hostile clients, that does not listen yet. Throws where its certificate is not good. */
export function httpServer(options: ServerOptions, handler: RequestListener): HttpServer {
  const { config, log } = options;
  const tell = troubles(options);
  const scheme = schemeOf(config);
  const secure = config.tls === undefined ? undefined : secureServers(config.tls, log);

  const { maxConnections, keepAliveTimeout } = config;
  const guard = guardConnections({
    maxConnections,
    maxPerAddress: Math.min(config.maxConnectionsPerAddress || maxConnections, maxConnections),
    untrustedKeepAlive: Math.min(UNTRUSTED_KEEP_ALIVE_MS, keepAliveTimeout),
    dropped: tell.dropped,
  });

  function create(): Server {
    const server = limitedServer(config, secure, handler);
    guard.watch(server);
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseMalformed(error, socket, guard.isBusy(socket), tell),
    );
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      tell.malformed(417, request.socket.remoteAddress ?? 'unknown');
      response.writeHead(417, { connection: 'close' }).end();
    });
    server.on('connect', (_request: IncomingMessage, socket: Socket) => {
      tell.malformed(405, socket.remoteAddress ?? 'unknown');
      socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
    });
    return server;
  }

  async function listen(server: Server, { host, port }: Address): Promise<AddressInfo> {
    try {
      const inherited = options.inherited?.('stream', { transport: 'tcp', host, port });
      if (inherited === undefined) server.listen({ host, port });
      else server.listen({ fd: inherited.fds[0] });
      await once(server, 'listening');
    } catch (error) {
      // Also one that does not listen holds memory until it is closed: https://github.com/nodejs/node/issues/48604
      server.close();
      throw cannotListen(error, scheme, { host, port });
    }
    server.on('error', (error) => tell.failed(error));
    return server.address() as AddressInfo;
  }

  const server = create();
  return {
    server,
    trust: guard.trust,
    async open() {
      const servers = [server];
      const first = await listen(server, config);
      const bound = [first];
      for (const host of await otherAddresses(config.host, first.address)) {
        const other = create();
        try {
          bound.push(await listen(other, { host, port: first.port }));
          servers.push(other);
        } catch (error) {
          if (!lacksFamily(error)) log.warn(`${(error as Error).message}; clients that try ${host} get no answer`);
        }
      }
      const endWatch = secure?.follow();
      return {
        addresses: bound.map(({ address, port }) => urlOf(scheme, { host: address, port })),
        async close(cutOff) {
          endWatch?.();
          await close(servers, () => {
            cutOff?.();
            secure?.destroyConnections();
          });
        },
      };
    },
  };
}

function limitedServer(limits: ServerLimits, secure: SecureServers | undefined, handler: RequestListener): Server {
  const headersTimeout = Math.min(limits.headersTimeout, limits.requestTimeout);
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    // A sender that leaves it out would lose its lines for nothing.
    requireHostHeader: false,
    highWaterMark: HELD_BYTES,
    headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.max(1, Math.min(CHECK_INTERVAL_MS, headersTimeout / 2)),
  };
  const server = secure === undefined ? createServer(options, handler) : secure.create(options, handler);
  return server;
}

/** In a container `localhost` often has an address of IPv6, and the machine none. */
function lacksFamily(error: unknown): boolean {
  const { code } = (error as Error).cause as NodeJS.ErrnoException;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

async function close(servers: readonly Server[], cutOff: () => void): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, SWEEP_MS);
  const cut = setTimeout(() => {
    cutOff();
    for (const server of servers) server.closeAllConnections();
  }, GRACE_MS);
  await Promise.all(closed);
  clearInterval(sweep);
  clearTimeout(cut);
}

/** Answers what is no request of HTTP and closes the connection, as it does with one that only goes away or has no TLS. */
function refuseMalformed(
  error: NodeJS.ErrnoException,
  socket: Socket,
  isBusy: boolean,
  tell: ReturnType<typeof troubles>,
): void {
  const { code = '' } = error;
  if (!/^(HPE_|ERR_HTTP_)/.test(code) || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = MALFORMED.get(code) ?? 400;
  // Of one that is broken in the middle of a body its route knows; one that was late or went away has asked for nothing.
  if (status !== 408 && code !== 'HPE_INVALID_EOF_STATE' && !isBusy)
    tell.malformed(status, socket.remoteAddress ?? 'unknown');
  const sentence = `${STATUS_CODES[status]}\n`;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain\r\nContent-Length: ${sentence.length}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${sentence}`, () => socket.destroy());
}

const MALFORMED: ReadonlyMap<string, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** What a server that listens has to tell, each at once and then once a minute. */
function troubles({ config: { maxConnections, maxConnectionsPerAddress }, log, dropped, malformed }: ServerOptions) {
  const sentences: Readonly<Record<Dropped, string>> = {
    full: `refused connections: "maxConnections" is ${maxConnections}, and all that are open have posted; raise it if these clients are yours`,
    address: `refused connections: "maxConnectionsPerAddress" is ${maxConnectionsPerAddress}; raise it if these clients are yours`,
    evicted: 'closed idle connections without a credential to make room for others',
  };
  const tellDropped = {
    full: seldom((times, remote: string) => log.warn(sentences.full, { remote, times })),
    address: seldom((times, remote: string) => log.warn(sentences.address, { remote, times })),
    evicted: seldom((times, remote: string) => log.warn(sentences.evicted, { remote, times })),
  };
  const tellFailure = seldom((times, error: Error) =>
    log.error(`cannot accept connections: ${error.message}`, { times }),
  );
  const tellMalformed = seldom((times, status: number, remote: string) =>
    log.warn('refused what is no request of HTTP, or one whose head is over 16 KiB', { status, remote, times }),
  );
  return {
    dropped(why: Dropped, remote: string) {
      dropped?.(why);
      tellDropped[why](remote);
    },
    malformed(status: number, remote: string) {
      malformed?.(status, remote);
      tellMalformed(status, remote);
    },
    failed: (error: Error) => tellFailure(error),
  };
}
