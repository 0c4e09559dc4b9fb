import type { QueueSettings } from '../config/settings.ts';
import type { Payload } from '../plugin.ts';
import type { Entry } from '../spool/entry.ts';
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

/** Parcels that wait for one lane, oldest first. */
export interface PayloadQueue {
  readonly length: number;
  /** Bytes of memory that they hold. */
  readonly bytes: number;
  /** Milliseconds since the window of the oldest came; 0 when none waits. */
  ageMs(nowMs: number): number;
  /** When it is full, the oldest of those with the lowest priority give way, and the newest never. */
  push(parcel: Parcel): void;
  /** In front of all others, whatever the limits say: they were here before. */
  putBack(parcels: readonly Parcel[]): void;
  readonly parcels: readonly Parcel[];
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
  let waiting: Parcel[] = [];
  let bytes = 0;
  /** How many parcels of each window wait. */
  const windows = new Map<WindowTally, number>();

  function count(parcel: Parcel, sign: 1 | -1): void {
    bytes += sign * sizeOf(parcel);
    const left = (windows.get(parcel.window) ?? 0) + sign;
    if (left === 0) windows.delete(parcel.window);
    else windows.set(parcel.window, left);
  }

  function remove(index: number): Parcel | undefined {
    const [parcel] = waiting.splice(index, 1);
    if (parcel !== undefined) count(parcel, -1);
    return parcel;
  }

  /** Of all but the newest. */
  function leastWorth(): number {
    let least = 0;
    for (let index = 1; index < waiting.length - 1; index++) {
      if ((waiting[index]!.payload.priority ?? 0) < (waiting[least]!.payload.priority ?? 0)) least = index;
    }
    return least;
  }

  return {
    get length() {
      return waiting.length;
    },
    get bytes() {
      return bytes;
    },
    get parcels() {
      return waiting;
    },
    ageMs: (nowMs) => (waiting.length === 0 ? 0 : nowMs - waiting[0]!.sinceMs),
    push(parcel) {
      waiting.push(parcel);
      count(parcel, 1);
      while (waiting.length > 1 && (windows.size > settings.windows || bytes > settings.bytes)) {
        lost(remove(leastWorth())!);
      }
    },
    putBack(parcels) {
      waiting.unshift(...parcels);
      for (const parcel of parcels) count(parcel, 1);
      waiting.sort((a, b) => a.sinceMs - b.sinceMs);
    },
    peek: () => waiting[0],
    shift: () => remove(0),
    takeAll() {
      const all = waiting;
      waiting = [];
      windows.clear();
      bytes = 0;
      return all;
    },
    setSettings(next) {
      settings = next;
    },
  };
}
