import type { PrometheusConfig } from '../../../backends/prometheus/config.ts';

/** A configuration as the schema gives it, but for the port. */
export function prometheusSettings(changes: Partial<PrometheusConfig> = {}): PrometheusConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    path: '/metrics',
    auth: { users: [], tokens: [] },
    prefix: '',
    expire: 3_600_000,
    maxSeries: 1_000_000,
    ...changes,
  };
}
