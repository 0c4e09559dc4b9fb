import type { QueueSettings } from '../config/settings.ts';
import type { Payload } from '../plugin.ts';
import type { Entry } from '../spool/entry.ts';
import { type ByAge, createByAge } from './by-age.ts';
import type { WindowTally } from './window-tally.ts';

/** A payload on its way to one lane. */
export interface Parcel {
  readonly payload: Payload;
  readonly window: WindowTally;
  /** When its window came, in milliseconds of a clock that is never set. */
  readonly sinceMs: number;
  /** Whether it was sent at least once: none is too old before that. */
  tried: boolean;
  /** An attempt that went on behind its deadline. */
  underWay?: Promise<void>;
  /** An attempt may have been taken, and to send it again is not harmless. */
  ambiguous?: boolean;
  /** Where it is in the spool too. */
  entry?: Entry | undefined;
  /** When it came to its lane, by the same clock. */
  queuedMs?: number;
}

/** Parcels that wait for one lane: the oldest first, and of those of one window the ones with the highest priority. */
export interface PayloadQueue {
  readonly length: number;
  /** Bytes of memory that they hold. */
  readonly bytes: number;
  /** Milliseconds since the window of the oldest came; 0 when none waits. */
  ageMs(nowMs: number): number;
  /** When it is full, the oldest of those with the lowest priority give way, and the newest never. */
  push(parcel: Parcel): void;
  /** In front of those that are as old, whatever the limits say: they were here before. */
  putBack(parcels: readonly Parcel[]): void;
  /** In no order. */
  parcels(): IterableIterator<Parcel>;
  peek(): Parcel | undefined;
  shift(): Parcel | undefined;
  takeAll(): readonly Parcel[];
  setSettings(settings: QueueSettings): void;
}

/** Bytes of memory that a payload takes beside its body: its own, and for each item a name and where it ends. */
const PER_PAYLOAD = 200;
const PER_ITEM = 16;

function sizeOf({ payload: { bytes, names } }: Parcel): number {
  return bytes.length + PER_PAYLOAD + PER_ITEM * names.length;
}

export function createPayloadQueue(first: QueueSettings, lost: (parcel: Parcel) => void): PayloadQueue {
  let settings = first;
  /** By priority, the lowest first. Those of which none waits are left out. */
  let classes: { readonly priority: number; readonly waiting: ByAge<Parcel> }[] = [];
  let length = 0;
  let bytes = 0;
  /** How many parcels of each window wait. */
  const windows = new Map<WindowTally, number>();

  function count(parcel: Parcel, sign: 1 | -1): void {
    length += sign;
    bytes += sign * sizeOf(parcel);
    const left = (windows.get(parcel.window) ?? 0) + sign;
    if (left === 0) windows.delete(parcel.window);
    else windows.set(parcel.window, left);
  }

  function classOf({ payload: { priority = 0 } }: Parcel): ByAge<Parcel> {
    const known = classes.find((one) => one.priority === priority);
    if (known !== undefined) return known.waiting;
    const waiting = createByAge<Parcel>();
    classes = [...classes, { priority, waiting }].sort((a, b) => a.priority - b.priority);
    return waiting;
  }

  function removeFirst(from: ByAge<Parcel>): Parcel | undefined {
    const parcel = from.shift();
    if (parcel === undefined) return undefined;
    count(parcel, -1);
    if (from.length === 0) classes = classes.filter(({ waiting }) => waiting !== from);
    return parcel;
  }

  /** Of all but the newest, which is the last of its class. */
  function leastWorth(newest: Parcel): ByAge<Parcel> {
    return classes.find(({ waiting }) => waiting.first !== newest)!.waiting;
  }

  function oldest(): ByAge<Parcel> | undefined {
    let found: ByAge<Parcel> | undefined;
    for (const { waiting } of classes) {
      if (found === undefined || waiting.first!.sinceMs <= found.first!.sinceMs) found = waiting;
    }
    return found;
  }

  return {
    get length() {
      return length;
    },
    get bytes() {
      return bytes;
    },
    *parcels() {
      for (const { waiting } of classes) yield* waiting.values();
    },
    ageMs: (nowMs) => (length === 0 ? 0 : nowMs - oldest()!.first!.sinceMs),
    push(parcel) {
      classOf(parcel).add(parcel);
      count(parcel, 1);
      while (length > 1 && (windows.size > settings.windows || bytes > settings.bytes)) {
        lost(removeFirst(leastWorth(parcel))!);
      }
    },
    putBack(parcels) {
      // The last one first: each goes in front of those that are as old.
      for (const parcel of [...parcels].reverse()) {
        classOf(parcel).putBack(parcel);
        count(parcel, 1);
      }
    },
    peek: () => oldest()?.first,
    shift() {
      const from = oldest();
      return from && removeFirst(from);
    },
    takeAll() {
      const all = classes.reverse().flatMap(({ waiting }) => waiting.takeAll());
      classes = [];
      windows.clear();
      length = 0;
      bytes = 0;
      return all.sort((a, b) => a.sinceMs - b.sinceMs);
    },
    setSettings(next) {
      settings = next;
    },
  };
}
