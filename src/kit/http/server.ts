import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../plugin.ts';
import { type Address, cannotListen, type Listener, urlOf } from '../listener.ts';
import { seldom } from '../seldom.ts';
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
  /** A connection was closed at once because `maxConnections` are open. */
  refused?(): void;
}

export interface HttpServer {
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

const MAX_HEADER_BYTES = 8192;
/** Bytes of a connection that wait to be read, and that wait to be sent. Node 22 and later would take 64 KiB. */
const HELD_BYTES = 16 * 1024;
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

  function create(): Server {
    const server = limitedServer(config, secure, handler);
    server.on('drop', () => tell.dropped());
    return server;
  }

  async function listen(server: Server, { host, port }: Address): Promise<AddressInfo> {
    try {
      server.listen({ host, port });
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
    highWaterMark: HELD_BYTES,
    headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.max(1, Math.min(CHECK_INTERVAL_MS, headersTimeout / 2)),
  };
  const server = secure === undefined ? createServer(options, handler) : secure.create(options, handler);
  server.maxConnections = limits.maxConnections;
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

/** What a server that listens has to tell, each at once and then once a minute. */
function troubles({ config: { maxConnections }, log, refused }: ServerOptions) {
  const tellDropped = seldom((times) =>
    log.warn(`refused connections: "maxConnections" is ${maxConnections}; raise it if these clients are yours`, {
      times,
    }),
  );
  const tellFailure = seldom((times, error: Error) =>
    log.error(`cannot accept connections: ${error.message}`, { times }),
  );
  return {
    dropped() {
      refused?.();
      tellDropped();
    },
    failed: (error: Error) => tellFailure(error),
  };
}
