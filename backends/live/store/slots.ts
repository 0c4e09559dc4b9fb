/** Slots of time in which the values of windows are kept: so many are remembered of each series. */
export const KEPT_SLOTS = 60;
const SHORTEST_MS = 1000;

/**
 * The time of windows, cut into slots of one flush interval, or of a second where that is longer. A window may be shorter: some other back-end asked for
 * what came so far. All windows that end within a slot are one then. Slots are numbered from 1 as they come, so that a clock that is set
 * back makes no slot twice.
 */
export interface Slots {
  /** Milliseconds of a whole one. */
  readonly slotMs: number;
  /** The one that windows are added to; 0: none came yet. */
  readonly current: number;
  /** The latest that is complete and folded; 0: none. */
  readonly finished: number;
  /** Of one of the last {@link KEPT_SLOTS}: when its last window ended (Unix milliseconds), and how long its windows were together. */
  endMs(slot: number): number;
  lengthMs(slot: number): number;
  /** A window begins to be folded. */
  enter(startMs: number, endMs: number): void;
  /** It was folded. True: its slot is complete with it. */
  leave(): boolean;
}

export function createSlots(intervalMs: number): Slots {
  const slotMs = Math.max(intervalMs, SHORTEST_MS);
  const ends = new Float64Array(KEPT_SLOTS);
  const lengths = new Float64Array(KEPT_SLOTS);
  let current = 0;
  let finished = 0;
  let key = Number.NaN;
  return {
    slotMs,
    get current() {
      return current;
    },
    get finished() {
      return finished;
    },
    endMs: (slot) => ends[slot % KEPT_SLOTS]!,
    lengthMs: (slot) => lengths[slot % KEPT_SLOTS]!,
    enter(startMs, endMs) {
      const next = Math.ceil(endMs / slotMs);
      if (next !== key) {
        // One without its last window, at a stop of the clock, is as complete as it will ever be.
        finished = current;
        key = next;
        current++;
        lengths[current % KEPT_SLOTS] = 0;
      }
      ends[current % KEPT_SLOTS] = endMs;
      lengths[current % KEPT_SLOTS]! += Math.max(0, endMs - startMs);
    },
    leave() {
      if (ends[current % KEPT_SLOTS]! < key * slotMs || finished === current) return false;
      finished = current;
      return true;
    },
  };
}
