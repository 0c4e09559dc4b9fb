import type { StatsdNames } from './config.ts';

/** Full paths of the original daemon's points. Keys are those of its metrics hash: `name;tag=value`. */
export interface StatsdPaths {
  rate(key: string): string;
  count(key: string): string;
  /** `field` may have several levels: `histogram.bin_50`. */
  timer(key: string, field: string): string;
  gauge(key: string): string;
  set(key: string): string;
  readonly numStats: string;
  /** Of the daemon itself: `processing_time`, `graphiteStats.last_flush`, … */
  own(name: string): string;
}

/** `prefixStats`: of the metrics hash. */
export function statsdPaths(names: StatsdNames, prefixStats: string): StatsdPaths {
  const { legacyNamespace, globalPrefix } = names;
  const suffix = names.globalSuffix === undefined ? '' : `.${names.globalSuffix}`;
  const branch = (levels: readonly string[], after = '') => {
    const before = levels.map((level) => (level === '' ? '' : `${level}.`)).join('');
    return (key: string, field = '') => {
      const { name, tags } = partsOf(key);
      return `${before}${name}${field}${after}${suffix}${tags}`;
    };
  };
  const stats = oneWord(prefixStats);
  const root = legacyNamespace ? 'stats.' : globalPrefix === '' ? '' : `${globalPrefix}.`;
  const timer = branch(legacyNamespace ? ['stats', 'timers'] : [globalPrefix, names.prefixTimer]);
  const counter = [globalPrefix, names.prefixCounter];
  return {
    rate: legacyNamespace ? branch(['stats']) : branch(counter, '.rate'),
    count: legacyNamespace ? branch(['stats_counts']) : branch(counter, '.count'),
    timer: (key, field) => timer(key, `.${field}`),
    gauge: branch(legacyNamespace ? ['stats', 'gauges'] : [globalPrefix, names.prefixGauge]),
    set: branch(legacyNamespace ? ['stats', 'sets'] : [globalPrefix, names.prefixSet], '.count'),
    // The legacy namespace has no level `stats` here.
    numStats: `${legacyNamespace ? '' : root}${stats}.numStats${suffix}`,
    own: (name) => `${root}${stats}.${name}${suffix}`,
  };
}

const CLEAN_KEY = /^[\w.;=-]*$/;

/** The name as the original's back-end cleans it, and all that follows the first `;`, with it. */
function partsOf(key: string): { readonly name: string; readonly tags: string } {
  const semicolon = key.indexOf(';');
  const name = semicolon < 0 ? key : key.slice(0, semicolon);
  const tags = semicolon < 0 ? '' : key.slice(semicolon);
  // So are all of them, unless `keyNameSanitize` is false.
  if (CLEAN_KEY.test(key)) return { name, tags };
  const clean = name
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replace(/[^\w.;=-]/g, '');
  return { name: clean, tags: oneWord(tags) };
}

/**
 * Blanks and control characters as `_`. The original leaves them in the tags, where a blank makes carbon throw the line
 * away and a line end makes two lines of it.
 */
function oneWord(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}\p{Cs}]/gu, '_');
}
