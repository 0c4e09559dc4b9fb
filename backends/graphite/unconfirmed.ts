/** A window counts as read by the server when its connection is still open this many milliseconds after the write. */
const MAX_AGE = 5000;

/** Bytes that are kept. A window that is larger is not kept at all. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What was written to one destination, and has to be written again when its connection is lost.
 *
 * The plaintext protocol has no acknowledgement: bytes that the system took are lost when the server goes away before
 * it has read them. So the last window is kept for as long as its connection, and with it those of the five seconds before
 * the end, because after an outage many windows are written at once. Writing one twice is harmless: carbon stores one
 * value per path and time. (An aggregating relay in between would count those of one interval twice.) But each is written
 * again only once: to a server that closes idle connections, all of them were with every window.
 */
export interface Unconfirmed {
  /** Number of windows, on this connection and of lost ones. */
  readonly size: number;
  /** The connection was lost: those that count as read are forgotten, the others will be repeated. */
  lost(): void;
  /**
   * The bytes of the windows of lost connections, the oldest first. A window is forgotten once a chunk that follows it was
   * taken too: by then it was seen that a proxy without a server behind it closed the connection at once.
   */
  repeat(): Iterable<Uint8Array>;
  /** A chunk was taken, of the window that ended at `windowMs` (Unix milliseconds). An empty one is only what follows. */
  taken(chunk: Uint8Array, windowMs: number): void;
  clear(): void;
}

interface Written {
  readonly windowMs: number;
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** Of the last chunk. */
  readonly at: number;
}

/** `now`: monotonic clock in milliseconds. */
export function createUnconfirmed(now: () => number = () => performance.now()): Unconfirmed {
  /** To the present connection. */
  let written: Written[] = [];
  /** To lost ones. */
  let doubtful: Written[] = [];
  /** The last window that was larger than what is kept. */
  let tooLarge: number | undefined;

  const young = () => {
    const oldest = now() - MAX_AGE;
    return written.filter(({ at }) => at >= oldest);
  };

  return {
    get size() {
      return written.length + doubtful.length;
    },
    lost() {
      const unread = young();
      doubtful = newest([...doubtful, ...(unread.length > 0 ? unread : written.slice(-1))]);
      written = [];
    },
    *repeat() {
      const all = doubtful;
      for (const [index, { chunks }] of all.entries()) {
        for (const chunk of chunks) {
          yield chunk;
          doubtful = all.slice(index);
        }
      }
    },
    taken(chunk, windowMs) {
      doubtful = [];
      if (chunk.length === 0 || windowMs === tooLarge) return;
      // Payloads of several windows take turns when some of them are sent again.
      const before = written.find((window) => window.windowMs === windowMs);
      const bytes = (before?.bytes ?? 0) + chunk.length;
      const window = { windowMs, chunks: [...(before?.chunks ?? []), chunk], bytes, at: now() };
      if (bytes > MAX_BYTES) tooLarge = windowMs;
      written = newest([...young().filter((other) => other.windowMs !== windowMs), window]);
    },
    clear() {
      written = [];
      doubtful = [];
    },
  };
}

/** As many of the newest as fit. */
function newest(windows: readonly Written[]): Written[] {
  let bytes = 0;
  const first = windows.findLastIndex((window) => {
    bytes += window.bytes;
    return bytes > MAX_BYTES;
  });
  return windows.slice(first + 1);
}
