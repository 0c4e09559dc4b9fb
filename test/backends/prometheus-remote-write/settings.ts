import type { RemoteWriteConfig } from '../../../backends/prometheus-remote-write/config.ts';

/** A configuration as the schema gives it, with the defaults that `config.test.ts` holds. */
export function remoteWriteSettings(
  changes: Pick<RemoteWriteConfig, 'url'> & Partial<RemoteWriteConfig>,
): RemoteWriteConfig {
  return {
    headers: {},
    protocol: 'auto',
    externalLabels: {},
    prefix: '',
    ttl: 3_600_000,
    maxSeries: 1_000_000,
    maxSamplesPerSend: 2000,
    ...changes,
  };
}
