import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Lines a second of all transports together. */
const RATE = 20_000;
const TICK_MS = 10;
/** Lines of a datagram, and of a connection. */
const LINES = 20;
const text = 'flood:1|c\n'.repeat(LINES);

export interface Flood {
  /** Ends it once this many lines were sent, and gives how many that were. */
  until(lines: number): Promise<number>;
}

/**
 * Sends `flood:1|c` at 20,000 lines a second, in turn to a port of UDP and to streams (a port or a path), each connection of which is
 * opened for 20 lines and closed.
 */
export function startFlood(udpPort: number, streams: readonly (number | string)[]): Flood {
  const socket = createSocket('udp4');
  const connections = new Set<Promise<unknown>>();
  const startMs = performance.now();
  let sent = 0;
  let turn = 0;
  let failure: Error | undefined;
  let over: () => void = () => undefined;
  let wanted = Number.POSITIVE_INFINITY;

  async function stream(target: number | string): Promise<void> {
    const connection = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
    connection.resume().end(text);
    try {
      await once(connection, 'close');
    } catch (error) {
      // The queue of a Unix socket is full, of which nothing has come in: who connects is to try again.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(TICK_MS);
      await stream(target);
    }
  }

  function send(): void {
    const target = [udpPort, udpPort, udpPort, udpPort, ...streams][turn++ % (4 + streams.length)]!;
    sent += LINES;
    if (target === udpPort) {
      socket.send(text, udpPort, '127.0.0.1', (error) => {
        failure ??= error ?? undefined;
      });
      return;
    }
    const connection = stream(target).catch((error: Error) => {
      failure ??= error;
    });
    connections.add(connection);
    void connection.finally(() => connections.delete(connection));
  }

  const timer = setInterval(() => {
    const due = Math.min(((performance.now() - startMs) / 1000) * RATE, wanted);
    while (sent < due) send();
    if (sent >= wanted) over();
  }, TICK_MS);

  return {
    async until(lines) {
      wanted = lines;
      await new Promise<void>((resolve) => {
        over = resolve;
      });
      clearInterval(timer);
      await Promise.all(connections);
      await new Promise<void>((resolve) => socket.close(resolve));
      if (failure !== undefined) throw failure;
      return sent;
    },
  };
}
