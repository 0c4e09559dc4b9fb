import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type HttpListener, httpServer, type ServerConfig, type ServerOptions } from './server.ts';

/** Where a front-end leaves its server to the one that takes its place, so that no client finds nobody there. */
export interface Door {
  /** The server that was left here, where it is configured alike; else a new one. Throws where its certificate is not good. */
  prepare(options: ServerOptions, handler: RequestListener): Prepared;
}

export interface Prepared {
  /** See `ConnectionGuard`. */
  trust(socket: Socket, posted: boolean): void;
  /** Rejects when it cannot listen, and then holds nothing open. */
  open(): Promise<Entrance>;
}

export interface Entrance extends HttpListener {
  /**
   * As `close`, but the server stays open for who prepares the next one: connections are accepted, and requests wait. Where nobody does
   * within two seconds it is closed.
   */
  leave(cutOff: () => void): Promise<void>;
}

/** How long requests in flight may take to end, and how long a server waits for its next owner. Milliseconds. */
const GRACE_MS = 1000;
const LEFT_MS = 2000;

/** Who answers at present. */
interface Tenant {
  readonly options: ServerOptions;
  readonly handler: RequestListener;
  inFlight: number;
  /** Called when nothing is in flight. */
  idle: () => void;
}

interface Room {
  readonly config: ServerConfig;
  trust(socket: Socket, posted: boolean): void;
  listener?: HttpListener;
  tenant: Tenant | undefined;
  waiting: (readonly [IncomingMessage, ServerResponse])[];
}

export function createDoor(): Door {
  let left: { readonly room: Room; readonly timer: NodeJS.Timeout } | undefined;

  async function closeLeft(): Promise<void> {
    if (left === undefined) return;
    const { room, timer } = left;
    left = undefined;
    clearTimeout(timer);
    for (const [request] of room.waiting.splice(0)) request.socket.destroy();
    await room.listener?.close();
  }

  function entranceOf(room: Room, tenant: Tenant): Entrance {
    const { addresses, close } = room.listener!;
    return {
      addresses,
      close,
      async leave(cutOff) {
        room.tenant = undefined;
        left = { room, timer: setTimeout(() => void closeLeft(), LEFT_MS) };
        if (tenant.inFlight > 0) await endOf(tenant);
        if (tenant.inFlight > 0) cutOff();
      },
    };
  }

  return {
    prepare(options, handler) {
      const tenant: Tenant = { options, handler, inFlight: 0, idle: () => undefined };
      const isAlike = left !== undefined && isDeepStrictEqual(serverOf(left.room.config), serverOf(options.config));
      const found = isAlike ? left!.room : undefined;
      const made = found === undefined ? createRoom(options, tenant) : undefined;
      let room: Room | undefined;
      return {
        trust: (socket, posted) => room?.trust(socket, posted),
        async open() {
          if (found !== undefined && left?.room === found) {
            clearTimeout(left.timer);
            left = undefined;
            room = found;
            room.tenant = tenant;
            for (const [request, response] of room.waiting.splice(0)) {
              if (!request.socket.destroyed) answer(tenant, request, response);
            }
          } else {
            await closeLeft();
            // The one that was found has been closed meanwhile, where it took too long.
            room = await (made ?? createRoom(options, tenant)).open();
          }
          return entranceOf(room, tenant);
        },
      };
    },
  };
}

function createRoom(options: ServerOptions, tenant: Tenant) {
  const room: Omit<Room, 'trust'> = { config: options.config, tenant, waiting: [] };
  const server = httpServer(
    {
      ...options,
      dropped: (why) => room.tenant?.options.dropped?.(why),
      malformed: (status, remote) => room.tenant?.options.malformed?.(status, remote),
    },
    (request, response) => {
      if (room.tenant === undefined) room.waiting.push([request, response]);
      else answer(room.tenant, request, response);
    },
  );
  return {
    server,
    async open(): Promise<Room> {
      room.listener = await server.open();
      return Object.assign(room, { trust: server.trust });
    },
  };
}

function answer(tenant: Tenant, request: IncomingMessage, response: ServerResponse): void {
  tenant.inFlight++;
  response.once('close', () => {
    tenant.inFlight--;
    if (tenant.inFlight === 0) tenant.idle();
  });
  tenant.handler(request, response);
}

/** Resolves when nothing is in flight any more, and after a second at the latest. */
async function endOf(tenant: Tenant): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GRACE_MS);
    tenant.idle = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** What a server cannot change while it listens. */
function serverOf({ host, port, tls, ...limits }: ServerConfig) {
  const { maxConnections, maxConnectionsPerAddress, requestTimeout, headersTimeout, keepAliveTimeout } = limits;
  return {
    host,
    port,
    tls,
    maxConnections,
    maxConnectionsPerAddress,
    requestTimeout,
    headersTimeout,
    keepAliveTimeout,
  };
}
