import type { Partial } from '../partial/partial.ts';
import type { MetricType } from '../plugin.ts';
import { metricTypes } from '../protocol/types.ts';
import { type Culprit, culpritsOf, type NameBytes } from './culprits.ts';
import type { Pressure, SeriesLimit, SeriesTable } from './series-table.ts';

/** What became of new keys at the limits in one window, and what there is to tell about it. */
export interface LimitState extends Pick<Pressure, 'fullName' | 'gaveWay'> {
  /** Series that were refused, and in the shards samples, by limit. */
  readonly refused: Readonly<Record<SeriesLimit, number>>;
  /** Series that there are, by type, without types that have none and without those of the server. Takes a look at each. */
  countByType(): ReadonlyMap<MetricType, number>;
  /** The names whose series take the most memory. */
  culprits(): readonly Culprit[];
}

/** Series that are looked at for the names that take the most: a share is exact to about 1 %. */
const SAMPLE = 20_000;

export function limitStateOf(table: SeriesTable, partials: readonly Partial[]): LimitState {
  const { refused, fullName, gaveWay } = table.takePressure();
  const samples = (limit: 'series' | 'keyBytes') => partials.reduce((sum, partial) => sum + partial.refused[limit], 0);
  return {
    refused: {
      series: refused.series + samples('series'),
      keyBytes: refused.keyBytes + samples('keyBytes'),
      seriesPerName: refused.seriesPerName,
    },
    fullName,
    gaveWay,
    countByType() {
      const counts = new Map<MetricType, number>();
      for (let series = 0; series < table.limit; series++) {
        if (!table.isLive(series) || table.cost(series) === 0) continue;
        const type = metricTypes[table.type(series)]!;
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
      return counts;
    },
    culprits: () => culpritsOf(sampleOf(table)),
  };
}

function* sampleOf(table: SeriesTable): Generator<NameBytes, undefined, undefined> {
  const step = Math.max(1, Math.ceil(table.limit / SAMPLE));
  for (let series = 0; series < table.limit; series += step) {
    const cost = table.isLive(series) ? table.cost(series) : 0;
    if (cost > 0) yield [table.identity(series).name, cost];
  }
  return undefined;
}
