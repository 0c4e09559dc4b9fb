import type { Socket } from 'node:net';
import { open } from './send.ts';

/** Lines of one tick. Odd, so that no two windows between which it is divided have the same sum. */
export const LINES = 201;
/** Milliseconds between two: 20,000 lines a second. */
const TICK_MS = 10;

/** Sends a counter of its own in each tick, over one connection, at an even pace. */
export interface Ticking {
  /** Ticks that were written, in order. */
  readonly names: readonly string[];
  /** From now on names begin with this. */
  prefix: string;
  /** Resolves when the system has all that was sent so far. */
  written(): Promise<void>;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
}

/** `first`: the number of the first tick. */
export async function startTicking(path: string, prefix: string, first: number): Promise<Ticking> {
  const socket: Socket = await open(path);
  socket.on('error', () => undefined);
  socket.resume();
  const names: string[] = [];
  const startedMs = performance.now();
  let last: Promise<void> = Promise.resolve();

  function send(): void {
    const due = (performance.now() - startedMs) / TICK_MS;
    while (names.length < due && socket.writable) {
      const name = `${ticking.prefix}.${first + names.length}`;
      names.push(name);
      last = new Promise((resolve) => {
        socket.write(`${name}:1|c\n`.repeat(LINES), () => resolve());
      });
    }
  }

  const timer = setInterval(send, TICK_MS);
  const ticking: Ticking = {
    names,
    prefix,
    written: () => last,
    closed: new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(timer);
        resolve();
      });
    }),
  };
  return ticking;
}
