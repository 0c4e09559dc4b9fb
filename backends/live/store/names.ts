import type { MetricType } from '../../../src/plugin.ts';
import { SELF_PREFIX } from '../../../src/plugin.ts';

/** What is counted of all series of one name and type. */
export interface NameRecord {
  readonly name: string;
  readonly type: MetricType;
  /** True: statsdrain's own. */
  readonly isOwn: boolean;
  /** Its series whose values are kept, linked by {@link Kept.next}, the latest first. */
  first: Kept | undefined;
  /** Number of these. */
  kept: number;
  /** Slot that is counted now, its lines, and its series that are kept. */
  slot: number;
  lines: number;
  series: number;
  /** The same of the slot before in which it came. */
  lastSlot: number;
  lastLines: number;
  lastSeries: number;
  /** Of series that are not kept: those of the window that is being folded, and the most of a window of the slot. */
  window: number;
  otherNow: number;
  other: number;
}

/** A series whose values are kept. */
export interface Kept {
  /** Never given to another one. */
  readonly serial: number;
  readonly name: NameRecord;
  /** Its tags, with a LF between them. */
  readonly tagText: string;
  readonly host: string | undefined;
  /** Place of its values. */
  readonly at: number;
  readonly hash: number;
  /** Slots in which it came first and last. */
  readonly firstSlot: number;
  slot: number;
  /** Of the last slot: a counter's sum, the value of a gauge or a set, the mean of the others. */
  value: number;
  /** Values of a timer, histogram or distribution; NaN of others. */
  count: number;
  /** NaN where lines are not counted. */
  lines: number;
  /** Unix milliseconds: end of the last window in which it came. */
  lastSeenMs: number;
  /** Of the same name. */
  next: Kept | undefined;
}

/** Names by type. */
export interface Names {
  readonly size: number;
  get(type: MetricType, name: string): NameRecord | undefined;
  add(type: MetricType, name: string): NameRecord;
  remove(record: NameRecord): void;
  all(): Iterable<NameRecord>;
}

export function createNames(): Names {
  const byType = new Map<MetricType, Map<string, NameRecord>>();
  let size = 0;

  function* all(): Generator<NameRecord, undefined, undefined> {
    for (const names of byType.values()) yield* names.values();
    return undefined;
  }

  return {
    get size() {
      return size;
    },
    get: (type, name) => byType.get(type)?.get(name),
    add(type, name) {
      const names = byType.get(type) ?? new Map<string, NameRecord>();
      byType.set(type, names);
      const isOwn = name.startsWith(SELF_PREFIX);
      const record: NameRecord = { name, type, isOwn, ...nothing() };
      names.set(name, record);
      size++;
      return record;
    },
    remove({ type, name }) {
      if (byType.get(type)?.delete(name) === true) size--;
    },
    all,
  };
}

function nothing(): Omit<NameRecord, 'name' | 'type' | 'isOwn'> {
  return {
    first: undefined,
    kept: 0,
    slot: 0,
    lines: 0,
    series: 0,
    lastSlot: 0,
    lastLines: 0,
    lastSeries: 0,
    window: 0,
    otherNow: 0,
    other: 0,
  };
}

/** Begins to count a slot where it is a new one for this name. */
export function enterSlot(record: NameRecord, slot: number): void {
  if (record.slot === slot) return;
  record.lastSlot = record.slot;
  record.lastLines = record.lines;
  record.lastSeries = record.series + record.other;
  record.slot = slot;
  record.lines = 0;
  record.series = 0;
  record.other = 0;
}

export interface NameCounts {
  readonly lines: number;
  readonly series: number;
}

const NOTHING: NameCounts = { lines: 0, series: 0 };

/** Of one of the two latest slots in which anything came. */
export function countsOf(record: NameRecord, slot: number): NameCounts {
  if (record.slot === slot) return { lines: record.lines, series: record.series + record.other };
  if (record.lastSlot === slot) return { lines: record.lastLines, series: record.lastSeries };
  return NOTHING;
}
