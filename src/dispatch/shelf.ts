import type { Entry } from '../spool/entry.ts';
import type { WindowTally } from './window-tally.ts';

/** What a lane has on disk, and not in memory. */
export interface Shelved {
  readonly entry: Entry;
  readonly window: WindowTally;
  /** As that of a parcel. */
  readonly sinceMs: number;
  readonly tried: boolean;
}

/** Shelved payloads of one lane, oldest first, and the pace at which they come back. */
export interface Shelf {
  readonly length: number;
  /** When the window of the oldest came; undefined when there is none. */
  readonly oldestMs: number | undefined;
  add(one: Shelved): void;
  /** Gives it where it is there. */
  remove(entry: Entry): Shelved | undefined;
  /** A payload came that was not here: {@link PER_LIVE} more may come back. */
  live(): void;
  /** The server does not take what is sent: what was allowed is forgotten. */
  pause(): void;
  /** Milliseconds until one more may come back. */
  waitMs(nowMs: number): number;
  /** The oldest, which comes back. */
  shift(nowMs: number): Shelved | undefined;
  takeOlderThan(sinceMs: number): readonly Shelved[];
  takeAll(): readonly Shelved[];
}

/** What comes back is no more than this many times what is new, so that a server that has just recovered is not overrun. */
const PER_LIVE = 2;
/** Where nothing new comes, one comes back in so many milliseconds. */
const ALONE_MS = 500;

export function createShelf(): Shelf {
  let shelved: Shelved[] = [];
  let sorted = true;
  let allowed = 0;
  let lastMs = Number.NEGATIVE_INFINITY;

  function inOrder(): Shelved[] {
    if (!sorted) shelved.sort((a, b) => a.sinceMs - b.sinceMs);
    sorted = true;
    return shelved;
  }

  return {
    get length() {
      return shelved.length;
    },
    get oldestMs() {
      return inOrder()[0]?.sinceMs;
    },
    add(one) {
      sorted &&= shelved.length === 0 || shelved.at(-1)!.sinceMs <= one.sinceMs;
      shelved.push(one);
    },
    remove(entry) {
      const index = shelved.findIndex((one) => one.entry === entry);
      return index < 0 ? undefined : shelved.splice(index, 1)[0];
    },
    live() {
      if (shelved.length > 0) allowed += PER_LIVE;
    },
    pause() {
      allowed = 0;
    },
    waitMs: (nowMs) => (allowed > 0 ? 0 : Math.max(0, lastMs + ALONE_MS - nowMs)),
    shift(nowMs) {
      allowed = Math.max(0, allowed - 1);
      lastMs = nowMs;
      return inOrder().shift();
    },
    takeOlderThan(sinceMs) {
      const old = shelved.filter((one) => one.sinceMs < sinceMs);
      if (old.length > 0) shelved = shelved.filter((one) => one.sinceMs >= sinceMs);
      return old;
    },
    takeAll() {
      const all = inOrder();
      shelved = [];
      allowed = 0;
      return all;
    },
  };
}
