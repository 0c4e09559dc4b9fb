import { dirname } from 'node:path';
import { z } from 'zod';
import { suggest } from '../kit/suggest.ts';
import type { BackendPlugin, ConfigKit, FrontendPlugin } from '../plugin.ts';
import { isName, nameRule } from '../plugins/names.ts';
import {
  builtInNames,
  type Found,
  type FoundOriginal,
  findBuiltIn,
  findOriginal,
  findPlugin,
  PluginError,
  type PluginKind,
  wordFor,
} from '../plugins/registry.ts';
import type { PlacedReference } from '../process/reference.ts';
import { dialect } from './dialect.ts';
import { type FrontendRuleSet, frontendRuleShape, toFrontendRules } from './frontend-rules.ts';
import { interval } from './interval.ts';
import { type Place, type Validated, validate } from './issues.ts';
import { kitIn } from './kit.ts';
import { mapping } from './mapping.ts';
import type { MappingReader } from './mapping-reader.ts';
import type { MappingRules } from './mapping-rules.ts';
import { type ConfigPath, formatPath, type Problem, pathKey, quote, valueAt } from './problem.ts';
import type { Resolved } from './references.ts';
import type { Dialect } from './settings.ts';

/** A plugin with its configuration, ready to be created in any thread. */
export interface LoadedPlugin<P> {
  readonly name: string;
  /** What `importPlugin` of the registry takes. */
  readonly module: string;
  readonly plugin: P;
  /** As the plugin's schema gave it; can be posted to another thread. */
  readonly config: unknown;
  /** What values of it can be read again from, by their places. */
  readonly references?: readonly PlacedReference[] | undefined;
  /** Canonical JSON of the block with its references followed: equal when the plugin may go on as it runs. Holds secrets. */
  readonly block: string;
}

export interface LoadedFrontend extends LoadedPlugin<FrontendPlugin> {
  readonly dialect: Dialect;
  /** Absent: what is received is called as it was sent. */
  readonly rules?: FrontendRuleSet;
}

export interface LoadedBackend extends LoadedPlugin<BackendPlugin> {
  /** In place of those of the root. */
  readonly mapping?: MappingRules;
  /** Milliseconds of its windows, as its block says; undefined where it says nothing. */
  readonly intervalMs?: number | undefined;
}

export interface Loaded<Item> {
  readonly items: readonly Item[];
  /** Where each of them stands. */
  readonly places: readonly ConfigPath[];
  readonly problems: readonly Problem[];
}

/** Where the blocks stand, and the file whose folder `use` is looked up from. */
export interface Source {
  readonly document: Resolved;
  readonly file: string;
}

const name = z.string().refine(isName, `is not ${nameRule}`).optional();
const reference = z.string().optional();
const compat = z.literal('statsd').optional();

const frontendCore = z.looseObject({
  type: reference,
  use: reference,
  compat,
  name,
  dialect: dialect.optional(),
  ...frontendRuleShape,
});
const frontendKeys = ['dialect', ...Object.keys(frontendRuleShape)];
const backendCore = z.looseObject({
  type: reference,
  use: reference,
  compat,
  name,
  mapping: mapping.optional(),
  interval: interval.optional(),
});

export async function loadFrontends(source: Source): Promise<Loaded<LoadedFrontend>> {
  return loadAll('frontend', source, async (block, path) => {
    const core = await validate(frontendCore, block, { document: source.document, path, coreKeys: [] });
    const { dialect: _, prefix: _prefix, tags: _tags, tagStyles: _tagStyles, originTags: _origin, ...rest } = block;
    const { item, ...loaded } = await load('frontend', core, rest, frontendKeys, source, path);
    const dialect = (core.ok ? core.value.dialect : undefined) ?? (block.compat === 'statsd' ? 'statsd' : 'auto');
    const foreign = (['tagStyles', 'originTags'] as const).find((key) => block[key] !== undefined);
    if (dialect === 'statsd' && foreign !== undefined) {
      const text =
        'does not go with "dialect": "statsd", in which tags are read as the original daemon does; remove one of them';
      return { ...loaded, item: undefined, problems: [...loaded.problems, { path: [...path, foreign], text }] };
    }
    if (item === undefined || !core.ok) return { ...loaded, item: undefined };
    const rules = toFrontendRules(core.value);
    return { ...loaded, item: { ...item, dialect, ...(rules && { rules }), block: canonical(block) } };
  });
}

