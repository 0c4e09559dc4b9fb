import { createServer, type Server, type Socket } from 'node:net';
import { type Address, listenAt } from '../../kit/listener.ts';
import type { Commands } from './commands.ts';
import { createCommandLines } from './lines.ts';

/** The admin interface: a TCP server that answers commands, one after the other on each connection. */
export interface AdminServer {
  /** Where it listens, as a URL. */
  readonly address: string;
  /** Closes it and all of its connections. */
  close(): Promise<void>;
}

export interface AdminLimits {
  /** Open connections; more are closed at once. */
  readonly connections: number;
  /** Milliseconds without a byte in either direction after which a connection is closed. */
  readonly idleMs: number;
}

const defaultLimits: AdminLimits = { connections: 64, idleMs: 10 * 60_000 };

/** Port 0 lets the system choose. Rejects with a sentence that tells where it cannot listen, why, and what helps. */
export async function startAdminServer(
  where: Address,
  commands: Commands,
  limits: AdminLimits = defaultLimits,
): Promise<AdminServer> {
  const open = new Set<Socket>();
  // A client that has ended its side is still answered.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    serve(socket, commands);
  });
  server.maxConnections = limits.connections;
  const address = await listenAt(server, 'tcp', where, { host: 'admin.host', port: 'admin.port' });
  server.on('error', () => undefined);
  return { address, close: () => close(server, open) };
}

async function close(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of open) socket.destroy();
  await closed;
}

function serve(socket: Socket, commands: Commands): void {
  const waiting: string[] = [];
  let busy = false;
  let ended = false;
  /** Nothing more is answered: it has quit, or sent too much. */
  let over = false;

  async function work(): Promise<void> {
    if (busy || over) return;
    busy = true;
    // Whoever asks faster than it reads has to wait.
    socket.pause();
    while (waiting.length > 0 && !over && !socket.destroyed) {
      const reply = await commands.reply(waiting.shift()!).catch(() => 'ERROR\n');
      if (reply === undefined) over = true;
      else if (socket.writable && !socket.write(reply)) await drained(socket);
    }
    busy = false;
    if (over || ended) socket.end();
    socket.resume();
  }

  const lines = createCommandLines({
    isAnswerable: commands.isAnswerable,
    command(line) {
      if (over) return;
      waiting.push(line);
      void work();
    },
    tooLong() {
      over = true;
      socket.end('ERROR\n');
    },
  });

  socket.setEncoding('ascii');
  // A reset is no event for the operator; the socket closes itself.
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => lines.push(text));
  socket.on('end', () => {
    ended = true;
    lines.end();
    if (!busy) socket.end();
  });
  socket.on('close', lines.stop);
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
