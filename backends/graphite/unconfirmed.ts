/** A window counts as read by the server when its connection is still open this many milliseconds after the write. */
const MAX_AGE = 5000;

/** Bytes that are kept. A window that is larger is not kept at all. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What was written, and has to be written again when its connection is lost.
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
  /** A window that is being written: `add` is told of each chunk once it was taken. It joins the others with `done`. */
  window(): { add(chunk: Uint8Array): void; done(): void };
  clear(): void;
}

interface Written {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly at: number;
}

/** `now`: monotonic clock in milliseconds. */
export function createUnconfirmed(now: () => number = () => performance.now()): Unconfirmed {
  /** To the present connection. */
  let written: Written[] = [];
  /** To lost ones. */
  let doubtful: Written[] = [];

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
    window() {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      return {
        add(chunk) {
          doubtful = [];
          bytes += chunk.length;
          if (bytes <= MAX_BYTES) chunks.push(chunk);
          else chunks.length = 0;
        },
        done() {
          doubtful = [];
          if (bytes > 0) written = newest([...young(), { chunks, bytes, at: now() }]);
        },
      };
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
