import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refusal } from '../../../src/kit/http/refusal.ts';

/** Answers that are made at a time: a search among 100,000 series takes some 40 ms of the thread. */
export const MOST_MADE = 32;
/** Requests of one connection that are not answered, or whose answers it has not read. Browsers send one after the other. */
export const MOST_PIPELINED = 8;

/** Bounds what those may take who ask faster than they are answered, or read no answer. */
export interface Crowd {
  /** Throws a refusal (503) where too much is being made, and where the connection has too much of its own, which is closed then. */
  make<T>(response: ServerResponse, answer: () => Promise<T> | T): Promise<T>;
}

export function createCrowd(): Crowd {
  const pending = new WeakMap<Socket, number>();
  let making = 0;

  function enter(response: ServerResponse): void {
    const { socket } = response.req;
    const mine = (pending.get(socket) ?? 0) + 1;
    if (mine > MOST_PIPELINED) socket.destroy();
    if (mine > MOST_PIPELINED || making >= MOST_MADE)
      throw refusal(503, 'Too many requests are being answered.', { 'retry-after': '1' });
    pending.set(socket, mine);
    response.once('close', () => pending.set(socket, pending.get(socket)! - 1));
  }

  return {
    async make(response, answer) {
      enter(response);
      making++;
      try {
        return await answer();
      } finally {
        making--;
      }
    },
  };
}
