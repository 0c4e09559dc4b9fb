import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Columns of a row of /proc/net/udp (proc_net_udp(5)). */
const LOCAL_ADDRESS = 1;
const QUEUES = 4;
const DROPS = 12;

const POLL_MS = 10;
const PATIENCE_MS = 20_000;

export interface SocketState {
  /** Bytes that wait to be received. */
  readonly queued: number;
  /** Datagrams dropped so far. */
  readonly drops: number;
}

/** The kernel's view of the IPv4 sockets that share `port`, together; undefined when there is none. */
export function socketState(port: number): SocketState | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let state: SocketState | undefined;
  for (const row of readFileSync('/proc/net/udp', 'latin1').split('\n')) {
    const columns = row.trim().split(/ +/);
    if (!columns[LOCAL_ADDRESS]?.endsWith(suffix)) continue;
    const { queued, drops } = state ?? { queued: 0, drops: 0 };
    const waiting = Number.parseInt(columns[QUEUES]!.split(':')[1]!, 16);
    state = { queued: queued + waiting, drops: drops + Number(columns[DROPS]) };
  }
  return state;
}

/** Waits until the socket on `port` satisfies `condition`. Rejects after 20 s. */
export async function waitForSocket(port: number, condition: (state: SocketState) => boolean): Promise<SocketState> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const state = socketState(port);
    if (state !== undefined && condition(state)) return state;
    await sleep(POLL_MS);
  }
  throw new Error(`UDP port ${port} was not opened or not read to the end within ${PATIENCE_MS / 1000} s`);
}

/** Waits until a TCP connection to `port` is accepted. Rejects after 20 s. */
export async function waitForConnection(port: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(POLL_MS);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`TCP port ${port} was not opened within ${PATIENCE_MS / 1000} s`);
}
