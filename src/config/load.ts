import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileError } from '../kit/file-error.ts';
import { type Loaded, type LoadedBackend, type LoadedFrontend, loadBackends, loadFrontends } from './blocks.ts';
import { conflicts, type Listens } from './conflicts.ts';
import { displayName } from './display-name.ts';
import { type Content, readContent } from './document.ts';
import { tagStyles } from './frontend-rules.ts';
import { commonTick, partOf } from './intervals.ts';
import { validate } from './issues.ts';
import { createMappingReader } from './mapping-reader.ts';
import type { MappingRules } from './mapping-rules.ts';
import { migrationText } from './original/migrate.ts';
import { atOrigin, type Translation, translate } from './original/translate.ts';
import { ConfigError, formatProblems, type Problem } from './problem.ts';
import { type Resolved, resolveReferences } from './references.ts';
import { rootSchema, toSettings } from './root.ts';
import { defaultStatsdSettings, type Settings } from './settings.ts';
import { asUtf8, decode, EncodingProblem } from './text.ts';
import { formatDuration } from './units.ts';

export type { LoadedBackend, LoadedFrontend, LoadedPlugin } from './blocks.ts';
export { ConfigError } from './problem.ts';

export interface Config {
  /** Absolute path of the file that this was read from. */
  readonly file: string;
  readonly settings: Settings;
  readonly frontends: readonly LoadedFrontend[];
  readonly backends: readonly LoadedBackend[];
  /** What is only strange about it, a sentence each. */
  readonly warnings: readonly string[];
  /** Absolute paths of the mapping files that it is read from besides. */
  readonly mappingFiles: readonly string[];
  /** Where the file is a configuration of the original StatsD daemon. */
  readonly original?: OriginalConfig;
}

export interface OriginalConfig {
  /** With references followed. Holds secrets. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What differs from the original daemon, in short sentences. */
  readonly notes: readonly string[];
}

/**
 * Reads, checks and completes a configuration file, and loads the plugins that it names. The file is JSON, or a
 * configuration of the original StatsD daemon; where `text` is given, it is that instead. Rejects with a
 * {@link ConfigError} that tells everything that is wrong.
 */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv, text?: string): Promise<Config> {
  const absolute = resolve(file);
  const shown = displayName(absolute);
  const content = readContent(read(absolute, shown, text), absolute, shown, env);
  const { root, problems } = content;
  if (content.language === 'native') {
    const document = resolveReferences(root, dirname(absolute), env);
    const { config, problems: more } = await load(document, absolute);
    return finish(config, [...problems, ...document.problems, ...more], shown, root);
  }
  const { document, original, draft } = await translated(content, absolute, shown, env);
  const { config, problems: more } = await load(document, absolute);
  const all = [...problems, ...more.map((problem) => atOrigin(problem, draft))];
  const values = original.value as OriginalConfig['values'];
  return { ...finish(config, all, shown, root), original: { values, notes: draft.notes } };
}

/**
 * The native configuration, as JSON, that equals the original daemon's configuration in `file`. Rejects with a
 * {@link ConfigError} when the file is not good, or already native.
 */
export async function migrateConfig(file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const absolute = resolve(file);
  const shown = displayName(absolute);
  const content = readContent(read(absolute, shown), absolute, shown, env);
  if (content.language === 'native') {
    throw new ConfigError([`${shown}: is a configuration of statsdrain already; there is nothing to migrate`]);
  }
  await loadConfig(file, env);
  return migrationText(content.root, await translated(content, absolute, shown, env));
}

async function translated(
  { root, problems }: Content,
  file: string,
  shown: string,
  env: NodeJS.ProcessEnv,
): Promise<Translation> {
  const translation = await translate(root, dirname(file), env);
  if (translation.ok) return translation.value;
  throw new ConfigError(formatProblems(shown, root, [...problems, ...translation.problems]));
}

async function load(document: Resolved, file: string) {
  const settings = await validate(rootSchema, document.value, { document, path: [], coreKeys: [] });
  const frontends = await loadFrontends({ document, file });
  const root = settings.ok ? settings.value : undefined;
  const mappings = createMappingReader(dirname(file), displayName(file));
  const mapping = root?.mapping === undefined ? undefined : await mappings.read(root.mapping, ['mapping']);
  const backends = await loadBackends({ document, file }, mappings);
  const admin: Listens[] = root?.admin ? [{ path: ['admin'], address: { transport: 'tcp', ...root.admin } }] : [];
  const taken = conflicts([...listensOf(frontends), ...listensOf(backends), ...admin]);
  const problems = [...frontends.problems, ...backends.problems, ...taken];
  if (!settings.ok) return { config: undefined, problems: [...problems, ...settings.problems] };
  if (mapping?.ok === false) problems.push(...mapping.problems);
  const { flushInterval } = settings.value;
  const timed = backends.items.map((item) =>
    withInterval(item, flushInterval, mapping?.ok ? mapping.rules : undefined),
  );
  problems.push(...badIntervals({ ...backends, items: timed }, flushInterval));
  const intervals = [flushInterval, ...timed.map(({ intervalMs }) => intervalMs ?? flushInterval)];
  const tickMs = commonTick(intervals);
  const longestMs = Math.max(...intervals);
  const read = {
    ...toSettings(settings.value, dirname(file), mapping?.ok ? mapping.rules : undefined),
    ...(tickMs === undefined || tickMs === flushInterval ? {} : { tickMs }),
    ...(longestMs === flushInterval ? {} : { longestMs }),
  };
  const config: Config = {
    file,
    settings: withStatsd(read, backends.items),
    frontends: timed.some(({ plugin }) => plugin.wantsTagStyles) ? frontends.items.map(withTagStyles) : frontends.items,
    backends: timed,
    warnings: mappings.warnings,
    mappingFiles: mappings.files,
  };
  return { config, problems };
}

