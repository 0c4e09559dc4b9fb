import type { DatadogConfig } from '../../../backends/datadog/config.ts';

export const API_KEY = '0123456789abcdef0123456789abcdef';

/** A configuration as the schema gives it, with the defaults that `config.test.ts` holds. */
export function datadogSettings(changes: Partial<DatadogConfig> = {}): DatadogConfig {
  return {
    apiKey: API_KEY,
    site: 'datadoghq.com',
    hostname: 'h1',
    tags: [],
    destinations: [],
    counterType: 'rate',
    zeroFill: 300_000,
    pointAge: 3_600_000,
    histogramAggregates: ['max', 'median', 'avg', 'count'],
    histogramPercentiles: [0.95],
    weights: 'exact',
    histogramAs: 'aggregates',
    distributionPrefix: '',
    distributions: 'sketches',
    compression: 'gzip',
    compressionLevel: 3,
    ...changes,
  };
}