export async function loadBackends(source: Source, mappings: MappingReader): Promise<Loaded<LoadedBackend>> {
  return loadAll('backend', source, async (block, path) => {
    const { mapping: _mapping, interval: given, ...rest } = block;
    // What a module of the original is given may be called like anything of ours.
    const isOriginal = block.compat !== undefined && given !== undefined;
    const ofCore = isOriginal ? { ...rest, mapping: block.mapping } : block;
    const core = await validate(backendCore, ofCore, { document: source.document, path, coreKeys: [] });
    const own = isOriginal ? { ...rest, interval: given } : rest;
    const { item, ...loaded } = await load('backend', core, own, ['mapping', 'interval'], source, path);
    if (!core.ok) return { ...loaded, item: undefined };
    const { mapping, interval } = core.value;
    const timed = interval === undefined ? {} : { intervalMs: interval, block: canonical({ ...rest, interval }) };
    if (mapping === undefined) return { ...loaded, item: item && { ...item, ...timed } };
    const read = await mappings.read(mapping, [...path, 'mapping']);
    if (!read.ok) return { ...loaded, item: undefined, problems: [...loaded.problems, ...read.problems] };
    return { ...loaded, item: item && { ...item, ...timed, mapping: read.rules } };
  });
}

type Block = Readonly<Record<string, unknown>>;

/** One block: its name is known even when it cannot be used. */
interface Outcome<Item> {
  readonly name: string | undefined;
  readonly item: Item | undefined;
  readonly problems: readonly Problem[];
}

async function loadAll<Item>(
  kind: PluginKind,
  { document }: Source,
  loadBlock: (block: Block, path: ConfigPath) => Promise<Outcome<Item>>,
): Promise<Loaded<Item>> {
  const key = `${kind}s`;
  const list = valueAt(document.value, [key]);
  const subject = document.written.get(pathKey([key])) ?? quote(list);
  const empty = kind === 'backend' && valueAt(document.value, ['admin']) !== undefined ? 'legal' : 'useless';
  const fault = document.failed.has(pathKey([key])) ? undefined : listFault(kind, list, subject, empty);
  if (!Array.isArray(list) || fault !== undefined) {
    return { items: [], places: [], problems: fault === undefined ? [] : [{ path: [key], text: fault }] };
  }
  const items: Item[] = [];
  const places: ConfigPath[] = [];
  const problems: Problem[] = [];
  const owners = new Map<string, ConfigPath>();
  for (const [index, block] of list.entries()) {
    const path = [key, index];
    if (typeof block !== 'object' || block === null || Array.isArray(block)) {
      if (document.failed.has(pathKey(path))) continue;
      const subject = document.written.get(pathKey(path)) ?? quote(block);
      problems.push({ path, text: `${subject} is not an object such as ${example(kind)}` });
      continue;
    }
    const outcome = await loadBlock(block, path);
    problems.push(...outcome.problems);
    if (outcome.item !== undefined) {
      items.push(outcome.item);
      places.push(path);
    }
    if (outcome.name === undefined) continue;
    const owner = owners.get(outcome.name);
    if (owner === undefined) owners.set(outcome.name, path);
    else problems.push(taken(outcome.name, owner, path, 'name' in block));
  }
  return { items, places, problems };
}

/** Without back-ends the admin interface still shows what is received. */
function listFault(kind: PluginKind, list: unknown, subject: string, empty: 'legal' | 'useless'): string | undefined {
  const advice = `list at least one ${wordFor(kind)}, such as ${example(kind)}`;
  if (list === undefined) return `required key is missing; ${advice}`;
  if (!Array.isArray(list)) return `${subject} is not a list; write [ … ] around it`;
  return list.length === 0 && empty === 'useless' ? `the list is empty; ${advice}` : undefined;
}

function example(kind: PluginKind): string {
  return `{ "type": "${builtInNames(kind)[0]}" }`;
}

function taken(name: string, owner: ConfigPath, path: ConfigPath, given: boolean): Problem {
  const text = `the name "${name}" is taken by ${formatPath(owner)}`;
  return given
    ? { path: [...path, 'name'], text: `${text}; names must be unique` }
    : { path, text: `${text}; add "name" to one of them` };
}

/** `block` may still hold `type`, `use`, `compat` and `name`. */
async function load<Kind extends PluginKind>(
  kind: Kind,
  core: Validated<unknown>,
  block: Block,
  moreCoreKeys: readonly string[],
  source: Source,
  path: ConfigPath,
): Promise<Outcome<LoadedPlugin<Found<Kind>['plugin']>>> {
  const { type: _type, use: _use, compat: _compat, name: _name, ...own } = block;
  const problems: Problem[] = core.ok ? [] : [...core.problems];
  const found = await find(kind, block, source, path);
  if (!found.ok) return { name: undefined, item: undefined, problems: [...problems, ...found.problems] };
  const { plugin, module } = found.value;
  if ('file' in found.value && typeof block.use === 'string') {
    const name = typeof block.name === 'string' ? block.name : nameOfModule(block.use);
    const config = { module: found.value.file, name: block.use, config: keysOfOriginal(own) };
    const item = { name, module, plugin, config, references: [], block: canonical(block) };
    return { name, item: problems.length > 0 ? undefined : item, problems };
  }
  const name = typeof block.name === 'string' ? block.name : plugin.name;
  const coreKeys = ['type' in block ? 'type' : 'use', 'name', ...moreCoreKeys];
  const config = await configure(plugin, own, kitIn(dirname(source.file)), {
    document: source.document,
    path,
    coreKeys,
  });
  if (!config.ok) problems.push(...config.problems);
  if (problems.length > 0 || !config.ok) return { name, item: undefined, problems };
  const references = referencesIn(source.document, path);
  return { name, item: { name, module, plugin, config: config.value, references, block: canonical(block) }, problems };
}

