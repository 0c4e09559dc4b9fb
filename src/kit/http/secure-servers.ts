import type { RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../plugin.ts';
import { seldom } from '../seldom.ts';
import { followCertificate, tellExpired } from './certificate-watch.ts';
import { readCertificate, type TlsFiles } from './tls.ts';

/** HTTPS servers that share a certificate. */
export interface SecureServers {
  /** `headersTimeout` is also the longest time of a handshake. */
  create(options: ServerOptions & { readonly headersTimeout: number }, handler: RequestListener): Server;
  /** Takes certificates that replace the one in the files, until what it gives is called. */
  follow(): () => void;
  /** Closes all connections; http knows of none whose handshake is under way. */
  destroyConnections(): void;
}

/** Throws where the certificate cannot be used. */
export function secureServers(files: TlsFiles, log: Logger): SecureServers {
  let certificate = readCertificate(files);
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  tellExpired(files, certificate, log);

  const tell = seldom((times, reason: string, remote: string) =>
    log.warn(`refused TLS connections: ${reason}`, { remote, times }),
  );

  function failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // Whoever goes away, or looks whether the port is open, is no trouble of TLS.
    if (error.code?.startsWith('ERR_SSL_')) tell(explain(error), socket.remoteAddress ?? 'unknown');
  }

  return {
    create(options, handler) {
      const server = createServer(
        { ...options, ...certificate.context, handshakeTimeout: options.headersTimeout },
        handler,
      );
      servers.push(server);
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      server.on('tlsClientError', failed);
      return server;
    },
    follow: () =>
      followCertificate(
        files,
        (next) => {
          certificate = next;
          for (const server of servers) server.setSecureContext(next.context);
        },
        log,
      ),
    destroyConnections() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function explain(error: NodeJS.ErrnoException): string {
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  if (reason === 'http request') return 'the client speaks plain HTTP; its URL must begin with "https://"';
  if (/alert .*(unknown ca|certificate)/.test(reason)) return `the client does not accept the certificate (${reason})`;
  if (/protocol|version/.test(reason)) return `the client needs TLS 1.2 or later (${reason})`;
  return reason;
}
