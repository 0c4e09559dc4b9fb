import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { metricTypes } from '../protocol/types.ts';
import { NO_SERIES, type SeriesTable } from './series-table.ts';

/** Series that are looked at before other work may go on: 1 ms, where each one is looked up in memory that no cache holds. */
export const SERIES_AT_ONCE = 8192;

/** Milliseconds after which a merge whose windows list what was updated looks at all series, to free some; and one in how many makes it quicker. */
const LOOK_MS = 10_000;
const FEW = 8;

/** Which series the windows of a merge list: those that a window touches, and where it is wanted those that are only held. */
export interface Touched {
  /** Makes room for all series of the table. */
  fit(): void;
  /** A window begins. */
  openWindow(): void;
  /** True when this is the first that the window sees of the series. `nowMs`: the end of the round. */
  touch(series: number, nowMs: number): boolean;
  touchAll(all: Uint32Array, nowMs: number): Steps<void>;
  has(series: number): boolean;
  /** The series is new: it came after those that were born before. */
  bear(series: number): void;
  /** A gauge from before the start: the next window lists it although it received nothing, since nobody has seen it yet. */
  restore(series: number): void;
  /** By type code: the series of the window that ends at `nowMs`, in the order of their numbers. Frees those that are neither used nor held. */
  select(nowMs: number): Steps<readonly Uint32Array[]>;
  /** Of rows: which were touched, and the order of those that are new, which are not any more. */
  rows(rows: Uint32Array): Steps<{ readonly updated: Uint8Array; readonly born: Uint32Array | undefined }>;
  /** By old numbers: the new ones, for which there is to be room. */
  renumber(renumbered: Uint32Array, room: number): Steps<void>;
}

/** `updatedOnly`: series that are only held are not listed. */
export function createTouched(table: SeriesTable, updatedOnly: boolean): Touched {
  /** By series: the window that touched it last. */
  let marks = new Uint32Array(1024);
  /** By series: until the end of the window that touches it first over 0, and higher than those of series that came before. */
  let born = new Uint32Array(1024);
  let births = 0;
  /** The series that this window has touched. */
  let touched = new Uint32Array(1024);
  let touches = 0;
  let window = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let restored = new Set<number>();

  function fit(): void {
    if (table.limit <= marks.length) return;
    marks = grown(marks, table.limit);
    if (born.length < table.limit) born = grown(born, table.limit);
    touched = grown(touched, table.limit);
  }

  function touch(series: number, nowMs: number): boolean {
    if (marks[series] === window) return false;
    marks[series] = window;
    touched[touches++] = series;
    table.update(series, nowMs);
    return true;
  }

  /** Without a look at the others. */
  function* selectTouched(nowMs: number): Steps<readonly Uint32Array[]> {
    const all = touched.slice(0, touches).sort();
    yield;
    const byCode: number[][] = metricTypes.map(() => []);
    yield* inParts(all.length, SERIES_AT_ONCE, (from, to) => {
      for (let at = from; at < to; at++) {
        const series = all[at]!;
        if (!table.isLive(series)) continue;
        table.update(series, nowMs);
        byCode[table.type(series)]!.push(series);
      }
    });
    return byCode.map((rows) => Uint32Array.from(rows));
  }

  function* selectAll(nowMs: number): Steps<readonly Uint32Array[]> {
    const counts = new Uint32Array(metricTypes.length);
    const selected = new Uint8Array(table.limit);
    yield* inParts(table.limit, SERIES_AT_ONCE / 4, (from, to) => {
      for (let series = from; series < to; series++) {
        if (!table.isLive(series)) continue;
        const isTouched = marks[series] === window;
        // In a window of several rounds it may have been touched in an earlier one.
        if (isTouched) table.update(series, nowMs);
        if (isTouched || ((!updatedOnly || restored.has(series)) && table.isHeld(series, nowMs))) {
          const type = table.type(series);
          selected[series] = type + 1;
          counts[type] = counts[type]! + 1;
        } else {
          table.collect(series, nowMs);
        }
      }
    });
    const rows = Array.from(counts, (count) => new Uint32Array(count));
    counts.fill(0);
    yield* inParts(selected.length, SERIES_AT_ONCE, (from, to) => {
      for (let series = from; series < to; series++) {
        const type = selected[series]! - 1;
        if (type < 0) continue;
        rows[type]![counts[type]!] = series;
        counts[type] = counts[type]! + 1;
      }
    });
    return rows;
  }

  return {
    fit,
    openWindow() {
      window++;
      touches = 0;
    },
    touch,
    touchAll: (all, nowMs) =>
      inParts(all.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) touch(all[row]!, nowMs);
      }),
    has: (series) => marks[series] === window,
    bear(series) {
      if (series >= born.length) born = grown(born, series + 1);
      if (born[series] === 0) born[series] = ++births;
    },
    restore(series) {
      if (updatedOnly) restored.add(series);
    },
    *select(nowMs) {
      if (!updatedOnly) return yield* selectAll(nowMs);
      if (restored.size === 0 && nowMs - lookedMs < LOOK_MS && touches * FEW <= table.limit)
        return yield* selectTouched(nowMs);
      lookedMs = nowMs;
      const all = yield* selectAll(nowMs);
      restored = new Set();
      return all;
    },
    *rows(rows) {
      const updated = new Uint8Array(rows.length);
      let order: Uint32Array | undefined;
      yield* inParts(rows.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const series = rows[row]!;
          if (marks[series] !== window) continue;
          updated[row] = 1;
          if (born[series] === 0) continue;
          order ??= new Uint32Array(rows.length);
          order[row] = born[series]!;
          born[series] = 0;
        }
      });
      return { updated, born: order };
    },
    *renumber(renumbered, room) {
      const before = marks;
      marks = new Uint32Array(room);
      born = new Uint32Array(room);
      touched = new Uint32Array(room);
      yield* inParts(Math.min(renumbered.length, before.length), SERIES_AT_ONCE, (from, to) => {
        for (let series = from; series < to; series++) {
          const now = renumbered[series]!;
          if (now === NO_SERIES) continue;
          marks[now] = before[series]!;
        }
      });
      restored = new Set(
        Array.from(restored, (series) => renumbered[series]!).filter((series) => series !== NO_SERIES),
      );
    },
  };
}
