import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { bufferPassed } from '../../src/kit/garbage.ts';
import { seldom } from '../../src/kit/seldom.ts';
import { untilQuiet } from '../../src/kit/until-quiet.ts';
import type { ConfigKit, Intake, LineStream, Logger, PacketOrigin } from '../../src/plugin.ts';
import { linesOrFrames } from './frames.ts';

export interface Limits {
  readonly maxConnections: number;
  /** Milliseconds without a byte after which a connection is closed; 0 is never. */
  readonly idleTimeout: number;
  /** 0 is as many as `maxConnections`. Unix sockets have no addresses. */
  readonly maxConnectionsPerAddress?: number;
  readonly eolRequired: boolean;
}

export const defaultLimits = { maxConnections: 1000, idleTimeout: 0 } as const;

/** The keys that every stream front-end has, without their defaults. */
export function limitKeys({ z, duration }: ConfigKit) {
  return {
    maxConnections: z.number().int().min(1).describe('Open connections; more are refused and counted.'),
    idleTimeout: duration().describe(
      'Time without a byte after which a connection is closed, such as "10m"; 0 is never: a peer that is gone is found by keepalive.',
    ),
  };
}

export interface Connections {
  readonly server: Server;
  /**
   * Stops accepting, takes what has arrived and closes every connection, within about half a second. `handedOver`: another process accepts
   * at once, so clients are shown the end first. Who looks for it sends what is left and connects again: nothing of theirs is cut off.
   */
  close(handedOver?: boolean): Promise<void>;
}

/** Length of the accept queue: Node's default. */
const BACKLOG = 511;
const KEEP_ALIVE_MS = 60_000;

/**
 * A server that feeds each connection, cut at LF, into `intake` and never answers. A tail without LF is taken when the
 * peer ends the connection, when it is idle for too long and when the server closes, unless the dialect has no such lines or `eolRequired` is set;
 * after a reset it is not taken, because it may be the half of a line. Counts `connections.accepted`, `.closed`, `.refused`
 * and `.timed_out`.
 * `framing`: a connection may send frames of DogStatsD as well.
 */
export function acceptConnections(limits: Limits, intake: Intake, log: Logger, framing = false): Connections {
  const { maxConnections, idleTimeout, maxConnectionsPerAddress: maxPerAddress = 0, eolRequired } = limits;
  const open = new Map<Socket, LineStream>();
  const openByAddress = new Map<string, number>();
  let arrivals = 0;
  let chunks = 0;
  let framedBefore = false;
  // That there are none is known, too.
  intake.count('connections.accepted', 0);

  const server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => {
    arrivals++;
    const address = socket.remoteAddress ?? '';
    const sameAddress = openByAddress.get(address) ?? 0;
    // A reset is no event for the operator; the socket closes itself.
    socket.on('error', () => undefined);
    if (open.size >= maxConnections) return refuse(socket, `"maxConnections" is ${maxConnections}`);
    if (maxPerAddress > 0 && sameAddress >= maxPerAddress) {
      return refuse(socket, `"maxConnectionsPerAddress" is ${maxPerAddress}`);
    }
    intake.count('connections.accepted', 1);
    const stream = framing ? linesOrFrames(intake, frameOptions(socket)) : intake.stream(originOf(socket), eolRequired);
    open.set(socket, stream);
    openByAddress.set(address, sameAddress + 1);

    socket.on('data', (chunk) => {
      chunks++;
      stream.push(chunk);
      bufferPassed(chunk.length);
    });
    socket.on('end', () => stream.end());
    socket.on('close', () => {
      intake.count('connections.closed', 1);
      open.delete(socket);
      const left = (openByAddress.get(address) ?? 0) - 1;
      if (left > 0) openByAddress.set(address, left);
      else openByAddress.delete(address);
    });
    if (idleTimeout > 0) {
      socket.setTimeout(idleTimeout, () => {
        intake.count('connections.timed_out', 1);
        finish(socket, stream);
      });
    }
  });

  const logRefusal = seldom((times, limit: string) =>
    log.warn(`refused connections: ${limit}; raise it if these clients are yours`, { refused: times }),
  );
  const refuse = (socket: Socket, limit: string) => {
    intake.count('connections.refused', 1);
    logRefusal(limit);
    socket.destroy();
  };

  const logFramed = () => log.info('clients send frames of DogStatsD; they are read as such');
  const logBroken = seldom((times, length: number) =>
    log.warn(`closed connections: a frame cannot be ${length} bytes long; is it one of DogStatsD?`, { times }),
  );
  const frameOptions = (socket: Socket) => ({
    from: originOf(socket),
    eolRequired,
    framed() {
      if (!framedBefore) logFramed();
      framedBefore = true;
    },
    broken(length: number) {
      logBroken(length);
      socket.destroy();
    },
  });

  const logError = seldom((times, message: string) => log.error(`cannot accept connections: ${message}`, { times }));
  server.on('listening', () =>
    server.on('error', (error) => {
      intake.count('socket.errors', 1);
      logError(error.message);
    }),
  );

  return {
    server,
    async close(handedOver = false) {
      await emptyQueue(() => arrivals);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (handedOver) for (const socket of open.keys()) socket.end();
      await untilQuiet(
        () => chunks,
        () => open.size > 0,
      );
      for (const [socket, stream] of open) finish(socket, stream);
      await closed;
    },
  };
}

/** Nothing of a Unix socket. */
function originOf({ remoteAddress, remotePort, remoteFamily }: Socket): PacketOrigin {
  if (remoteAddress === undefined || remotePort === undefined) return {};
  return { address: remoteAddress, port: remotePort, family: remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4' };
}

/**
 * Waits for the connections in the accept queue, which closing the server would reset. libuv takes one of them in each
 * turn of the event loop, and the first turn may come before it polls.
 */
async function emptyQueue(arrivals: () => number): Promise<void> {
  for (let taken = 0; taken < BACKLOG; taken++) {
    const before = arrivals();
    await turn();
    await turn();
    if (arrivals() === before) return;
  }
}

function finish(socket: Socket, stream: LineStream): void {
  if (socket.destroyed) return;
  if (!socket.readableEnded) stream.end();
  socket.destroy();
}
