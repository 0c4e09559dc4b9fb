import type { RemoteWriteConfig } from '../../../../backends/prometheus/remote-write/config.ts';

/** A configuration as the schema gives it, with the defaults that `config.test.ts` holds. */
export function remoteWriteSettings(
  changes: Pick<RemoteWriteConfig, 'url'> & Partial<RemoteWriteConfig>,
): RemoteWriteConfig {
  return {
    headers: {},
    protocol: 'auto',
    externalLabels: {},
    prefix: '',
    names: 'escaped',
    observer: 'summary',
    maxAge: 600_000,
    ageBuckets: 5,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    nativeFactor: 1.1,
    nativeMaxBuckets: 256,
    nativeHistograms: false,
    maxSeries: 1_000_000,
    exemplarTags: [],
    maxSamplesPerSend: 2000,
    ...changes,
  };
}
