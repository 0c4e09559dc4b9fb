import type { Socket } from 'node:net';

/** Who reads a page, so that at a stop each of them is waited for. */
export interface Scrapers {
  /** A page was sent as a whole over this connection. */
  scraped(socket: Socket): void;
  /** Resolves when all who read the page not long ago have read it once more, and somebody has at all. */
  allAgain(): Promise<void>;
}

/** Milliseconds: the usual interval of Prometheus. Who did not come for as long may never come again. */
const RECENT_MS = 60_000;

/**
 * A scraper is an open connection, which is how several jobs of one Prometheus differ, or, where connections do not last from one
 * scrape to the next, an address: that is how a pair of Prometheus for high availability differs.
 */
export function createScrapers(now: () => number = () => performance.now()): Scrapers {
  const open = new Set<Socket>();
  const lastOf = new Map<string, number>();
  /** Those still to come, once there is an end. */
  let waiting: Set<Socket | string> | undefined;
  let somebody = false;
  let done: () => void = () => undefined;

  const addressOf = ({ remoteAddress = '' }: Socket) => remoteAddress;
  const isRecent = (ms: number) => now() - ms < RECENT_MS;

  function settle(...came: readonly (Socket | string)[]): void {
    if (waiting === undefined) return;
    for (const one of came) waiting.delete(one);
    if (somebody && waiting.size === 0) done();
  }

  function forget(): void {
    for (const [address, ms] of lastOf) if (!isRecent(ms)) lastOf.delete(address);
  }

  return {
    scraped(socket) {
      const address = addressOf(socket);
      forget();
      lastOf.set(address, now());
      if (!open.has(socket) && !socket.destroyed) {
        open.add(socket);
        socket.once('close', () => {
          open.delete(socket);
          settle(socket);
        });
      }
      somebody ||= waiting !== undefined;
      settle(socket, address);
    },
    allAgain() {
      forget();
      waiting = new Set<Socket | string>([...open, ...lastOf.keys()]);
      return new Promise((resolve) => {
        done = resolve;
      });
    },
  };
}
