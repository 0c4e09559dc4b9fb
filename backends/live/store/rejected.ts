import type { RejectedLine } from '../../../src/plugin.ts';

/** Lines that could not be read, alike ones as one. */
export interface RejectedEntry {
  readonly line: string;
  readonly reason: string;
  /** What would be right: half a sentence. */
  readonly advice: string;
  readonly frontend: string;
  /** Address and port of the sender of the latest one. */
  readonly from: string | null;
  /** Unix milliseconds of the latest one: of the window's end at the latest. */
  readonly atMs: number;
  /** How often it was among the samples, of which there are up to eight for each reason and window. */
  readonly times: number;
}

export interface RejectedLines {
  /** Samples of a closed window. */
  close(samples: readonly RejectedLine[], endMs: number): void;
  /** Samples of the window that is open: all of them each time. */
  open(samples: readonly RejectedLine[], nowMs: number): void;
  /** The latest first. */
  list(): readonly RejectedEntry[];
}

const MOST = 200;
/** Of the window that is open: eight for each reason of each front-end are not more in fact. */
const MOST_OPEN = 400;

export function createRejectedLines(most = MOST): RejectedLines {
  /** By what makes them alike; the latest last. */
  const closed = new Map<string, RejectedEntry>();
  let open = new Map<string, RejectedEntry>();

  function put(entry: RejectedEntry, key: string): void {
    const before = closed.get(key);
    closed.delete(key);
    closed.set(key, { ...entry, times: entry.times + (before?.times ?? 0) });
    if (closed.size > most) closed.delete(closed.keys().next().value!);
  }

  return {
    close(samples, endMs) {
      for (const [key, entry] of merged(samples, (known) => open.get(known)?.atMs ?? endMs)) put(entry, key);
      open = new Map();
    },
    open(samples, nowMs) {
      open = merged(samples.slice(0, MOST_OPEN), (known) => open.get(known)?.atMs ?? nowMs);
    },
    list() {
      const all = new Map(closed);
      for (const [key, entry] of open) {
        const before = all.get(key);
        all.set(key, { ...entry, times: entry.times + (before?.times ?? 0) });
      }
      // The order in a map is that of closing; of the open ones each has its own time.
      return [...all.values()].reverse().sort((a, b) => b.atMs - a.atMs);
    },
  };
}

function merged(samples: readonly RejectedLine[], atMs: (key: string) => number): Map<string, RejectedEntry> {
  const entries = new Map<string, RejectedEntry>();
  for (const { line, reason, advice, frontend, from = null } of samples) {
    const key = JSON.stringify([frontend, reason, line]);
    const times = (entries.get(key)?.times ?? 0) + 1;
    entries.set(key, { line, reason, advice, frontend, from, atMs: atMs(key), times });
  }
  return entries;
}
