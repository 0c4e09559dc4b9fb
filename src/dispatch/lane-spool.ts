import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Entry, Gone, Spool } from '../spool/entry.ts';
import type { Address } from '../spool/record.ts';
import { deadlineSignal } from './deadline.ts';
import type { Parcel } from './payload-queue.ts';
import { createShelf, type Shelved } from './shelf.ts';

/** What a lane keeps on disk: a second copy of what waits in memory, and what memory has no room for. */
export interface LaneSpool {
  /** Payloads that are on disk only. */
  readonly length: number;
  readonly oldestMs: number | undefined;
  /** Sees to it that a parcel is in the spool too. False where it cannot be. */
  keep(parcel: Parcel): boolean;
  /** Keeps those that have waited for long enough; looks again as long as `waiting` gives any. */
  keepSoon(waiting: () => Iterable<Parcel>): void;
  /** An attempt to send a parcel may have been taken. */
  doubt(parcel: Parcel): void;
  /** Keeps a parcel on disk only. False where it cannot. */
  shelve(parcel: Parcel): boolean;
  /** A parcel waits no more. */
  done(parcel: Parcel, delivered: boolean): void;
  /** Payloads of a predecessor, or of an earlier process. */
  adopt(shelved: readonly Shelved[]): void;
  /** A parcel of a predecessor, which may be in the spool. */
  watch(parcel: Parcel): void;
  live(): void;
  pause(): void;
  /** Reads the oldest back, unless it is too early or one is being read. Gives the milliseconds until it is to be called again. */
  replay(nowMs: number): number | undefined;
  giveUpOld(nowMs: number): void;
  /** Ends it, and gives what is on disk only. */
  end(): Promise<readonly Shelved[]>;
}

export interface LaneSpoolOptions {
  readonly spool: Spool;
  readonly address: Address;
  /** A payload is in memory again: it was read, or it could not be written. */
  readonly back: (parcel: Parcel) => void;
  /** The next one may be read. */
  readonly resume: () => void;
  readonly lost: (one: Shelved, reason: string, why: string) => void;
}

/** How long a payload may wait, or be under way, before it is written: what a killed process loses at the most. Milliseconds. */
const KEEP_AFTER_MS = 250;
/** Between two looks at what waits: those that came one right after the other are written together. Milliseconds. */
const KEEP_EVERY_MS = 25;
/** How long the end waits for a payload that is being read; it stays in the spool. Milliseconds. */
const READ_MS = 1000;

/** As of the queue in memory where there was no room. */
const reasons = { full: 'queue_full', too_old: 'too_old', unreadable: 'unreadable' } as const;

const why = {
  full: 'more waits than "spool.bytes" allows',
  too_old: 'it waited for longer than "spool.age"',
  unreadable: 'it cannot be read from the spool any more',
} as const;

export function createLaneSpool({ spool, address, back, resume, lost }: LaneSpoolOptions): LaneSpool {
  const shelf = createShelf();
  let busy = false;
  let reading: Promise<void> | undefined;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  function lose(one: Shelved, reason: keyof typeof why): void {
    lost(one, reasons[reason], why[reason]);
  }

  function watch(parcel: Parcel): void {
    const { entry } = parcel;
    if (entry === undefined) return;
    entry.gone = () => {
      parcel.entry = undefined;
    };
  }

  function put(one: Shelved): void {
    one.entry.gone = (gone) => leave(one, gone);
    shelf.add(one);
  }

  function leave(one: Shelved, gone: Gone): void {
    if (!shelf.remove(one)) return;
    const { window, sinceMs, tried } = one;
    if (gone.reason === 'not_written') back({ payload: gone.payload, window, sinceMs, tried, ...doubtOf(one.entry) });
    else lose(one, gone.reason);
  }

  function doubt({ entry, ambiguous }: Parcel): void {
    if (entry !== undefined && ambiguous === true) spool.doubt(entry);
  }

  function keep(parcel: Parcel): boolean {
    if (parcel.entry !== undefined) return true;
    parcel.entry = spool.save(address, parcel.payload);
    doubt(parcel);
    watch(parcel);
    return parcel.entry !== undefined;
  }

  function keepSoon(waiting: () => Iterable<Parcel>, afterMs = KEEP_AFTER_MS): void {
    if (timer !== undefined || over) return;
    timer = setTimeout(() => {
      timer = undefined;
      const now = performance.now();
      let next = Number.POSITIVE_INFINITY;
      for (const parcel of waiting()) {
        if (parcel.entry !== undefined) continue;
        const dueMs = (parcel.queuedMs ?? 0) + KEEP_AFTER_MS;
        if (dueMs > now) next = Math.min(next, dueMs - now);
        else if (!keep(parcel)) next = Math.min(next, KEEP_AFTER_MS);
      }
      if (Number.isFinite(next)) keepSoon(waiting, Math.max(next, KEEP_EVERY_MS));
    }, afterMs);
  }

  async function read(one: Shelved): Promise<void> {
    const { entry, window, sinceMs, tried } = one;
    let left = false;
    entry.gone = () => {
      left = true;
    };
    try {
      const payload = await spool.read(entry);
      busy = false;
      if (over) return shelf.add(one);
      const parcel: Parcel = { payload, window, sinceMs, tried, ...doubtOf(entry), ...(left ? {} : { entry }) };
      watch(parcel);
      back(parcel);
    } catch {
      busy = false;
      lose(one, 'unreadable');
      resume();
    }
  }

  return {
    get length() {
      return shelf.length + (busy ? 1 : 0);
    },
    get oldestMs() {
      return shelf.oldestMs;
    },
    keep,
    keepSoon,
    doubt,
    shelve(parcel) {
      if (!keep(parcel)) return false;
      const { entry, window, sinceMs, tried } = parcel;
      put({ entry: entry!, window, sinceMs, tried });
      return true;
    },
    done({ entry }, delivered) {
      if (entry !== undefined) spool.done(entry, delivered);
    },
    adopt(shelved) {
      for (const one of shelved) put(one);
    },
    watch,
    live: shelf.live,
    pause: shelf.pause,
    replay(nowMs) {
      if (over || busy || shelf.length === 0) return undefined;
      const waitMs = shelf.waitMs(nowMs);
      if (waitMs > 0) return waitMs;
      busy = true;
      reading = read(shelf.shift(nowMs)!);
      return undefined;
    },
    giveUpOld(nowMs) {
      for (const one of shelf.takeOlderThan(nowMs - spool.ageMs)) {
        spool.done(one.entry, false);
        lose(one, 'too_old');
      }
    },
    async end() {
      over = true;
      clearTimeout(timer);
      const patience = deadlineSignal(READ_MS);
      await unlessAborted(reading, patience.signal).catch(() => undefined);
      patience.clear();
      return shelf.takeAll();
    },
  };
}

function doubtOf({ ambiguous }: Entry): Pick<Parcel, 'ambiguous'> {
  return ambiguous === true ? { ambiguous } : {};
}
