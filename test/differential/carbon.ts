import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What one flush of a daemon brought: `name value timestamp`, without LF. */
export interface Flush {
  /** Unix milliseconds. */
  readonly arrivedMs: number;
  readonly lines: readonly string[];
}

/** A stand-in for carbon's plaintext port that keeps what it is sent, flush by flush. */
export interface Carbon {
  readonly port: number;
  readonly flushes: readonly Flush[];
  /** The flush of this number, once it is complete; rejects after `patienceMs`. */
  flush(index: number, patienceMs: number): Promise<Flush>;
  close(): Promise<void>;
}

/** Each flush ends with this line, over a connection of its own or a kept one. */
const lastOfFlush = /\.graphiteStats\.flush_length\S* \S+ \d+$/;

export async function startCarbon(): Promise<Carbon> {
  const flushes: Flush[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();

  const server = createServer((socket) => {
    sockets.add(socket);
    let tail = '';
    let lines: string[] = [];
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const parts = (tail + chunk).split('\n');
      tail = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (!lastOfFlush.test(line)) continue;
        flushes.push({ arrivedMs: Date.now(), lines });
        lines = [];
      }
      for (const look of waiting) look();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    flushes,
    flush: (index, patienceMs) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          act();
        };
        const look = () => {
          const flush = flushes[index];
          if (flush !== undefined) settle(() => resolve(flush));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`flush ${index} did not come within ${patienceMs} ms`))),
          patienceMs,
        );
        waiting.add(look);
        look();
      }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
