import type { IncomingHttpHeaders } from 'node:http';

/** Bodies that were taken: Logplex sends one again, with the same id, when it did not see the answer. */
export interface Taken {
  has(id: string): boolean;
  add(id: string): void;
}

/**
 * Remembers an id for at least `ttlMs` and at most twice as long, and at most `capacity` ids. Two generations: one is
 * filled, both are asked, and the older one goes as a whole, so that nothing is ever searched for what is old.
 */
export function createTaken(ttlMs: number, capacity: number, now: () => number = () => performance.now()): Taken {
  let young = new Set<string>();
  let old = new Set<string>();
  let bornMs = now();

  const age = () => {
    const elapsed = now() - bornMs;
    if (elapsed < ttlMs && young.size < capacity / 2) return;
    old = elapsed < 2 * ttlMs ? young : new Set();
    young = new Set();
    bornMs = now();
  };
  return {
    has(id) {
      age();
      return young.has(id) || old.has(id);
    },
    add(id) {
      age();
      young.add(id);
    },
  };
}

/**
 * What stays the same when a body is sent again: the sender, the drain and its frame id, or the request id of
 * log-shuttle. Undefined when there is none. Never the body: Logplex may put a loss notice before it.
 */
export function repeatKey(headers: IncomingHttpHeaders, sender: string): string | undefined {
  const frame = headers['logplex-frame-id'] ?? headers['x-request-id'];
  const drain = headers['logplex-drain-token'] ?? '';
  if (typeof frame !== 'string' || typeof drain !== 'string') return undefined;
  if (frame === '' || frame.length + drain.length > LONGEST) return undefined;
  return `${sender}\n${drain}\n${frame}`;
}

/** Characters: both ids of Logplex take 70. */
const LONGEST = 200;
