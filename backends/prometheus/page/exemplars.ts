import type { Series } from '../../../src/plugin.ts';
import type { Exemplar } from '../exposition/encoder.ts';
import { COUNTER, HISTOGRAM } from './family.ts';
import type { Rows } from './rows.ts';

type WithExemplars = Extract<Series, { exemplars?: unknown }>;

/**
 * Keeps the last exemplar of each bucket of a histogram, and of a counter the last one; nothing else on a page has any. Their values are divided by
 * `unit`, as those of the series. `timestampMs`: end of the window.
 */
export function keepExemplars(
  rows: Rows,
  row: number,
  { exemplars }: Pick<WithExemplars, 'exemplars'>,
  unit: number,
  timestampMs: number,
): void {
  if (exemplars === undefined) return;
  const bounds = boundsOf(rows, row);
  if (bounds === undefined) return;
  const kept: (Exemplar | undefined)[] = rows.exemplars.get(row) ?? new Array(bounds.length + 1).fill(undefined);
  rows.exemplars.set(row, kept);
  for (const { labels, value } of exemplars) {
    const shown = value / unit;
    const bucket = bounds.findIndex((bound) => shown <= bound);
    kept[bucket < 0 ? bounds.length : bucket] = { pairs: labels, value: shown, timestampMs };
  }
}

/** Of several rows the latest exemplar of each bucket, as many as they all have. Undefined where none has any. */
export function latestExemplars(
  { exemplars }: Pick<Rows, 'exemplars'>,
  rows: readonly number[],
  buckets: number,
): (Exemplar | undefined)[] | undefined {
  if (exemplars.size === 0) return undefined;
  const all = rows.map((row) => exemplars.get(row)).filter((kept) => kept?.length === buckets);
  const latest = (bucket: number) =>
    all
      .map((kept) => kept![bucket])
      .reduce((one, other) => ((other?.timestampMs ?? 0) > (one?.timestampMs ?? 0) ? other : one), undefined);
  return all.length === 0 ? undefined : Array.from({ length: buckets }, (_, bucket) => latest(bucket));
}

const NO_BOUNDS: readonly number[] = [];

/** Of what has exemplars: upper bounds, inclusive; none of a counter. */
function boundsOf({ groups, observed, places }: Rows, row: number): readonly number[] | undefined {
  if (groups[row] === COUNTER) return NO_BOUNDS;
  const one = groups[row] === HISTOGRAM ? observed[places[row]!] : undefined;
  return one?.kind === 'histogram' ? one.options.buckets : undefined;
}
