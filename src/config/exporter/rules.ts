import type { SeriesRule } from '../../plugin.ts';

/** What a mapping file of statsd_exporter says: plain data. https://github.com/prometheus/statsd_exporter#metric-mapping-and-configuration */
export interface ExporterRules {
  /** Of several globs that match: the first one in the file, or the most specific one. */
  readonly globsInOrder: boolean;
  /** Of series that no rule matches. */
  readonly defaults: Pick<SeriesRule, 'ttlMs' | 'observer'>;
  readonly rules: readonly ExporterRule[];
}

export interface ExporterRule {
  /** Of the file, from 1. */
  readonly line: number;
  readonly match: string;
  readonly matchType: 'glob' | 'regex';
  /** Absent: of any type. */
  readonly metricType?: 'counter' | 'gauge' | 'observer';
  readonly action: 'map' | 'drop';
  /** A template, as are the values of the labels. */
  readonly name: string;
  readonly labels: readonly Label[];
  /** A tag goes before a label of the rule. */
  readonly honorLabels: boolean;
  /** What values are multiplied by. */
  readonly scale: number;
  /** With what the file says of all rules. */
  readonly series: SeriesRule;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}
