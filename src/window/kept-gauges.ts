import { inParts, type Steps } from '../kit/slices.ts';
import { GAUGE } from '../protocol/codes.ts';
import type { Identity } from '../protocol/identity.ts';
import type { GaugeOrigins } from './gauge-origins.ts';
import type { SeriesTable } from './series-table.ts';

/** A gauge as it is known again after a restart. */
export interface KeptGauge extends Identity {
  readonly value: number;
  /** Milliseconds since the end of the window in which it received something last. */
  readonly idleMs: number;
  /** Whether the value may be that of another gauge, which a view has together with it. */
  readonly isShared?: boolean;
}

/** Series that are looked at before other work may go on. */
const AT_ONCE = 8192;

/**
 * The gauges that are reported, as they are now: they may be walked when the table and the values have gone on. Without statsdrain's own,
 * and without overflow series, which stand for names that may come back themselves. `origins`: what they were
 * called before, where there are rules.
 */
export function* keptGauges(
  table: SeriesTable,
  values: Float64Array,
  nowMs: number,
  origins: Pick<GaugeOrigins, 'of' | 'isShared'> | undefined,
): Steps<Iterable<KeptGauge>> {
  const identities = table.shareIdentities();
  let length = 0;
  let rows = new Uint32Array(table.limit);
  let kept = new Float64Array(table.limit);
  let idleMs = new Float64Array(table.limit);
  const originals: (Identity | undefined)[] = [];
  const shared = new Set<number>();
  yield* inParts(table.limit, AT_ONCE, (from, to) => {
    for (let series = from; series < to; series++) {
      if (!table.isLive(series) || table.type(series) !== GAUGE || table.cost(series) === 0) continue;
      if (!table.isHeld(series, nowMs)) continue;
      if (origins !== undefined) originals.push(origins.of(series));
      if (origins?.isShared(series)) shared.add(length);
      rows[length] = series;
      kept[length] = values[series]!;
      idleMs[length++] = nowMs - table.updatedMs(series);
    }
  });
  rows = rows.slice(0, length);
  yield;
  kept = kept.slice(0, length);
  yield;
  idleMs = idleMs.slice(0, length);
  return walk(identities, originals, shared, rows, kept, idleMs);
}

function* walk(
  identities: readonly (Identity | undefined)[],
  originals: readonly (Identity | undefined)[],
  shared: ReadonlySet<number>,
  rows: Uint32Array,
  values: Float64Array,
  idleMs: Float64Array,
): Generator<KeptGauge, undefined, undefined> {
  for (let row = 0; row < rows.length; row++) {
    const gauge = { ...(originals[row] ?? identities[rows[row]!]!), value: values[row]!, idleMs: idleMs[row]! };
    yield shared.has(row) ? { ...gauge, isShared: true } : gauge;
  }
  return undefined;
}
