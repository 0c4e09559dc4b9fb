import type { Partial } from '../partial/partial.ts';

/** The partials of one window. */
export interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly partials: readonly Partial[];
}

/**
 * Brings the partials of all shards together by window. A window is complete when every shard has handed over its part.
 * A shard that is late for longer than the grace holds nobody up: its part goes into the next window, and none is lost.
 */
export interface Collector {
  addShard(index: number): void;
  /** Nobody waits for this shard any more. */
  loseShard(index: number): void;
  /**
   * A shard's last partial has `final` set; from then on nobody waits for it. An interim one goes with those of its shard
   * that come after it, and closes nothing.
   */
  add(partial: Partial, nowMs: number): void;
  /** The next window that is complete at `nowMs`, if there is one. Both are of a clock that is never set. */
  take(nowMs: number): ClosedWindow | undefined;
  /** Whatever has been handed over, once no shard is left. */
  takeRest(): ClosedWindow | undefined;
  /**
   * What shards have handed over of windows that go on: a part of their own. It closes nothing, and what comes of these windows later is another
   * part. `endMs`: now, by the clock of windows.
   */
  takeInterim(endMs: number): ClosedWindow;
  /** What has come yet of the window that will be closed next, as {@link take} would give it. */
  upcoming(): readonly Partial[];
  /** Shards whose last partial is outstanding. */
  readonly shards: Iterable<number>;
  readonly shardCount: number;
  /** Partials that came after their window was closed, since the last call. */
  takeLate(): number;
}

export function createCollector(startMs: number, graceMs: number): Collector {
  /** By shard: the end of the last window that it handed over. */
  const delivered = new Map<number, number>();
  let pending: Partial[] = [];
  /** Of those that were added: when. */
  const arrivedMs = new WeakMap<Partial, number>();
  let closedMs = startMs;
  /** Where the last interim part ended, when it was the last of all. */
  let partMs: number | undefined;
  /** Length of the window that was closed last. */
  let lengthMs = 1;
  let late = 0;

  /** With a partial go all that its shard handed over before it, even those of a clock that has been set back since. */
  function dueAt(endMs: number): (partial: Partial, index: number) => boolean {
    const lastOf = new Map<number, number>();
    pending.forEach((partial, index) => {
      if (partial.endMs <= endMs) lastOf.set(partial.shard, index);
    });
    return ({ shard }, index) => index <= (lastOf.get(shard) ?? -1);
  }

  function close(endMs: number): ClosedWindow {
    const isDue = dueAt(endMs);
    const window = { startMs: partMs ?? closedMs, endMs, partials: pending.filter(isDue) };
    partMs = undefined;
    pending = pending.filter((partial, index) => !isDue(partial, index));
    lengthMs = endMs - closedMs;
    closedMs = endMs;
    return window;
  }

  /** The wall clock was set back: windows start again from there, the first as long as the last one before. */
  function followClock(partial: Partial): void {
    const lengths = [...delivered.values()];
    if (lengths.length > 0 && lengths.every((endMs) => endMs < closedMs - 2 * graceMs))
      closedMs = partial.endMs - lengthMs;
  }

  return {
    get shards() {
      return delivered.keys();
    },
    get shardCount() {
      return delivered.size;
    },
    addShard(index) {
      delivered.set(index, closedMs);
    },
    loseShard(index) {
      delivered.delete(index);
    },
    add(partial, nowMs) {
      arrivedMs.set(partial, nowMs);
      pending.push(partial);
      if (partial.interim) return;
      if (partial.final) delivered.delete(partial.shard);
      else delivered.set(partial.shard, partial.endMs);
      if (partial.endMs <= closedMs) {
        late++;
        followClock(partial);
      }
    },
    take(nowMs) {
      let first: Partial | undefined;
      for (const partial of pending) {
        if (partial.final || partial.interim || partial.endMs <= closedMs) continue;
        if (first === undefined || partial.endMs < first.endMs) first = partial;
      }
      if (first === undefined) return undefined;
      const { endMs } = first;
      const complete = [...delivered.values()].every((handed) => handed >= endMs);
      return complete || nowMs >= arrivedMs.get(first)! + graceMs ? close(endMs) : undefined;
    },
    takeRest() {
      if (pending.length === 0) return undefined;
      const ends = pending.filter(({ interim }) => !interim).map(({ endMs }) => endMs);
      const window = { startMs: partMs ?? closedMs, endMs: Math.max(closedMs + 1, ...ends), partials: pending };
      partMs = undefined;
      pending = [];
      closedMs = window.endMs;
      return window;
    },
    takeInterim(endMs) {
      const last = new Map<number, number>();
      pending.forEach(({ shard, interim }, index) => {
        if (interim) last.set(shard, index);
      });
      const isTaken = ({ shard }: Partial, index: number) => index <= (last.get(shard) ?? -1);
      const part = { startMs: partMs ?? closedMs, endMs, partials: pending.filter(isTaken) };
      pending = pending.filter((partial, index) => !isTaken(partial, index));
      partMs = endMs;
      return part;
    },
    upcoming() {
      let endMs = Number.POSITIVE_INFINITY;
      for (const partial of pending) {
        if (!partial.final && partial.endMs > closedMs && partial.endMs < endMs) endMs = partial.endMs;
      }
      return pending.filter(dueAt(endMs));
    },
    takeLate() {
      const taken = late;
      late = 0;
      return taken;
    },
  };
}
