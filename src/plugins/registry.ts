import { pathToFileURL } from 'node:url';
import { didYouMean } from '../kit/suggest.ts';
import type { BackendPlugin, FrontendPlugin } from '../plugin.ts';
import { locate, locateForOriginal, notLoaded } from './locate.ts';
import { isName, nameRule } from './names.ts';

export type PluginKind = 'frontend' | 'backend';
export type PluginOf<Kind extends PluginKind> = Kind extends 'frontend' ? FrontendPlugin : BackendPlugin;

type Load = () => Promise<{ readonly default?: unknown }>;

/** The names that `type` takes, and their modules: each is loaded only when it is configured. */
const builtIn: Readonly<Record<PluginKind, ReadonlyMap<string, Load>>> = {
  frontend: new Map<string, Load>([
    ['udp', () => import('../../frontends/udp/index.ts')],
    ['tcp', () => import('../../frontends/stream/tcp.ts')],
    ['unix', () => import('../../frontends/stream/unix.ts')],
    ['http', () => import('../../frontends/http/index.ts')],
  ]),
  backend: new Map<string, Load>([
    ['console', () => import('../../backends/console/index.ts')],
    ['datadog', () => import('../../backends/datadog/index.ts')],
    ['live', () => import('../../backends/live/index.ts')],
    ['prometheus', () => import('../../backends/prometheus/index.ts')],
    ['prometheus-remote-write', () => import('../../backends/prometheus/remote-write/index.ts')],
    ['graphite', () => import('../../backends/graphite/index.ts')],
    ['repeater', () => import('../../backends/repeater/index.ts')],
  ]),
};

/** Those that run what was written for the original StatsD daemon: not for `type`. */
const adaptors: Readonly<Record<PluginKind, readonly [name: string, load: Load]>> = {
  frontend: ['statsd-server', () => import('../../frontends/statsd-server/index.ts')],
  backend: ['statsd-module', () => import('../../backends/statsd-module/index.ts')],
};

const words: Readonly<Record<PluginKind, string>> = { frontend: 'front-end', backend: 'back-end' };

/** Why a plugin cannot be used, and how to mend it. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

export interface Found<Kind extends PluginKind> {
  readonly plugin: PluginOf<Kind>;
  /** What {@link importPlugin} takes in another thread: the name of a built-in plugin, or a file URL. */
  readonly module: string;
}

export function wordFor(kind: PluginKind): string {
  return words[kind];
}

export function builtInNames(kind: PluginKind): string[] {
  return [...builtIn[kind].keys()];
}

/** The plugin that `type` names. Rejects with a {@link PluginError}. */
export async function findBuiltIn<Kind extends PluginKind>(kind: Kind, type: string): Promise<Found<Kind>> {
  if (!builtIn[kind].has(type)) throw new PluginError(unknownType(kind, type));
  return { plugin: await importPlugin(kind, type), module: type };
}

/**
 * The plugin that `use` names: a package, or a path that starts with `./`, `../` or `/`, both looked up from the
 * folder of `configFile` (absolute). Rejects with a {@link PluginError}.
 */
export async function findPlugin<Kind extends PluginKind>(
  kind: Kind,
  use: string,
  configFile: string,
): Promise<Found<Kind>> {
  const found = locate(use, configFile);
  if (!found.ok) throw new PluginError(found.problem);
  const { file } = found;
  const module = pathToFileURL(file).href;
  const where = `"${use}" (${file})`;
  try {
    const plugin = unwrap(await import(module));
    const fault = faultOf(kind, plugin);
    if (fault !== undefined) throw new PluginError(`${where} ${fault}`);
    return { plugin: plugin as PluginOf<Kind>, module };
  } catch (error) {
    throw error instanceof PluginError ? error : new PluginError(`${where} ${notLoaded(error)}`, { cause: error });
  }
}

export interface FoundOriginal<Kind extends PluginKind> extends Found<Kind> {
  /** Absolute path of the module that the adaptor is to run. */
  readonly file: string;
}

/**
 * The plugin that runs the module `use`, which was written for the original StatsD daemon and is not loaded yet: a package
 * or a path, looked up from the folder of `configFile` (absolute), from the working directory and beside this program.
 * Rejects with a {@link PluginError}.
 */
export async function findOriginal<Kind extends PluginKind>(
  kind: Kind,
  use: string,
  configFile: string,
): Promise<FoundOriginal<Kind>> {
  const found = locateForOriginal(use, configFile);
  if (!found.ok) throw new PluginError(found.problem);
  const [module] = adaptors[kind];
  return { plugin: await importPlugin(kind, module), module, file: found.file };
}

/** Loads a plugin again, unchecked, from what {@link Found.module} said. */
export async function importPlugin<Kind extends PluginKind>(kind: Kind, module: string): Promise<PluginOf<Kind>> {
  const [adaptor, loadAdaptor] = adaptors[kind];
  const load = module === adaptor ? loadAdaptor : builtIn[kind].get(module);
  return unwrap(load === undefined ? await import(module) : await load()) as PluginOf<Kind>;
}

function unknownType(kind: PluginKind, type: string): string {
  const other: PluginKind = kind === 'frontend' ? 'backend' : 'frontend';
  const names = builtInNames(kind);
  if (builtIn[other].has(type)) return `"${type}" is a ${words[other]}; list it under "${other}s"`;
  const hint = didYouMean(type, names);
  const or = 'or set "use" to a package or a path';
  return `unknown ${words[kind]} ${JSON.stringify(type)}${hint} (built in: ${names.join(', ')}; ${or})`;
}

/** The default export; of a module that was compiled to CommonJS, the default of that. */
function unwrap(module: { readonly default?: unknown }): unknown {
  const exported = module.default;
  if (typeof exported !== 'object' || exported === null || 'kind' in exported) return exported;
  return 'default' in exported ? exported.default : exported;
}

function faultOf(kind: PluginKind, plugin: unknown): string | undefined {
  if (typeof plugin !== 'object' || plugin === null) return 'has no plugin object as its default export';
  const fields: Partial<Record<keyof BackendPlugin | keyof FrontendPlugin, unknown>> = plugin;
  if (fields.kind !== 'frontend' && fields.kind !== 'backend') {
    return 'exports no plugin: its "kind" is neither "frontend" nor "backend"';
  }
  if (fields.kind !== kind) return `is a ${words[fields.kind]}; it is listed under "${kind}s"`;
  if (typeof fields.name !== 'string' || !isName(fields.name))
    return `exports a plugin whose "name" is not ${nameRule}`;
  if (typeof fields.create !== 'function') return 'exports a plugin without a function "create"';
  for (const key of ['config', 'describe', 'listens', 'probe', 'contact', 'replay', 'checkFile'] as const) {
    if (fields[key] !== undefined && typeof fields[key] !== 'function') {
      return `exports a plugin whose "${key}" is not a function`;
    }
  }
  return undefined;
}
