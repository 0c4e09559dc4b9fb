import type { OriginalSettings } from './native.ts';

export interface Configuration {
  readonly name: string;
  /** Also in the short form, where together they have every key. */
  readonly short?: boolean;
  readonly settings: Omit<OriginalSettings, 'flushInterval'>;
}

/** What the differential suite runs under: each key of the original that changes what Graphite is sent. */
export const configurations: readonly Configuration[] = [
  { name: 'defaults', settings: {} },
  { name: 'new namespace', settings: { graphite: { legacyNamespace: false } } },
  {
    name: 'prefixes, suffix, no counts',
    short: true,
    settings: {
      flush_counts: false,
      prefixStats: 'own.stats',
      graphite: {
        legacyNamespace: false,
        globalPrefix: '',
        prefixCounter: '',
        prefixTimer: 'x.timers',
        prefixGauge: 'gg',
        prefixSet: 'ss',
        globalSuffix: 'host1',
      },
    },
  },
  {
    name: 'legacy suffix, no counts, prefixes ignored',
    short: true,
    settings: {
      flush_counts: false,
      prefixStats: '',
      graphite: { globalSuffix: 'a.b', globalPrefix: 'ignored', prefixTimer: 'ignored' },
    },
  },
  { name: 'idle stats deleted', settings: { deleteIdleStats: true } },
  { name: 'idle stats deleted, gauges after 2', short: true, settings: { deleteIdleStats: true, gaugesMaxTTL: 2 } },
  {
    name: 'idle counters and gauges deleted',
    settings: { deleteCounters: true, deleteGauges: true, gaugesMaxTTL: 3, prefixStats: 'statsd.host' },
  },
  { name: 'idle timers and sets deleted', settings: { deleteTimers: true, deleteSets: true } },
  {
    name: 'many thresholds',
    short: true,
    settings: { percentThreshold: [90, 95, -10, 99.9, 50, 25, 100, 0, 1, -50, -25.5, 0.5, 33.3] },
  },
  { name: 'no thresholds', settings: { percentThreshold: [], graphite: { legacyNamespace: false } } },
  {
    name: 'histograms',
    short: true,
    settings: {
      histogram: [
        { metric: 'b', bins: [] },
        { metric: 'c.d', bins: [1, 5.5, 100] },
        { metric: '', bins: [0, 0.25, 10, 25.5, 1000, 'inf'] },
      ],
    },
  },
  {
    name: 'calculated timer metrics',
    short: true,
    settings: {
      percentThreshold: [90, -10, 50],
      histogram: [{ metric: 'a', bins: [10, 'inf'] }],
      calculatedTimerMetrics: ['count', 'median', 'upper_percent', 'lower_percent', 'sum_squares_percent', 'histogram'],
    },
  },
  { name: 'keys as sent', settings: { keyNameSanitize: false } },
  {
    name: 'keys as sent, deleted, new namespace',
    short: true,
    settings: {
      keyNameSanitize: false,
      deleteIdleStats: true,
      deleteGauges: false,
      graphite: { legacyNamespace: false, globalSuffix: 'h' },
    },
  },
];
