import type { Config, LoadedBackend } from '../config/load.ts';
import { defaultStatsdSettings, type Settings } from '../config/settings.ts';
import { faultOf } from '../kit/error-text.ts';
import { unseenServer } from '../kit/unseen-server.ts';
import type { Backend, Logger } from '../plugin.ts';
import { guardModule } from '../plugins/module-guard.ts';
import { ownMetric } from '../telemetry/catalogue.ts';
import type { ViewSpec } from './view-steps.ts';

/** The back-ends of a configuration by what series are called there, in its order. Creates them, and starts none. */
export function viewsOf({ settings, backends }: Pick<Config, 'settings' | 'backends'>): readonly ViewSpec[] {
  const views = new Map<string, ViewSpec>();
  for (const [index, backend] of backends.entries()) {
    const { naming, written } = createdBy(backend, settings);
    const mapping = backend.mapping ?? settings.mapping;
    // Of windows of another length series have the same names.
    const id = JSON.stringify([naming?.id ?? null, mapping ?? { stages: [] }]);
    const path = backend.mapping === undefined ? 'mapping' : `backends[${index}].mapping`;
    const view = views.get(id) ?? { writers: [], mapping, path, naming };
    views.set(id, { ...view, writers: [...view.writers, { name: backend.name, written }] });
  }
  return [...views.values()];
}

const silent: Logger = { info() {}, warn() {}, error() {} };

/** Throws where the plugin cannot be created, as the server would. */
function createdBy({ name, plugin, config }: LoadedBackend, settings: Settings): Pick<Backend, 'naming' | 'written'> {
  const { prefixStats, config: original } = settings.statsd ?? defaultStatsdSettings;
  try {
    return plugin.create(config, {
      name,
      log: silent,
      percentiles: settings.percentiles,
      intervalMs: settings.flushIntervalMs,
      lost() {},
      count() {},
      ownMetric,
      statsd: { startupTime: 0, flushIntervalMs: settings.flushIntervalMs, prefixStats, config: original },
      reread: () => undefined,
      reload: () => Promise.resolve(),
      refresh: () => Promise.resolve(),
      unmapped: () => [],
      server: unseenServer,
      guardModule: (file) => guardModule(file, { log: silent, count() {} }),
    });
  } catch (error) {
    throw new Error(`back-end "${name}": ${faultOf(error)}`);
  }
}
