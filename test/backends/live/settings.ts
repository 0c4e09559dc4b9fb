import type { LiveConfig } from '../../../backends/live/config.ts';

/** A configuration as the schema gives it, but for the port. */
export function liveSettings(changes: Partial<LiveConfig> = {}): LiveConfig {
  return { host: '127.0.0.1', port: 0, auth: { users: [], tokens: [] }, hosts: [], maxSeries: 100_000, ...changes };
}
