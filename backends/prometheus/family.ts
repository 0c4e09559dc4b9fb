import type { MetricType } from '../../src/plugin.ts';

/** StatsD types that may share a family: timers, histograms and distributions of one name are one summary. */
export type Group = 'counter' | 'gauge' | 'set' | 'summary';

export function groupOf(type: MetricType): Group {
  switch (type) {
    case 'counter':
    case 'gauge':
    case 'set':
      return type;
    case 'timer':
    case 'histogram':
    case 'distribution':
      return 'summary';
    default:
      return type satisfies never;
  }
}

/** All series of one name on the page. */
export type Family = ValueFamily | SummaryFamily;

export interface ValueFamily {
  readonly name: string;
  readonly group: 'counter' | 'gauge' | 'set';
  /** By label text. */
  readonly series: Map<string, ValueSeries>;
}

export interface SummaryFamily {
  readonly name: string;
  readonly group: 'summary';
  readonly series: Map<string, SummarySeries>;
}

export interface ValueSeries {
  readonly family: ValueFamily;
  readonly labels: string;
  /** End of the last window that it was in, Unix milliseconds. */
  seenMs: number;
  /** Of a counter: the sum over all windows. */
  value: number;
}

export interface SummarySeries {
  readonly family: SummaryFamily;
  readonly labels: string;
  seenMs: number;
  /** Sum and weight of all values so far. */
  sum: number;
  count: number;
  /** Of the last window that had values, in the order of the configuration. */
  quantiles: readonly number[];
  /** End of that window. */
  sampledMs: number;
}

export type FamilySeries = ValueSeries | SummarySeries;

/** The sample names that a family has or, as `_bucket`, might be taken for. No two families share one. */
export function sampleNames(name: string, group: Group): readonly string[] {
  return group === 'summary' ? [name, `${name}_sum`, `${name}_count`, `${name}_bucket`] : [name];
}
