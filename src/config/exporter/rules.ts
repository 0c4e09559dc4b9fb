/** What a mapping file of statsd_exporter says: plain data. https://github.com/prometheus/statsd_exporter#metric-mapping-and-configuration */
export interface ExporterRules {
  /** Of several globs that match: the first one in the file, or the most specific one. */
  readonly globsInOrder: boolean;
  /** Milliseconds; 0: never. Of series that no rule has a say in, too. */
  readonly ttlMs: number;
  readonly observer: Observer;
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
  readonly help?: string;
  /** Milliseconds; below 0: gone at once. */
  readonly ttlMs: number;
  /** Of values in the units of the page, so of seconds where they were milliseconds. */
  readonly scale: number;
  readonly observer: Observer;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}

/** What timers, histograms and distributions become. */
export type Observer =
  | {
      readonly kind: 'summary';
      readonly quantiles: readonly number[];
      readonly maxAgeMs: number;
      readonly ageBuckets: number;
    }
  | {
      readonly kind: 'histogram';
      /** Upper bounds in ascending order, without +Inf. */
      readonly buckets: readonly number[];
      /** Growth of the buckets of a native histogram; 0: there is none. */
      readonly nativeFactor: number;
      readonly nativeMaxBuckets: number;
    };