function withTagStyles(item: LoadedFrontend): LoadedFrontend {
  const { plugin, dialect, rules, block } = item;
  if (plugin.takesLines !== true || dialect === 'statsd' || rules?.tagStyles !== undefined) return item;
  return { ...item, rules: { ...rules, tagStyles }, block: JSON.stringify({ ...JSON.parse(block), tagStyles }) };
}

/** What the block says goes before what the plugin would have; and what is the same as without either is not said. */
function withInterval(item: LoadedBackend, flushIntervalMs: number, mapping: MappingRules | undefined): LoadedBackend {
  const longest = item.plugin.longestIntervalMs?.(item.config, shortestTtl(item.mapping ?? mapping));
  const usual = partOf(flushIntervalMs, longest ?? Number.POSITIVE_INFINITY);
  const ms = item.intervalMs ?? usual;
  return { ...item, intervalMs: ms === flushIntervalMs ? undefined : ms };
}

function shortestTtl(mapping: MappingRules | undefined): number {
  const rules = mapping?.stages.flatMap((stage) => (stage.kind === 'exporter' ? [stage.rules] : [])) ?? [];
  const ttls = rules.flatMap(({ defaults, rules }) => [defaults.ttlMs, ...rules.map(({ series }) => series.ttlMs)]);
  return Math.min(...ttls.map((ttl) => (ttl === undefined || ttl <= 0 ? Number.POSITIVE_INFINITY : ttl)));
}

/** Back-ends that cannot take windows of their length. */
function badIntervals({ items, places }: Loaded<LoadedBackend>, flushIntervalMs: number): Problem[] {
  return items.flatMap(({ plugin, config, intervalMs = flushIntervalMs }, index) => {
    const text =
      plugin.refuses?.(config, intervalMs) ??
      refusedInterval(intervalMs, flushIntervalMs, plugin.readsStatsd?.(config));
    return text === undefined ? [] : [{ path: places[index]!, text }];
  });
}

function refusedInterval(intervalMs: number, flushIntervalMs: number, readsStatsd = false): string | undefined {
  const [own, root] = [formatDuration(intervalMs), formatDuration(flushIntervalMs)];
  if (commonTick([flushIntervalMs, intervalMs]) === undefined) {
    return `the interval of ${own} and "flushInterval" (${root}) have no common part of 100ms or more; make one a multiple of the other`;
  }
  if (readsStatsd && intervalMs !== flushIntervalMs) {
    return `has an interval of ${own}, and writes what the original StatsD would, which is there every "flushInterval" (${root}) only; remove "interval"`;
  }
  return undefined;
}

function listensOf({ items, places }: Loaded<LoadedFrontend | LoadedBackend>): Listens[] {
  return items.flatMap(({ plugin, config }, index) =>
    (plugin.listens?.(config) ?? []).map((address) => ({ path: places[index]!, address })),
  );
}

function finish(config: Config | undefined, problems: readonly Problem[], shown: string, root: object): Config {
  if (config !== undefined && problems.length === 0) return config;
  throw new ConfigError(formatProblems(shown, root, problems));
}

/** The original's metrics are kept where a back-end reads them, too. */
function withStatsd(settings: Settings, backends: readonly LoadedBackend[]): Settings {
  const reads = backends.some(({ plugin, config }) => plugin.readsStatsd?.(config));
  return reads && settings.statsd === undefined ? { ...settings, statsd: defaultStatsdSettings } : settings;
}

function read(file: string, shown: string, text?: string): string {
  try {
    if (text !== undefined) return asUtf8(text);
    return decode(readFileSync(file));
  } catch (error) {
    if (error instanceof EncodingProblem) throw new ConfigError([`${shown}: ${error.message}`]);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const remedy = missing ? '; give the path of a configuration file, or copy config.example.json to it' : '';
    throw new ConfigError([`${shown}: ${fileError(error)}${remedy}`]);
  }
}
