import type { Settings } from '../config/settings.ts';

// What `limits.keyBytes` is divided into. A key is in the memory of an ingest thread as it was sent, while it is used; and where
// series are kept as its name and tags, for as long as the series is reported. Short texts take three times as much there.

/** Bytes for the keys of all ingest threads together. */
export function shardKeyBytes({ keyBytes }: Settings['limits']): number {
  return Math.floor(keyBytes / 3);
}

/** Bytes for the keys of the original daemon's metrics. */
export function statsdKeyBytes(limits: Settings['limits']): number {
  return shardKeyBytes(limits);
}

/** Bytes for the names and tags of series: the rest. */
export function seriesKeyBytes({ limits, statsd, admin }: Pick<Settings, 'limits' | 'statsd' | 'admin'>): number {
  const keepsStatsd = statsd !== undefined || admin !== undefined;
  return limits.keyBytes - shardKeyBytes(limits) - (keepsStatsd ? statsdKeyBytes(limits) : 0);
}
