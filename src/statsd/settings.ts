import { defaultStatsdSettings, type Settings, type StatsdSettings } from '../config/settings.ts';

/** Undefined where nothing reads the original's metrics. The admin interface shows them. */
export function statsdSettingsOf({ statsd, admin }: Settings): StatsdSettings | undefined {
  return statsd ?? (admin === undefined ? undefined : defaultStatsdSettings);
}
