import { unixSeconds } from '../../src/kit/unix-time.ts';
import type { StatusLine } from '../../src/plugin.ts';

/** What is known about the links to carbon, for the original's status lines and metrics. Times are whole Unix seconds. */
export interface LinkState {
  /** Of the last window that was delivered, to all destinations; before there is one, of the start of the process. */
  readonly last_flush: number;
  /** Of the last failure to connect or to write; 0 when there was none. */
  readonly last_exception: number;
  /** Milliseconds that the last delivered window took to write, to the slowest destination. */
  readonly flush_time: number;
  /** Characters of its text, or bytes of its pickle. */
  readonly flush_length: number;
}

/** Windows that are remembered until they are delivered. Of one that is given up nothing more is heard. */
const WINDOWS = 64;

/** Puts together what became of the payloads of each window, of which some may go to several destinations. */
export interface Flushes {
  readonly state: LinkState;
  /** A payload of the window that ended at `windowMs` (Unix milliseconds) goes to so many destinations. */
  sends(windowMs: number, destinations: number): void;
  /** The window was encoded, and all of its payloads are told. `length`: as in {@link LinkState}. */
  encoded(windowMs: number, length: number): void;
  /** One destination took a payload, within `ms` milliseconds. */
  delivered(windowMs: number, destination: string, ms: number): void;
  failed(): void;
}

interface Flush {
  open: number;
  length: number | undefined;
  readonly ms: Map<string, number>;
}

/** `startupTime`: of the process, Unix seconds. */
export function createFlushes(startupTime: number): Flushes {
  let state: LinkState = { last_flush: startupTime, last_exception: 0, flush_time: 0, flush_length: 0 };
  const flushes = new Map<number, Flush>();

  function flushOf(windowMs: number): Flush {
    const known = flushes.get(windowMs);
    if (known !== undefined) return known;
    const flush: Flush = { open: 0, length: undefined, ms: new Map() };
    flushes.set(windowMs, flush);
    for (const oldest of flushes.keys()) {
      if (flushes.size <= WINDOWS) break;
      flushes.delete(oldest);
    }
    return flush;
  }

  function close(windowMs: number, { open, length, ms }: Flush): void {
    if (open > 0 || length === undefined) return;
    flushes.delete(windowMs);
    const flush_time = Math.round(Math.max(0, ...ms.values()));
    state = { ...state, last_flush: unixSeconds(), flush_time, flush_length: length };
  }

  return {
    get state() {
      return state;
    },
    sends(windowMs, destinations) {
      flushOf(windowMs).open += destinations;
    },
    encoded(windowMs, length) {
      const flush = flushOf(windowMs);
      flush.length = length;
      close(windowMs, flush);
    },
    delivered(windowMs, destination, ms) {
      const flush = flushes.get(windowMs);
      // Of a window that was encoded before this back-end was made.
      if (flush === undefined) {
        state = { ...state, last_flush: unixSeconds() };
        return;
      }
      flush.open--;
      flush.ms.set(destination, (flush.ms.get(destination) ?? 0) + ms);
      close(windowMs, flush);
    },
    failed() {
      state = { ...state, last_exception: unixSeconds() };
    },
  };
}

export function statusLines({
  last_flush,
  last_exception,
  flush_time,
  flush_length,
}: LinkState): readonly StatusLine[] {
  return Object.entries({ last_flush, last_exception, flush_time, flush_length }).map(([name, value]) => ({
    group: 'graphite',
    name,
    value,
  }));
}
