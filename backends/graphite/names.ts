import { tagsWithHost } from '../../src/kit/tags.ts';
import { SELF_PREFIX, type Series } from '../../src/plugin.ts';

/**
 * `graphite`: `;key=value` after the path (Graphite 1.1 and later). A tag without a value gets the value `true`.
 * `drop`: no tags.
 */
export type TagStyle = 'graphite' | 'drop';

/** Where the points of a series go: `<head>.<field><tail>`, or `<head><tail>` for a type with a single point. */
export interface SeriesPath {
  readonly head: string;
  readonly tail: string;
}

/** Gives a series its place in the tree of Graphite. */
export type Naming = (series: Pick<Series, 'type' | 'name' | 'tags' | 'host'>) => SeriesPath;

/**
 * The tree that the original StatsD builds with `legacyNamespace: false`, its rules for names included, and a branch of
 * its own for each of the types that it does not know.
 */
export function namespaced(prefix: string, tagStyle: TagStyle): Naming {
  const root = prefix === '' ? '' : `${prefix}.`;
  return (series) => ({
    head: `${root}${BRANCHES[series.type]}.${pathName(series.name)}`,
    tail: tagStyle === 'drop' ? '' : pathTags(tagsWithHost(series)),
  });
}

const BRANCHES: Readonly<Record<Series['type'], string>> = {
  counter: 'counters',
  gauge: 'gauges',
  timer: 'timers',
  histogram: 'histograms',
  distribution: 'distributions',
  set: 'sets',
};

const PLAIN_NAME = /^[\w-]+(?:\.[\w-]+)*$/;

/**
 * StatsD's rules: blanks become `_`, `/` becomes `-`, everything else outside of `A-Z a-z 0-9 _ - .` is removed. Empty
 * parts are removed as well, because no path with one can be asked for; a name of which nothing is left becomes `_`.
 */
export function pathName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  const parts = name
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replace(/[^\w.-]/g, '')
    .split('.')
    .filter((part) => part !== '');
  const path = parts.length === 0 ? '_' : parts.join('.');
  // The server's own are plain: what becomes one only here came over the wire.
  return path.startsWith(SELF_PREFIX) ? `_${path}` : path;
}

// Carbon splits lines at every kind of blank that Python knows. A value with `"` at its end could turn the path into
// carbon's second notation for tags, `name{key="value"}`.
const UNSAFE_IN_VALUE = /[\s\p{Cc}\p{Cf}\p{Cs};"]/gu;
const UNSAFE_IN_KEY = /[\s\p{Cc}\p{Cf}\p{Cs};"!^=]/gu;

/**
 * Carbon's rules (docs, "Graphite Tag Support"; `TaggedSeries` in carbon/util.py): neither part is empty, keys have none of
 * `;!^=`, values have no `;` and do not start with `~`. The key `name` is carbon's own and becomes `tag_name`.
 * Of several values of one key carbon keeps the last.
 */
export function pathTags(tags: readonly string[]): string {
  let path = '';
  for (const tag of tags) {
    const colon = tag.indexOf(':');
    const key = (colon < 0 ? tag : tag.slice(0, colon)).replace(UNSAFE_IN_KEY, '_');
    const value = (colon < 0 ? '' : tag.slice(colon + 1)).replace(UNSAFE_IN_VALUE, '_').replace(/^~/, '_');
    path += `;${key === 'name' ? 'tag_name' : key || '_'}=${value || 'true'}`;
  }
  return path;
}