function referencesIn({ sources }: Resolved, block: ConfigPath): readonly PlacedReference[] {
  return [...sources].flatMap(([key, reference]) => {
    const path: ConfigPath = JSON.parse(key);
    return block.every((step, index) => path[index] === step) ? [{ place: path.slice(block.length), reference }] : [];
  });
}

async function find<Kind extends PluginKind>(
  kind: Kind,
  block: Block,
  { document, file }: Source,
  path: ConfigPath,
): Promise<Validated<Found<Kind> | FoundOriginal<Kind>>> {
  const key = 'type' in block ? 'type' : 'use';
  const fail = (text: string, at: ConfigPath = path): Validated<never> => ({
    ok: false,
    problems: [{ path: at, text }],
  });
  if ('type' in block && 'use' in block) return fail('has both "type" and "use"; keep one of them');
  if (!(key in block)) return fail(neither(kind, Object.keys(block)));
  if ('compat' in block && key === 'type') {
    return fail('belongs to "use"; remove it, since what is built in needs none', [...path, 'compat']);
  }
  const target = block[key];
  if (typeof target !== 'string' || document.failed.has(pathKey([...path, key]))) return { ok: false, problems: [] };
  try {
    if (key === 'type') return { ok: true, value: await findBuiltIn(kind, target) };
    const look = block.compat === undefined ? findPlugin : findOriginal;
    return { ok: true, value: await look(kind, target, file) };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const written = document.written.get(pathKey([...path, key]));
    if (written === undefined) return fail(error.message, [...path, key]);
    // Messages and paths may repeat any part of what the reference stands for.
    const says =
      key === 'type'
        ? `unknown ${wordFor(kind)} ${written} (built in: ${builtInNames(kind).join(', ')}; or set "use" to a package or a path)`
        : `${written} names no ${wordFor(kind)} that can be used: a package, or a path from the folder of this file`;
    return fail(says, [...path, key]);
  }
}

/** The last part of a package or path, as a name. */
function nameOfModule(use: string): string {
  const last = use.split(/[\\/]/).findLast((part) => part !== '') ?? '';
  return last.replace(/\.[cm]?js$/, '').replace(/[^A-Za-z0-9_.-]/g, '-') || 'module';
}

/** What a module of the original is given: the keys of its block, and those in `config`, which may be called like ours. */
function keysOfOriginal({ config, ...own }: Block): Block {
  if (config === undefined) return own;
  return typeof config === 'object' && config !== null && !Array.isArray(config)
    ? { ...own, ...config }
    : { ...own, config };
}

function neither(kind: PluginKind, keys: readonly string[]): string {
  const needs = `needs "type" (built in: ${builtInNames(kind).join(', ')}) or "use" (a package or a path)`;
  for (const key of keys) {
    const meant = suggest(key, ['type', 'use']);
    if (meant !== undefined) return `${needs}; did you mean "${meant}" where you wrote ${JSON.stringify(key)}?`;
  }
  return needs;
}

async function configure(
  plugin: FrontendPlugin | BackendPlugin,
  own: Block,
  kit: ConfigKit,
  place: Place,
): Promise<Validated<unknown>> {
  if (plugin.config === undefined) return { ok: true, value: own };
  const fail = (text: string): Validated<unknown> => ({ ok: false, problems: [{ path: place.path, text }] });
  try {
    const schema: unknown = plugin.config(kit);
    if (!isSchema(schema)) return fail(`the function "config" of plugin "${plugin.name}" gives no schema of zod 4`);
    const judged = await validate(schema, own, place);
    if (judged.ok) structuredClone(judged.value);
    return judged;
  } catch (error) {
    if (error instanceof DOMException) {
      return fail(`the schema of plugin "${plugin.name}" gives a value that cannot be sent to another thread`);
    }
    return fail(`the function "config" of plugin "${plugin.name}" failed: ${String(error)}`);
  }
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value && 'safeParseAsync' in value;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
