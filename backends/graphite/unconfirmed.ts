/** A window counts as read by the server when its connection is still open this many milliseconds after the write. */
const MAX_AGE = 5000;

/** Bytes that are kept. A window that is larger is not kept at all. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What was written last, and may have to be written again.
 *
 * The plaintext protocol has no acknowledgement: bytes that the system took are lost when the server goes away before
 * it has read them. So the last window is kept until the next one was written to the same connection, and with it those
 * of the seconds before it, because after an outage many windows are written at once. Writing one twice is harmless:
 * carbon stores one value per path and time. (An aggregating relay in between would count those of one interval twice.)
 */
export interface Unconfirmed {
  /** Number of windows. */
  readonly size: number;
  /** The bytes of all of them, the oldest first. */
  chunks(): Iterable<Uint8Array>;
  /** All of them were written again now. */
  rewritten(): void;
  /** A window that is being written. It joins the others with `done`. */
  window(): { add(chunk: Uint8Array): void; done(): void };
  clear(): void;
}

interface Written {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  at: number;
}

/** `now`: monotonic clock in milliseconds. */
export function createUnconfirmed(now: () => number = () => performance.now()): Unconfirmed {
  let windows: Written[] = [];
  return {
    get size() {
      return windows.length;
    },
    *chunks() {
      for (const { chunks } of windows) yield* chunks;
    },
    rewritten() {
      for (const window of windows) window.at = now();
    },
    window() {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      return {
        add(chunk) {
          bytes += chunk.length;
          if (bytes <= MAX_BYTES) chunks.push(chunk);
          else chunks.length = 0;
        },
        done() {
          const at = now();
          const recent = windows.filter((window) => at - window.at <= MAX_AGE);
          windows = newest([...recent, { chunks, bytes, at }]);
        },
      };
    },
    clear() {
      windows = [];
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
