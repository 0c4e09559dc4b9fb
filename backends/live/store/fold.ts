import { inSlices, type Steps } from '../../../src/kit/slices.ts';
import { SELF_PREFIX, type ServerStatus, type Window } from '../../../src/plugin.ts';
import { undelivered } from '../status/totals.ts';
import { createHistory, type History, type Point } from './history.ts';
import { createRejectedLines, type RejectedLines } from './rejected.ts';
import { createSeriesIndex, type SeriesIndex } from './series-index.ts';
import { createSlots, type Slots } from './slots.ts';

/** What the windows so far add up to. */
export interface Store {
  readonly slots: Slots;
  readonly index: SeriesIndex;
  readonly history: History;
  readonly rejected: RejectedLines;
  /** Windows that were folded. */
  readonly windows: number;
  /** Longest stall of a thread in the last window, in milliseconds; NaN before the first. */
  readonly lagMs: number;
  /** Cores in use in the last slot; NaN before the first. */
  readonly cpu: number;
  /** Series of others than statsdrain in the last window. */
  readonly series: number;
  /** Folds a window to its end. Gives the point of the slot that is complete with it. */
  fold(window: Window, status: ServerStatus): Promise<Point | undefined>;
}

const LAG = `${SELF_PREFIX}thread.lag`;
/** Series between two looks at the clock. */
const STEP = 256;

/** What a slot adds up to, besides its series. */
interface Sums {
  received: number;
  rejected: number;
  dropped: number;
}

export function createStore(intervalMs: number, maxSeries: number): Store {
  const slots = createSlots(intervalMs);
  const index = createSeriesIndex(maxSeries);
  const history = createHistory(slots.slotMs);
  const rejected = createRejectedLines();
  let windows = 0;
  let lagMs = Number.NaN;
  let cpu = Number.NaN;
  let sums: Sums = { received: 0, rejected: 0, dropped: 0 };
  /** What was never delivered, or not received, when the slot before ended. */
  let lostBefore: number | undefined;
  let usedBefore = { micros: microsUsed(), atMs: performance.now() };
  let pointed = 0;

  function* walk(window: Window, slot: number): Steps<number> {
    let looked = 0;
    let longest = Number.NaN;
    for (const one of window.series) {
      if (++looked % STEP === 0) yield;
      if (!one.updated) continue;
      index.add(one, slot, window.endMs);
      if (one.type === 'gauge' && one.name === LAG) longest = Math.max(one.value, longest || 0);
    }
    // Those that were sent with a time of their own are in no series, and are looked for by name all the same.
    for (const point of window.points) {
      if (++looked % STEP === 0) yield;
      index.add({ ...point, updated: true, rate: 0 }, slot, window.endMs);
    }
    return longest;
  }

  /** The point of the slot that ends. */
  function endSlot(slot: number, status: ServerStatus): Point {
    const now = { micros: microsUsed(), atMs: performance.now() };
    const tookMs = now.atMs - usedBefore.atMs;
    cpu = tookMs > 0 ? (now.micros - usedBefore.micros) / 1000 / tookMs : 0;
    usedBefore = now;
    const lost = undelivered(status) + status.frontends.reduce((sum, { counts }) => sum + counts.kernelDropped, 0);
    const lengthMs = slots.lengthMs(slot);
    const point: Point = {
      time: slots.endMs(slot),
      lines: lengthMs > 0 ? (sums.received * 1000) / lengthMs : 0,
      series: index.inSlot,
      drops: sums.dropped + Math.max(0, lost - (lostBefore ?? lost)),
      rejected: sums.rejected,
      cpu,
      rssBytes: process.memoryUsage.rss(),
    };
    lostBefore = lost;
    sums = { received: 0, rejected: 0, dropped: 0 };
    pointed = slot;
    history.add(point);
    return point;
  }

  return {
    slots,
    index,
    history,
    rejected,
    get windows() {
      return windows;
    },
    get lagMs() {
      return lagMs;
    },
    get cpu() {
      return cpu;
    },
    get series() {
      return slots.finished === slots.current ? index.inSlot : (history.last?.series ?? index.inSlot);
    },
    async fold(window, status) {
      const { account, startMs, endMs } = window;
      const before = slots.current;
      slots.enter(startMs, endMs);
      const slot = slots.current;
      // The clock was set: the one before is as complete as it will ever be.
      if (slot !== before && before > pointed) endSlot(before, status);
      index.begin(slot);
      rejected.close(account.examples, endMs);
      lagMs = await inSlices(walk(window, slot));
      sums.received += account.received;
      for (const lines of account.rejected.values()) sums.rejected += lines;
      for (const lines of account.dropped.values()) sums.dropped += lines;
      windows++;
      if (!slots.leave()) return undefined;
      const point = endSlot(slot, status);
      await inSlices(index.sweep(slot));
      return point;
    },
  };
}

/** CPU time of all threads of the process. */
function microsUsed(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
