import { hashText } from '../../../src/kit/hash.ts';
import { createLookup, type Lookup } from '../../../src/kit/lookup.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import type { MetricType, Series } from '../../../src/plugin.ts';
import { createNames, enterSlot, type Kept, type NameRecord, type Names } from './names.ts';
import { KEPT_SLOTS } from './slots.ts';

export interface SeriesIndex {
  readonly names: Names;
  /** Series whose values are kept, those of statsdrain included. */
  readonly size: number;
  /** Series of the window that was folded last for which there was no room, and of these those whose names are not known either. */
  readonly notKept: number;
  readonly namesNotKept: number;
  /** Series of others than statsdrain that came in the current slot. */
  readonly inSlot: number;
  begin(slot: number): void;
  add(series: Series, slot: number, endMs: number): void;
  /** Makes room where there was none: forgets what came in none of the last {@link KEPT_SLOTS}. */
  sweep(slot: number): Steps<void>;
  /** A value of one of the last {@link KEPT_SLOTS}; NaN where the series received nothing. */
  valueIn(kept: Kept, slot: number): number;
}

/** No tag that was received holds it. */
const TAG_END = '\n';
/** Series on one page of values: 240 KiB. */
const PAGE = 1024;
/** Characters of names and tags for each series that may be kept, on the average: a sender of 8 KB names must not take the memory of a million. */
const TEXT_PER_SERIES = 256;
/** Series between two looks at the clock. */
const STEP = 512;

export function tagsOf({ tagText }: Kept): string[] {
  return tagText === '' ? [] : tagText.split(TAG_END);
}

