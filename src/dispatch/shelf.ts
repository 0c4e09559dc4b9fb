import type { Entry } from '../spool/entry.ts';
import type { WindowTally } from './window-tally.ts';

/** What a lane has on disk, and not in memory. */
export interface Shelved {
  readonly entry: Entry;
  readonly window: WindowTally;
  /** As that of a parcel. */
  readonly sinceMs: number;
  readonly tried: boolean;
  /** Whether a shelf has it; of its own. */
  isOnShelf?: boolean;
}

/** Shelved payloads of one lane, oldest first, and the pace at which they come back. */
export interface Shelf {
  readonly length: number;
  /** When the window of the oldest came; undefined when there is none. */
  readonly oldestMs: number | undefined;
  add(one: Shelved): void;
  /** Gives whether it was there. */
  remove(one: Shelved): boolean;
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
/** Places of those that have left, beside as many as there are of others. */
const EMPTY_PLACES = 1024;

export function createShelf(): Shelf {
  /** Those before `head` have left, and so have those that are not on the shelf: a file has thousands of small ones, which leave at once. */
  let places: Shelved[] = [];
  let head = 0;
  let length = 0;
  let sorted = true;
  let allowed = 0;
  let lastMs = Number.NEGATIVE_INFINITY;

  function tidy(): void {
    const emptyPlaces = places.length - length;
    if (sorted && emptyPlaces <= length + EMPTY_PLACES) return;
    places = places.filter((one, at) => at >= head && one.isOnShelf);
    head = 0;
    if (!sorted) places.sort((a, b) => a.sinceMs - b.sinceMs);
    sorted = true;
  }

  function first(): Shelved | undefined {
    tidy();
    while (head < places.length && !places[head]!.isOnShelf) head++;
    return places[head];
  }

  function takeFirst(): Shelved | undefined {
    const one = first();
    if (one === undefined) return undefined;
    head++;
    length--;
    one.isOnShelf = false;
    return one;
  }

  return {
    get length() {
      return length;
    },
    get oldestMs() {
      return first()?.sinceMs;
    },
    add(one) {
      sorted &&= length === 0 || places.at(-1)!.sinceMs <= one.sinceMs;
      places.push(one);
      one.isOnShelf = true;
      length++;
    },
    remove(one) {
      if (one.isOnShelf !== true) return false;
      one.isOnShelf = false;
      length--;
      return true;
    },
    live() {
      if (length > 0) allowed += PER_LIVE;
    },
    pause() {
      allowed = 0;
    },
    waitMs: (nowMs) => (allowed > 0 ? 0 : Math.max(0, lastMs + ALONE_MS - nowMs)),
    shift(nowMs) {
      allowed = Math.max(0, allowed - 1);
      lastMs = nowMs;
      return takeFirst();
    },
    takeOlderThan(sinceMs) {
      const old: Shelved[] = [];
      for (let one = first(); one !== undefined && one.sinceMs < sinceMs; one = first()) old.push(takeFirst()!);
      return old;
    },
    takeAll() {
      const all: Shelved[] = [];
      for (let one = takeFirst(); one !== undefined; one = takeFirst()) all.push(one);
      allowed = 0;
      return all;
    },
  };
}
