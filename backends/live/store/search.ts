import { distance } from 'fastest-levenshtein';
import type { Steps } from '../../../src/kit/slices.ts';
import type { Kept, NameRecord } from './names.ts';
import type { SeriesIndex } from './series-index.ts';

export interface Found {
  readonly series: readonly Kept[];
  /** Series that fit and are not among these. */
  readonly more: number;
  /** Names that fit. */
  readonly names: number;
}

/** Names between two looks at the clock. */
const STEP = 256;
/** Characters of names that are compared: edits of longer ones cost the square of their length. */
const COMPARED = 200;
const MOST_NEAR = 5;

/**
 * Series by name: by all of it, a part of it, or a pattern with `*`; small and capital letters are the same. Names that are as the query come first,
 * then those that begin with it, then the others; the names of statsdrain itself last. Without a query there is one series of each name, so that many
 * names are seen.
 */
export function* search(index: SeriesIndex, query: string, limit: number): Steps<Found> {
  const rank = ranking(query);
  const byRank: NameRecord[][] = [[], [], [], []];
  let looked = 0;
  for (const record of index.names.all()) {
    const place = rank(record.name);
    if (place !== undefined && record.kept > 0) byRank[record.isOwn && place > 0 ? 3 : place]!.push(record);
    if (++looked % STEP === 0) yield;
  }
  const ofEach = query === '' ? 1 : limit;
  const series: Kept[] = [];
  let more = 0;
  let names = 0;
  for (const record of byRank.flat()) {
    names++;
    let taken = 0;
    for (
      let kept = record.first;
      kept !== undefined && taken < ofEach && series.length < limit;
      kept = kept.next, taken++
    )
      series.push(kept);
    more += record.kept - taken;
    if (names % STEP === 0) yield;
  }
  return { series, more, names };
}

/** 0: the same, 1: begins so, 2: another that fits, undefined: does not fit. */
function ranking(query: string): (name: string) => 0 | 1 | 2 | undefined {
  const wanted = query.toLowerCase();
  if (!wanted.includes('*')) {
    return (name) => {
      const at = name.toLowerCase().indexOf(wanted);
      return at < 0 ? undefined : at > 0 ? 2 : name.length === wanted.length ? 0 : 1;
    };
  }
  const parts = wanted.split('*');
  const least = parts.reduce((sum, { length }) => sum + length, 0);
  return (name) => {
    const text = name.toLowerCase();
    return text.length >= least && fits(text, parts) ? 2 : undefined;
  };
}

/** Whether `text` is the parts in this order, with anything between them. In one pass: no pattern makes it slow. */
function fits(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The names that are most like `query`, the nearest first. */
export function* nearest(index: SeriesIndex, query: string): Steps<string[]> {
  const wanted = query.replaceAll('*', '').toLowerCase().slice(0, COMPARED);
  const allowed = Math.max(2, Math.floor(wanted.length * 0.4));
  const near: { readonly name: string; readonly edits: number }[] = [];
  let looked = 0;
  for (const { name, isOwn } of index.names.all()) {
    if (++looked % STEP === 0) yield;
    if (isOwn || Math.abs(name.length - wanted.length) > allowed) continue;
    const most = near.length < MOST_NEAR ? allowed : near.at(-1)!.edits - 1;
    const edits = distance(wanted, name.toLowerCase());
    if (edits > most || near.some((one) => one.name === name)) continue;
    near.push({ name, edits });
    near.sort((a, b) => a.edits - b.edits);
    if (near.length > MOST_NEAR) near.pop();
  }
  return near.map(({ name }) => name);
}
