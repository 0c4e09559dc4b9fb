import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { readMessages } from './pickle.ts';

const MAX_LINE = 16_384;

const MAX_MESSAGE = 2 ** 20;

/**
 * Reads what carbon reads, and closes the connection where carbon does. Lines have three words and no more than 16 KiB;
 * the points of pickled messages, which have no more than 1 MiB, are kept as lines too.
 */
export class FakeCarbon {
  readonly lines: string[] = [];
  readonly invalid: string[] = [];
  readonly sockets = new Set<Socket>();
  accepted = 0;
  port = 0;
  reading = true;
  /** Resets each connection once something came over it. */
  failing = false;
  onAccept: ((socket: Socket) => void) | undefined;
  /** Bytes that are still read; then every connection is reset. */
  budget = Number.POSITIVE_INFINITY;
  private server: Server | undefined;
  private readonly protocol: 'text' | 'pickle';

  constructor(protocol: 'text' | 'pickle' = 'text') {
    this.protocol = protocol;
  }

  async up(): Promise<void> {
    const server = createServer((socket) => this.accept(socket));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
    this.server = server;
  }

  /** Closes everything; `reset`: the way the kernel does it for a process that left bytes unread. */
  async down(how: 'reset' | 'end' = 'reset'): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.drop(how);
    await closed;
  }

  drop(how: 'reset' | 'end'): void {
    for (const socket of this.sockets) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  pause(): void {
    this.reading = false;
    for (const socket of this.sockets) socket.pause();
  }

  resume(): void {
    this.reading = true;
    for (const socket of this.sockets) socket.resume();
  }

  private accept(socket: Socket): void {
    this.accepted++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    this.onAccept?.(socket);
    if (this.failing) socket.once('data', () => socket.resetAndDestroy());
    if (this.protocol === 'text') this.readLines(socket);
    else this.readPickle(socket);
    if (!this.reading) socket.pause();
  }

  private read(socket: Socket, take: (bytes: Buffer) => void): void {
    socket.on('data', (bytes: Buffer) => {
      take(bytes.subarray(0, this.budget));
      this.budget = Math.max(0, this.budget - bytes.length);
      if (this.budget === 0) this.drop('reset');
    });
  }

  private readLines(socket: Socket): void {
    let rest = Buffer.alloc(0);
    this.read(socket, (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      const end = rest.lastIndexOf('\n') + 1;
      const lines = rest.toString('utf8', 0, end).split('\n').slice(0, -1);
      rest = rest.subarray(end);
      for (const line of lines) this.take(line);
      if (rest.length > MAX_LINE || lines.some((line) => line.length > MAX_LINE)) socket.destroy();
    });
  }

  private readPickle(socket: Socket): void {
    let rest = Buffer.alloc(0);
    this.read(socket, (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      const { points, read } = readMessages(rest);
      for (const [path, seconds, value] of points) this.take(`${path} ${value} ${seconds}`);
      rest = rest.subarray(read);
      if (rest.length >= 4 && rest.readUInt32BE() > MAX_MESSAGE) socket.destroy();
    });
  }

  private take(line: string): void {
    (line.split(/\s+/).length === 3 ? this.lines : this.invalid).push(line);
  }
}
