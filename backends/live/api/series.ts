import type { Live } from '../live.ts';
import type { Kept } from '../store/names.ts';
import type { RejectedEntry } from '../store/rejected.ts';
import { nearest, search } from '../store/search.ts';
import { type SeriesIndex, tagsOf } from '../store/series-index.ts';
import { KEPT_SLOTS, type Slots } from '../store/slots.ts';

/** Values of a series by window, the oldest first. */
interface SeriesHistory {
  /** Unix milliseconds: ends of windows. */
  readonly times: readonly number[];
  /** Null where the series received nothing. */
  readonly values: readonly (number | null)[];
}

export interface SeriesView {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly host: string | null;
  /** In the last window in which it came: a counter's sum, the value of a gauge or a set, the mean of others. */
  readonly value: number | null;
  /** Values of a timer, histogram or distribution then; null of others. */
  readonly count: number | null;
  /** Lines then; null where they are not counted. */
  readonly lines: number | null;
  /** Whether it came in the last window, or in what came of the next one. */
  readonly updated: boolean;
  readonly lastSeenMs: number;
  readonly history: SeriesHistory;
}

/** What is known of a name that never came. */
interface Never {
  readonly nearest: readonly string[];
  /** Lines that could not be read and begin like it. */
  readonly rejected: readonly RejectedEntry[];
}

export interface SeriesAnswer {
  readonly query: string;
  readonly series: readonly SeriesView[];
  /** That fit and are not among these. */
  readonly more: number;
  /** Series of the last window for which there was no room, so that they are not found. */
  readonly notKept: number;
  /** No window came yet. */
  readonly empty: boolean;
  readonly never: Never | null;
}

const MOST_REJECTED = 20;

export async function seriesAnswer({ store, run }: Live, query: string, limit: number): Promise<SeriesAnswer> {
  const { index, slots, rejected } = store;
  const found = await run(search(index, query, limit));
  const isUnknown = found.names === 0 && query !== '';
  const never = isUnknown
    ? { nearest: await run(nearest(index, query)), rejected: beginningLike(query, rejected.list()) }
    : null;
  return {
    query,
    series: found.series.map((kept) => seriesView(kept, index, slots)),
    more: found.more,
    notKept: index.notKept,
    empty: store.windows === 0,
    never,
  };
}

function beginningLike(query: string, rejected: readonly RejectedEntry[]): RejectedEntry[] {
  const [begin = ''] = query.split('*');
  return begin === '' ? [] : rejected.filter(({ line }) => line.startsWith(begin)).slice(0, MOST_REJECTED);
}

function seriesView(kept: Kept, index: SeriesIndex, slots: Slots): SeriesView {
  return {
    id: String(kept.serial),
    name: kept.name.name,
    type: kept.name.type,
    tags: tagsOf(kept),
    host: kept.host ?? null,
    value: orNull(kept.value),
    count: orNull(kept.count),
    lines: orNull(kept.lines),
    updated: kept.slot >= (slots.finished || slots.current),
    lastSeenMs: kept.lastSeenMs,
    history: historyOf(kept, index, slots),
  };
}

/** What came so far of a window that is not over is there where it has a value. */
function historyOf(kept: Kept, index: SeriesIndex, slots: Slots): SeriesHistory {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const last = Math.max(kept.slot, slots.finished);
  for (let slot = Math.max(kept.firstSlot, last - KEPT_SLOTS + 1); slot <= last; slot++) {
    times.push(slots.endMs(slot));
    values.push(orNull(index.valueIn(kept, slot)));
  }
  return { times, values };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
