import type { Steps } from '../../../src/kit/slices.ts';
import { countsOf, type NameRecord } from './names.ts';
import { type SeriesIndex, tagsOf } from './series-index.ts';

export const orders: readonly [Order, ...Order[]] = ['lines', 'series'];
export type Order = 'lines' | 'series';

/** The key of a tag that makes the most series. */
export interface TagSpread {
  readonly key: string;
  /** Different values among the series that were looked at. */
  readonly values: number;
  readonly samples: readonly string[];
}

export interface TopName {
  readonly name: string;
  readonly type: NameRecord['type'];
  readonly linesPerSecond: number;
  readonly series: number;
  /** Null where it has a single series, or no tags, or is none of the largest. */
  readonly tag: TagSpread | null;
}

export interface Top {
  readonly by: Order;
  /** Length of the time that was counted, in milliseconds; 0 before the first window. */
  readonly windowMs: number;
  readonly names: readonly TopName[];
  /** Names that came then and are not among these; of those that are not kept, their series. */
  readonly more: number;
}

/** Names between two looks at the clock. */
const STEP = 512;
/** Series of one name whose tags are looked at, and of all names of one answer. */
const MOST_OF_NAME = 20_000;
const MOST_LOOKED = 100_000;
const MOST_KEYS = 64;
const MOST_SAMPLES = 5;
/** Names of which tags are looked at. */
const LARGEST = 10;

/** The names with the most lines or series in a slot, without those of statsdrain. */
export function* topNames(index: SeriesIndex, by: Order, slot: number, lengthMs: number, limit: number): Steps<Top> {
  const best: { readonly record: NameRecord; readonly amount: number }[] = [];
  let names = 0;
  let looked = 0;
  for (const record of index.names.all()) {
    if (++looked % STEP === 0) yield;
    if (record.isOwn) continue;
    const counts = countsOf(record, slot);
    if (counts.series === 0) continue;
    names++;
    const amount = counts[by];
    if (best.length === limit && amount <= best.at(-1)!.amount) continue;
    let at = best.length;
    while (at > 0 && best[at - 1]!.amount < amount) at--;
    best.splice(at, 0, { record, amount });
    if (best.length > limit) best.pop();
  }
  const shown: TopName[] = [];
  let left = MOST_LOOKED;
  for (const { record } of best) {
    const { lines, series } = countsOf(record, slot);
    const isLarge = shown.length < LARGEST && record.kept > 1 && left > 0;
    const tag = isLarge ? yield* spreadOf(record, Math.min(left, MOST_OF_NAME)) : undefined;
    left -= isLarge ? Math.min(record.kept, MOST_OF_NAME) : 0;
    const linesPerSecond = lengthMs > 0 ? (lines * 1000) / lengthMs : 0;
    shown.push({ name: record.name, type: record.type, linesPerSecond, series, tag: tag ?? null });
  }
  return { by, windowMs: Math.round(lengthMs), names: shown, more: names - shown.length + index.namesNotKept };
}

/** Of the latest series of a name. A tag without `:` is a key with an empty value. */
function* spreadOf(record: NameRecord, most: number): Steps<TagSpread | undefined> {
  const byKey = new Map<string, Set<string>>();
  let looked = 0;
  for (let kept = record.first; kept !== undefined && looked < most; kept = kept.next) {
    for (const tag of tagsOf(kept)) {
      const colon = tag.indexOf(':');
      const key = colon < 0 ? tag : tag.slice(0, colon);
      let values = byKey.get(key);
      if (values === undefined) {
        if (byKey.size >= MOST_KEYS) continue;
        values = new Set();
        byKey.set(key, values);
      }
      values.add(colon < 0 ? '' : tag.slice(colon + 1));
    }
    if (++looked % STEP === 0) yield;
  }
  let widest: readonly [string, Set<string>] | undefined;
  for (const entry of byKey) if (widest === undefined || entry[1].size > widest[1].size) widest = entry;
  if (widest === undefined) return undefined;
  const [key, values] = widest;
  return { key, values: values.size, samples: [...values].slice(0, MOST_SAMPLES) };
}
