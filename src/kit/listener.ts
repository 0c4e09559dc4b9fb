import { once } from 'node:events';
import { type AddressInfo, isIPv6, type Server } from 'node:net';
import type { Frontend, InheritedSocket } from '../plugin.ts';
import { messageOf } from './error-text.ts';

/** Something that was opened and takes traffic. */
export interface Listener {
  /** Where, each as a URL. */
  readonly addresses: readonly string[];
  /** Ends it. Is called once. */
  close(): Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `http://127.0.0.1:80`, `udp://[::1]:8125`. */
export function urlOf(scheme: string, { host, port }: Address): string {
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Start and stop of something with one listener, as the contract wants them of front-ends and back-ends. `listen` rejects when
 * it cannot listen, and then holds nothing open.
 */
export function singleListener(listen: () => Promise<Listener>): Frontend {
  let running: Promise<Listener> | undefined;
  let closing: Promise<void> | undefined;
  return {
    async start() {
      running ??= listen();
      try {
        return (await running).addresses;
      } catch (error) {
        running = undefined;
        throw error;
      }
    },
    async stop() {
      const listener = await running?.catch(() => undefined);
      closing ??= listener?.close();
      await closing;
      running = undefined;
      closing = undefined;
    },
  };
}

/** Lets a server of TCP, or of HTTP, listen; on a socket that is there already where there is one. Gives where, as a URL; rejects as {@link cannotListen} says it. */
export async function listenAt(
  server: Server,
  scheme: string,
  address: Address,
  keys?: Readonly<Record<keyof Address, string>>,
  inherited?: InheritedSocket,
): Promise<string> {
  try {
    if (inherited === undefined) server.listen({ host: address.host, port: address.port, exclusive: true });
    else server.listen({ fd: inherited.fds[0] });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, scheme, address, keys);
  }
  const bound = server.address() as AddressInfo;
  return urlOf(scheme, { host: bound.address, port: bound.port });
}

/**
 * The error of a system that cannot listen at an address: where, why, and what helps. `keys` are the names of the settings that
 * hold it, as their errors call them.
 */
export function cannotListen(
  error: unknown,
  scheme: string,
  address: Address,
  keys: Readonly<Record<keyof Address, string>> = { host: 'host', port: 'port' },
): Error {
  const { code } = error as NodeJS.ErrnoException;
  const reason = reasonFor(code, address, keys) ?? messageOf(error);
  return new Error(`cannot listen on ${urlOf(scheme, address)}: ${reason}`, { cause: error });
}

function reasonFor(
  code: string | undefined,
  { host, port }: Address,
  keys: Readonly<Record<keyof Address, string>>,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `another process uses port ${port}; stop it, or set "${keys.port}" to a free one`;
    case 'EADDRNOTAVAIL':
      return `this machine does not have the address "${host}"; set "${keys.host}" to one that it has, or to "0.0.0.0" for all`;
    case 'EAFNOSUPPORT':
      return `this machine has no IPv6; set "${keys.host}" to an IPv4 address`;
    case 'EACCES':
      return `port ${port} needs a privilege (CAP_NET_BIND_SERVICE); grant it, or set "${keys.port}" to 1024 or more`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name "${host}" has no address; set "${keys.host}" to an IP address or a name that resolves`;
    default:
      return undefined;
  }
}