/** Keeps the first `maxSeries` series, and as many names, until they came in none of the slots of which values are kept and room is needed. */
export function createSeriesIndex(maxSeries: number): SeriesIndex {
  const names = createNames();
  const pages: Float32Array[] = [];
  const all: (Kept | undefined)[] = [];
  const free: number[] = [];
  const lookup: Lookup = createLookup();
  const mostText = maxSeries * TEXT_PER_SERIES;
  let text = 0;
  let serial = 0;
  let window = 0;
  let notKept = 0;
  let namesNotKept = 0;
  let currentSlot = 0;
  let inSlot = 0;
  let othersNow = 0;
  let others = 0;

  function find(hash: number, record: NameRecord, tagText: string, host: string | undefined): Kept | undefined {
    for (let place = lookup.first(hash); place >= 0; place = lookup.next(place)) {
      const kept = all[lookup.at(place)]!;
      if (kept.name === record && kept.tagText === tagText && kept.host === host) return kept;
    }
    return undefined;
  }

  function keep(
    hash: number,
    record: NameRecord,
    tagText: string,
    host: string | undefined,
    slot: number,
  ): Kept | undefined {
    const size = tagText.length + (host?.length ?? 0);
    if (lookup.size >= maxSeries || text + size > mostText) return undefined;
    text += size;
    const at = free.pop() ?? all.length;
    if (at >= pages.length * PAGE) pages.push(new Float32Array(PAGE * KEPT_SLOTS));
    const kept: Kept = {
      serial: ++serial,
      name: record,
      tagText,
      host,
      at,
      hash,
      firstSlot: slot,
      slot: 0,
      value: Number.NaN,
      count: Number.NaN,
      lines: Number.NaN,
      lastSeenMs: 0,
      next: record.first,
    };
    all[at] = kept;
    record.first = kept;
    record.kept++;
    lookup.add(hash, at);
    return kept;
  }

  function recordOf(type: MetricType, name: string): NameRecord | undefined {
    const known = names.get(type, name);
    if (known !== undefined) return known;
    if (names.size >= maxSeries || text + name.length > mostText) return undefined;
    text += name.length;
    return names.add(type, name);
  }

  function countOther(record: NameRecord | undefined): void {
    notKept++;
    if (record?.isOwn === true) return;
    othersNow++;
    if (record === undefined) {
      namesNotKept++;
      return;
    }
    if (record.window !== window) record.otherNow = 0;
    record.window = window;
    record.otherNow++;
    record.other = Math.max(record.other, record.otherNow);
  }

  function add(series: Series, slot: number, endMs: number): void {
    const { type, name, tags, host, lines = Number.NaN } = series;
    const record = recordOf(type, name);
    if (record === undefined) {
      countOther(undefined);
      return;
    }
    enterSlot(record, slot);
    if (lines > 0) record.lines += lines;
    const tagText = tags.length === 0 ? '' : tags.join(TAG_END);
    const hash = hashText(tagText, hashText(name, hashText(type)));
    const kept = find(hash, record, tagText, host) ?? keep(hash, record, tagText, host, slot);
    if (kept === undefined) {
      countOther(record);
      return;
    }
    if (kept.slot !== slot) {
      enter(kept, slot);
      record.series++;
      if (!record.isOwn) inSlot++;
    }
    take(kept, series);
    if (lines >= 0) kept.lines = (kept.lines || 0) + lines;
    kept.lastSeenMs = endMs;
    pages[Math.floor(kept.at / PAGE)]![placeOf(kept, slot)] = kept.value;
  }

  /** The slots between have no value. */
  function enter(kept: Kept, slot: number): void {
    const page = pages[Math.floor(kept.at / PAGE)]!;
    if (kept.slot === 0) page.fill(Number.NaN, (kept.at % PAGE) * KEPT_SLOTS, ((kept.at % PAGE) + 1) * KEPT_SLOTS);
    else
      for (let gap = Math.max(kept.slot, slot - KEPT_SLOTS) + 1; gap < slot; gap++)
        page[placeOf(kept, gap)] = Number.NaN;
    kept.slot = slot;
    kept.value = Number.NaN;
    kept.count = Number.NaN;
    kept.lines = Number.NaN;
  }

  function release(kept: Kept): void {
    all[kept.at] = undefined;
    free.push(kept.at);
    kept.name.kept--;
    text -= kept.tagText.length + (kept.host?.length ?? 0);
    for (let place = lookup.first(kept.hash); place >= 0; place = lookup.next(place)) {
      if (lookup.at(place) !== kept.at) continue;
      lookup.remove(place);
      return;
    }
  }

  /** Relinks the series of a name without the old ones. */
  function* sweepName(record: NameRecord, oldest: number): Steps<void> {
    let last: Kept | undefined;
    let looked = 0;
    for (let kept = record.first; kept !== undefined; kept = kept.next) {
      if (kept.slot >= oldest) last = kept;
      else {
        if (last === undefined) record.first = kept.next;
        else last.next = kept.next;
        release(kept);
      }
      if (++looked % STEP === 0) yield;
    }
    if (record.kept > 0 || record.slot >= oldest) return;
    names.remove(record);
    text -= record.name.length;
  }

  return {
    names,
    get size() {
      return lookup.size;
    },
    get notKept() {
      return notKept;
    },
    get namesNotKept() {
      return namesNotKept;
    },
    get inSlot() {
      return inSlot + others;
    },
    begin(slot) {
      window++;
      notKept = 0;
      namesNotKept = 0;
      othersNow = 0;
      if (slot === currentSlot) return;
      currentSlot = slot;
      inSlot = 0;
      others = 0;
    },
    add(series, slot, endMs) {
      add(series, slot, endMs);
      others = Math.max(others, othersNow);
    },
    *sweep(slot) {
      if (notKept === 0) return;
      let looked = 0;
      for (const record of names.all()) {
        yield* sweepName(record, slot - KEPT_SLOTS + 1);
        if (++looked % STEP === 0) yield;
      }
    },
    valueIn(kept, slot) {
      if (slot > kept.slot || slot < kept.firstSlot || slot <= kept.slot - KEPT_SLOTS) return Number.NaN;
      return pages[Math.floor(kept.at / PAGE)]![placeOf(kept, slot)]!;
    },
  };
}

function placeOf({ at }: Kept, slot: number): number {
  return (at % PAGE) * KEPT_SLOTS + (slot % KEPT_SLOTS);
}

/** Adds what a window says to what the slot has of it already. */
function take(kept: Kept, series: Series): void {
  const isFirst = Number.isNaN(kept.value);
  switch (series.type) {
    case 'counter':
      kept.value = isFirst ? series.value : kept.value + series.value;
      return;
    case 'gauge':
      kept.value = series.value;
      return;
    case 'set':
      // Members of a set go on over the windows of a slot: the last one has them all.
      kept.value = isFirst ? series.value : Math.max(kept.value, series.value);
      return;
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const { count, sum } = series.statistics;
      const before = kept.count || 0;
      const total = before + count;
      kept.value = total > 0 ? ((isFirst ? 0 : kept.value * before) + sum) / total : 0;
      kept.count = total;
      return;
    }
    default:
      series satisfies never;
  }
}
