import { escapeName } from '../../src/kit/prometheus-name.ts';
import { labelText } from './exposition/labels.ts';

export { escapeName };

/** How names are shown: those that every version of Prometheus takes, or as they were sent. */
export type NameStyle = 'escaped' | 'utf-8';

/**
 * Tags as labels, `name:value` each, sorted by name; of two tags with one label name the last counts. A tag without value, or with an empty
 * one, is left out, as statsd_exporter does: Prometheus takes an empty label for an absent one. So is a `#` before a tag.
 */
export function labelPairs(tags: readonly string[], style: NameStyle): readonly string[] {
  if (arePairs(tags, style)) return tags;
  const labels = new Map<string, string>();
  for (const tag of tags) {
    const start = tag.startsWith('#') ? 1 : 0;
    const colon = tag.indexOf(':');
    if (colon <= start || colon === tag.length - 1) continue;
    labels.set(labelName(tag.slice(start, colon), style), tag.slice(colon + 1));
  }
  const names = [...labels.keys()].sort();
  return names.map((name) => `${name}:${labels.get(name)}`);
}

/** Whether nothing is to be changed: what a view gave comes once more with each series that is new. */
function arePairs(tags: readonly string[], style: NameStyle): boolean {
  let before = '';
  for (const tag of tags) {
    const colon = tag.indexOf(':');
    if (colon <= 0 || colon === tag.length - 1) return false;
    const name = tag.slice(0, colon);
    if (name <= before || name.startsWith('#') || labelName(name, style) !== name) return false;
    before = name;
  }
  return true;
}

/** Lists of tags whose labels are remembered: most series share theirs with others. */
const REMEMBERED = 4096;

/** Gives what `make` does of each list of tags once, and one result for all series that share it. */
export function remembering<Made>(make: (tags: readonly string[]) => Made): (tags: readonly string[]) => Made {
  const remembered = new Map<readonly string[], Made>();
  return (tags) => {
    const known = remembered.get(tags);
    if (known !== undefined) return known;
    const made = make(tags);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(tags, made);
    return made;
  };
}

/** The labels of a series as text, without braces, from its tags. */
export function labeller(style: NameStyle): (tags: readonly string[]) => string {
  return remembering((tags) => labelText(labelPairs(tags, style)));
}

export function pairer(style: NameStyle): (tags: readonly string[]) => readonly string[] {
  return remembering((tags) => labelPairs(tags, style));
}

/** Of pairs: the names alone. */
export function labelNamesOf(pairs: readonly string[]): string {
  return pairs.map((pair) => pair.slice(0, pair.indexOf(':'))).join(',');
}

/** `le`, `quantile` and everything that begins with `__` have a meaning of their own: one such tag spoils a whole scrape. */
function labelName(key: string, style: NameStyle): string {
  const name = style === 'escaped' ? escapeName(key) : key;
  return name === 'le' || name === 'quantile' || name.startsWith('__') ? `tag_${name}` : name;
}
