import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Why a connection was closed that nobody asked to close. */
export type Dropped = 'full' | 'address' | 'evicted';

export interface GuardOptions {
  readonly maxConnections: number;
  /** Of one address. */
  readonly maxPerAddress: number;
  /** Milliseconds that a connection may idle of which nothing but probes and refused requests came. */
  readonly untrustedKeepAlive: number;
  dropped(why: Dropped, remote: string): void;
}

/** Keeps room for those whose requests are admitted. */
export interface ConnectionGuard {
  /** Looks after the connections of this server too; the limits are those of all servers together. */
  watch(server: Server): void;
  /**
   * A request of this connection was admitted, and nobody takes its place. `posted`: its body was taken too, and it may idle for as long
   * as the server lets it.
   */
  trust(socket: Socket, posted: boolean): void;
  /** True while a request of it is not answered yet. */
  isBusy(socket: Socket): boolean;
}

interface Connection {
  readonly socket: Socket;
  readonly remote: string;
  trusted: boolean;
  posted: boolean;
  /** Requests that are not answered yet. */
  busy: number;
}

/**
 * Where there is no room, what was never trusted and idles longest makes room for what comes, then what was never trusted and is busy: it
 * waits for an answer that refuses it. Where all are trusted, what comes is closed. The same among those of one address.
 */
export function guardConnections(options: GuardOptions): ConnectionGuard {
  /** By peer, in the order of their last request: those that idle longest come first. */
  const connections = new Map<string, Connection>();
  const perAddress = new Map<string, number>();

  function evictable(remote: string | undefined): Connection | undefined {
    let busy: Connection | undefined;
    for (const one of connections.values()) {
      if (one.trusted || (remote !== undefined && one.remote !== remote)) continue;
      if (one.busy === 0) return one;
      busy ??= one;
    }
    return busy;
  }

  function drop(socket: Socket, why: Dropped, remote: string): void {
    options.dropped(why, remote);
    socket.destroy();
  }

  /** False where nothing makes room. */
  function makeRoom(remote: string | undefined): boolean {
    const one = evictable(remote);
    if (one === undefined) return false;
    leave(peerOf(one.socket), one);
    drop(one.socket, 'evicted', one.remote);
    return true;
  }

  function isCrowded(): boolean {
    return connections.size >= options.maxConnections && !makeRoom(undefined);
  }

  function admit(socket: Socket): void {
    const remote = socket.remoteAddress ?? 'unknown';
    const { maxPerAddress, maxConnections } = options;
    const isFull = maxPerAddress < maxConnections && (perAddress.get(remote) ?? 0) >= maxPerAddress;
    const why = isFull && !makeRoom(remote) ? 'address' : isCrowded() ? 'full' : undefined;
    if (why !== undefined) {
      drop(socket, why, remote);
      return;
    }
    const peer = peerOf(socket);
    const one: Connection = { socket, remote, trusted: false, posted: false, busy: 0 };
    perAddress.set(remote, (perAddress.get(remote) ?? 0) + 1);
    connections.set(peer, one);
    socket.once('close', () => leave(peer, one));
  }

  function leave(peer: string, one: Connection): void {
    if (connections.get(peer) !== one) return;
    connections.delete(peer);
    const left = perAddress.get(one.remote)! - 1;
    if (left === 0) perAddress.delete(one.remote);
    else perAddress.set(one.remote, left);
  }

  function requested({ socket }: IncomingMessage, response: ServerResponse): void {
    const peer = peerOf(socket);
    const one = connections.get(peer);
    if (one === undefined) return;
    one.busy++;
    response.once('close', () => {
      one.busy--;
      if (connections.get(peer) !== one) return;
      connections.delete(peer);
      connections.set(peer, one);
      // Node has set the time of the server for it before.
      if (!one.posted && one.busy === 0) socket.setTimeout(options.untrustedKeepAlive);
    });
  }

  return {
    watch(server) {
      server.on('connection', admit);
      server.on('request', requested);
    },
    trust(socket, posted) {
      const one = connections.get(peerOf(socket));
      if (one === undefined) return;
      one.trusted = true;
      one.posted ||= posted;
    },
    isBusy: (socket) => (connections.get(peerOf(socket))?.busy ?? 0) > 0,
  };
}

const peers = new WeakMap<Socket, string>();

/** What a socket and the one of TLS on it have in common. */
function peerOf(socket: Socket): string {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const peer = `${socket.remoteAddress} ${socket.remotePort} ${socket.localPort}`;
  peers.set(socket, peer);
  return peer;
}
