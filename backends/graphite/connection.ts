import { connect } from 'node:net';
import { endSocket } from '../../src/kit/end-socket.ts';

/** How long `end` waits for the other side to have read everything, in milliseconds. */
const END_TIMEOUT = 1000;

/** One TCP connection that only writes. */
export interface Connection {
  /** Resolves when the server accepted; rejects when it cannot be reached or the connection was closed before. */
  readonly connected: Promise<void>;
  /** False once either side closed it: a window written then would be lost without a sound. */
  readonly open: boolean;
  /**
   * Resolves when the system took the bytes; rejects when the connection is closed, by `destroy` too. Resolves a turn of
   * the event loop later, so that many writes in a row do not keep the thread to themselves, and so that a connection
   * that was closed at once (a proxy without a server behind it) is seen.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes it at once. */
  destroy(): void;
  /** Closes it once the server has read everything. False when that failed or took more than a second. */
  end(): Promise<boolean>;
}

/** Calls `lost` once when the connection is closed or cannot be opened, unless `end` was called. */
export function openConnection(host: string, port: number, lost: () => void): Connection {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  const waiting = new Set<() => void>();
  let failure: Error | undefined;
  let ending = false;
  let readByServer = false;

  const fail = (error: Error) => {
    if (failure === undefined && !ending) lost();
    failure ??= error;
    for (const wake of waiting) wake();
  };
  const until = (start: (done: () => void) => void) =>
    new Promise<void>((resolve, reject) => {
      const done = () => {
        waiting.delete(done);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      waiting.add(done);
      if (failure === undefined) start(done);
      else done();
    });

  // Carbon never answers, but what a proxy may say must be read before its end of the connection can be seen.
  socket.resume();
  socket.on('end', () => {
    readByServer = ending;
    fail(new Error('the server closed the connection'));
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));

  return {
    connected: until((done) => socket.once('connect', done)),
    get open() {
      return failure === undefined && !ending;
    },
    write: (bytes) =>
      until((done) => {
        socket.write(bytes, (error) => {
          if (error) fail(error);
          setImmediate(done);
        });
      }),
    destroy() {
      fail(new Error('the connection was closed'));
      socket.destroy();
    },
    async end() {
      ending = true;
      await endSocket(socket, END_TIMEOUT);
      return readByServer;
    },
  };
}
