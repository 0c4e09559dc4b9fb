import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type LoadedBackend, type LoadedFrontend, loadBackends, loadFrontends } from './blocks.ts';
import { validate } from './issues.ts';
import { parseJson } from './json.ts';
import { ConfigError, formatProblems, type Problem, quote } from './problem.ts';
import { reason, resolveReferences } from './references.ts';
import { rootSchema, toSettings } from './root.ts';
import { defaultStatsdSettings, type Settings } from './settings.ts';

export type { LoadedBackend, LoadedFrontend, LoadedPlugin } from './blocks.ts';
export { ConfigError } from './problem.ts';

export interface Config {
  /** Absolute path of the file that this was read from. */
  readonly file: string;
  readonly settings: Settings;
  readonly frontends: readonly LoadedFrontend[];
  readonly backends: readonly LoadedBackend[];
}

/**
 * Reads, checks and completes a configuration file, and loads the plugins that it names.
 * Rejects with a {@link ConfigError} that tells everything that is wrong.
 */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<Config> {
  const absolute = resolve(file);
  const shown = displayName(absolute);
  const { root, problems } = parse(read(absolute, shown), shown);
  const document = resolveReferences(root, dirname(absolute), env);

  const settings = await validate(rootSchema, document.value, { document, path: [], coreKeys: [] });
  const frontends = await loadFrontends({ document, file: absolute });
  const backends = await loadBackends({ document, file: absolute });

  const all = [...problems, ...document.problems, ...frontends.problems, ...backends.problems];
  if (!settings.ok) all.push(...settings.problems);
  if (all.length > 0 || !settings.ok) throw new ConfigError(formatProblems(shown, root, all));
  return {
    file: absolute,
    settings: withStatsd(toSettings(settings.value), backends.items),
    frontends: frontends.items,
    backends: backends.items,
  };
}

/** The original's metrics are kept where a back-end reads them, too. */
function withStatsd(settings: Settings, backends: readonly LoadedBackend[]): Settings {
  const reads = backends.some(({ plugin, config }) => plugin.readsStatsd?.(config));
  return reads && settings.statsd === undefined ? { ...settings, statsd: defaultStatsdSettings } : settings;
}

function read(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const remedy = missing ? '; give the path of a configuration file, or copy config.example.json to it' : '';
    throw new ConfigError([`${shown}: ${reason(error)}${remedy}`]);
  }
}

function parse(text: string, shown: string): { root: object; problems: readonly Problem[] } {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    throw new ConfigError([`${shown}: line ${parsed.line}, column ${parsed.column}: ${parsed.message}`]);
  }
  const root = parsed.value;
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new ConfigError([`${shown}: ${quote(root)} is not an object with "frontends" and "backends"`]);
  }
  const problems = parsed.duplicates.map(({ path, firstLine, line }) => ({
    path,
    text: firstLine === line ? `given twice (line ${line})` : `given twice (lines ${firstLine} and ${line})`,
  }));
  return { root, problems };
}

/** Relative to the working folder for a file below it. */
function displayName(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}
