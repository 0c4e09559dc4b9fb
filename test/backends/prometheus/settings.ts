import type { PrometheusConfig } from '../../../backends/prometheus/config.ts';

/** A configuration as the schema gives it, but for the port. */
export function prometheusSettings(changes: Partial<PrometheusConfig> = {}): PrometheusConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    path: '/metrics',
    auth: { users: [], tokens: [] },
    prefix: '',
    names: 'escaped',
    observer: 'summary',
    maxAge: 600_000,
    ageBuckets: 5,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    nativeFactor: 1.1,
    nativeMaxBuckets: 256,
    maxSeries: 1_000_000,
    exemplarTags: [],
    created: true,
    lifecycle: false,
    lastScrape: 0,
    ...changes,
  };
}
