import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { HttpProxy } from './proxy-choice.ts';

/** Something that a proxy did, in words that a message can show. */
export class ProxyError extends Error {}

/** Tunnels (`CONNECT`) through one proxy. */
export interface Tunnels {
  /** Gives undici a connection to the server, as `tls` makes it within a tunnel. */
  readonly connect: buildConnector.connector;
  /** Ends those that are being made. */
  close(): void;
}

/**
 * undici's ProxyAgent is not used: when a proxy accepts a connection and closes it, it tries again at once for as long as it
 * lives (3,000 connections a second, measured), and no signal ends a `CONNECT` that is not answered.
 */
export function tunnels(
  proxy: HttpProxy,
  tls: buildConnector.connector,
  { timeoutMs, ca }: { readonly timeoutMs: number; readonly ca: string | undefined },
): Tunnels {
  const pending = new Set<ClientRequest | Socket>();
  const { request } = proxy.origin.startsWith('https:') ? https : http;

  const connect: buildConnector.connector = (options, callback) => {
    const authority = `${isIPv6(options.hostname) ? `[${options.hostname}]` : options.hostname}:${options.port || 443}`;
    const asking = request(proxy.origin, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: {
        Host: authority,
        'User-Agent': 'statsdrain',
        ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
      },
      ...(ca === undefined ? {} : { ca }),
    });
    pending.add(asking);
    const silence = new ProxyError(`the proxy did not answer CONNECT within ${timeoutMs} ms`);
    const timer = setTimeout(() => asking.destroy(silence), timeoutMs);
    const answered = () => {
      clearTimeout(timer);
      pending.delete(asking);
    };
    asking.once('error', (error) => {
      answered();
      callback(error, null);
    });
    asking.once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
      answered();
      if (statusCode < 200 || statusCode >= 300) {
        socket.destroy();
        callback(new ProxyError(refusalBy(proxy, statusCode)), null);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      pending.add(socket);
      socket.once('close', () => pending.delete(socket));
      tls({ ...options, httpSocket: socket }, callback);
    });
    asking.end();
  };

  return {
    connect,
    close: () => {
      for (const one of pending) one.destroy();
    },
  };
}

/** What the status of a proxy means that did not let a request through. */
export function refusalBy({ authorization }: HttpProxy, status: number): string {
  if (status !== 407) return `the proxy answered ${status} to CONNECT`;
  return authorization === undefined
    ? '407, the proxy wants a user and a password; write "http://user:password@host:port"'
    : '407, the proxy does not take this user and password';
}
