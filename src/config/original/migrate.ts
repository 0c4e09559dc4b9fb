import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../process/package.ts';
import { type ConfigPath, formatPath, pathKey, valueAt } from '../problem.ts';
import type { NativeConfig } from './draft.ts';
import type { Translation } from './translate.ts';

/** The native configuration as JSON. `values`: the original one, whose references are kept as they are written. */
export function migrationText(values: object, { original, draft }: Translation): string {
  const notes = [...draft.notes];

  function keep(value: unknown, path: ConfigPath): unknown {
    const origin = draft.origins.get(pathKey(path));
    const written = origin === undefined ? undefined : valueAt(values, origin);
    if (origin !== undefined && valueAt(original.value, origin) === value) return written;
    if (Array.isArray(value)) return value.map((item, index) => keep(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, keep(item, [...path, key])]));
    }
    if (origin === undefined || typeof written !== 'string' || !written.includes('${')) return escaped(value);
    if (typeof value === 'number' && path.at(-1) === 'port') return written;
    notes.push(`${formatPath(origin)}: the value of ${JSON.stringify(written)} was written, not the reference.`);
    return escaped(value);
  }

  const config = forModulesOnly(keep(draft.root, []) as NativeConfig);
  const $schema = pathToFileURL(join(packageRoot(), 'config.schema.json')).href;
  return `${JSON.stringify({ $schema, _notes: notes, ...config }, undefined, 2)}\n`;
}

/** The whole of the original's configuration is there for its modules; without one, only what the admin interface begins with stays. */
function forModulesOnly(config: NativeConfig): NativeConfig {
  const {
    frontends = [],
    backends = [],
    statsd,
  } = config as {
    readonly frontends?: readonly object[];
    readonly backends?: readonly object[];
    readonly statsd?: { readonly config?: { readonly healthStatus?: unknown } };
  };
  if (statsd?.config === undefined || [...frontends, ...backends].some((block) => 'compat' in block)) return config;
  const { config: whole, ...rest } = statsd;
  const { healthStatus } = whole;
  return { ...config, statsd: { ...rest, ...(healthStatus === undefined ? {} : { config: { healthStatus } }) } };
}

function escaped(value: unknown): unknown {
  return typeof value === 'string' ? value.split('${').join('$${') : value;
}
