import { PatternFault } from '../pattern/fault.ts';
import type { Matcher } from '../pattern/matcher.ts';
import { type MatchType, parseMatcher } from '../pattern/parse.ts';
import { covers, fitsPrefix } from '../pattern/reach.ts';
import { parseTemplate } from '../pattern/template.ts';
import { SELF_PREFIX } from '../plugin.ts';

// What is wrong with the rules of `mapping` beyond their shape: patterns, references to groups, and rules that nothing gets to.

/** Where, from the value that was given, and what. A message that begins with a verb goes on from what stands there. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Stands for every name as a prefix, and at the end of an entry for any rest of a name. */
export const ANY = '*';

interface Mapping {
  readonly match: string;
  readonly matchType: MatchType;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function faultsOfMapping({ match, matchType, name, tags }: Mapping): Fault[] {
  const matcher = matcherOf(matchType, match);
  if (typeof matcher === 'string') return [{ path: ['match'], message: matcher }];
  const faults = faultsOfTemplate(name, matcher, ['name']);
  if (name.startsWith(SELF_PREFIX)) faults.push({ path: ['name'], message: RESERVED });
  for (const [key, value] of Object.entries(tags)) faults.push(...faultsOfTemplate(value, matcher, ['tags', key]));
  return faults;
}

const RESERVED = `must not start with "${SELF_PREFIX}": these are the names of the server itself`;

/** Why there is none, where the pattern is wrong. */
function matcherOf(type: MatchType, match: string): Matcher | string {
  try {
    return parseMatcher(type, match);
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

function faultsOfTemplate(template: string, matcher: Matcher, path: Fault['path']): Fault[] {
  return parseTemplate(template).flatMap((part) => {
    if (typeof part === 'string') return [];
    const { group, written } = part;
    if (typeof group === 'number' ? group <= matcher.groups : matcher.names.has(group)) return [];
    const none = typeof group === 'number' ? `${group}` : `named "${group}"`;
    return [
      { path, message: `has "${written}", and "match" has no group ${none} (${groupsOf(matcher)})${meant(written)}` },
    ];
  });
}

/** Of `$1_x`, which is the group named `1_x`. */
function meant(written: string): string {
  const [, digits, rest] = /^\$(\d+)(\D.*)$/u.exec(written) ?? [];
  return digits === undefined ? '' : `; write "\${${digits}}${rest}" for group ${digits} with "${rest}" behind it`;
}

function groupsOf({ groups, names }: Matcher): string {
  if (groups === 0) return 'it has none';
  const named = names.size === 0 ? '' : `, with the names ${[...names.keys()].map((name) => `"${name}"`).join(', ')}`;
  return `it has ${groups === 1 ? 'one' : groups}${named}`;
}

interface Profile {
  readonly prefix: string;
  readonly mappings: readonly Mapping[];
}

/** Mappings that no name gets to. */
export function faultsOfProfile({ prefix, mappings }: Profile): Fault[] {
  const isGood = ({ match, matchType }: Mapping) => typeof matcherOf(matchType, match) !== 'string';
  return mappings.flatMap((one, index) => {
    if (!isGood(one)) return [];
    const path = ['mappings', index, 'match'];
    if (prefix !== ANY && !fitsPrefix(one, prefix)) {
      return [{ path, message: `is never reached: it matches no name that begins with the prefix "${prefix}"` }];
    }
    const before = mappings.slice(0, index).findIndex((other) => isGood(other) && covers(other, one));
    if (before < 0) return [];
    const owner = `mappings[${before}] ("${mappings[before]!.match}")`;
    return [{ path, message: `is never reached: ${owner} takes every name that it matches; put it before that one` }];
  });
}

/** Profiles that no name gets to. */
export function faultsOfProfiles(profiles: readonly Profile[]): Fault[] {
  return profiles.flatMap(({ prefix }, index) => {
    const owner = profiles
      .slice(0, index)
      .findIndex((other) => other.prefix === ANY || prefix.startsWith(other.prefix));
    if (owner < 0) return [];
    const why = `names that begin so are those of profiles[${owner}] ("${profiles[owner]!.prefix}")`;
    return [{ path: [index, 'prefix'], message: `is never reached: ${why}; put this profile before that one` }];
  });
}

/** Of a list of names and of beginnings with `*`. */
export function faultsOfEntries(entries: readonly string[]): Fault[] {
  return entries.flatMap((one, index) => {
    if (entries.indexOf(one) < index) return [{ path: [index], message: 'is listed twice' }];
    const other = entries.find((candidate) => candidate !== one && includes(candidate, one));
    return other === undefined ? [] : [{ path: [index], message: `is among "${other}" already; remove one of them` }];
  });
}

export function faultsOfKeys(keys: readonly string[]): Fault[] {
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [{ path: [index], message: 'is listed twice' }] : [],
  );
}

/** Of new keys by old ones. */
export function faultsOfRenames(renames: Readonly<Record<string, string>>): Fault[] {
  return Object.entries(renames).flatMap(([old, key]) =>
    old === key ? [{ path: [old], message: 'is the key that it has already' }] : [],
  );
}

interface Rules {
  readonly file?: string | undefined;
  readonly mappings?: unknown;
  readonly defaults?: unknown;
  readonly unmapped?: string | undefined;
  readonly namespace?: string | undefined;
  readonly namespaceExcept?: readonly string[] | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly block?: readonly string[] | undefined;
  readonly dropTags?: readonly string[] | undefined;
  readonly keepTags?: readonly string[] | undefined;
}

/** Keys that do not go together. */
export function faultsOfRules(rules: Rules): Fault[] {
  const { namespace, namespaceExcept, allow = [], block = [], dropTags, keepTags } = rules;
  const faults: Fault[] = faultsOfExporter(rules);
  if (namespace === undefined && namespaceExcept !== undefined) {
    faults.push({ path: ['namespaceExcept'], message: 'belongs to "namespace", which is not given' });
  }
  if (dropTags !== undefined && keepTags !== undefined) {
    faults.push({ path: ['dropTags'], message: '"keepTags" beside it drops all other tags; keep one of the two keys' });
  }
  for (const [index, one] of allow.entries()) {
    const blocked = block.find((other) => includes(other, one));
    const message = `is blocked by "${blocked}" in "block"; remove one of them`;
    if (blocked !== undefined) faults.push({ path: ['allow', index], message });
  }
  if (namespace === undefined) return faults;
  const prefix = withDot(namespace);
  if (prefix.startsWith(SELF_PREFIX)) faults.push({ path: ['namespace'], message: RESERVED });
  const outside = (key: string, entries: readonly string[]) =>
    entries.flatMap((one, index) => {
      if ([prefix, ...(namespaceExcept ?? [])].some((beginning) => mayBegin(one, beginning))) return [];
      const message = `is no name here: by then all have the namespace; write "${prefix}${one}"`;
      return [{ path: [key, index], message }];
    });
  return [...faults, ...outside('allow', allow), ...outside('block', block)];
}

function faultsOfExporter({ file, mappings, defaults, unmapped }: Rules): Fault[] {
  const faults: Fault[] = [];
  if (file !== undefined && mappings !== undefined) {
    faults.push({
      path: ['mappings'],
      message: '"file" beside it has rules of the same kind; keep one of the two keys',
    });
  }
  if (defaults !== undefined && mappings === undefined) {
    const message = file === undefined ? 'belongs to "mappings", which is not given' : 'belongs into "file"';
    faults.push({ path: ['defaults'], message });
  }
  if (unmapped !== undefined && file === undefined && mappings === undefined) {
    faults.push({ path: ['unmapped'], message: 'belongs to "file" or "mappings", and there is neither' });
  }
  return faults;
}

/** `a` gives `a.`. */
export function withDot(namespace: string): string {
  return namespace.endsWith('.') ? namespace : `${namespace}.`;
}

/** Whether `one`, a name or a beginning, is among what `entry` stands for. */
function includes(entry: string, one: string): boolean {
  return entry.endsWith(ANY) ? one.startsWith(entry.slice(0, -1)) : one === entry;
}

/** Whether a name that the entry stands for may begin so. */
function mayBegin(entry: string, beginning: string): boolean {
  return entry.startsWith(beginning) || (entry.endsWith(ANY) && beginning.startsWith(entry.slice(0, -1)));
}
