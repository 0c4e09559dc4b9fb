import { escapeName } from '../../src/kit/prometheus-name.ts';

export { escapeName };

/**
 * Tags as the labels of one series, without braces: `a="1",b="x"`. Sorted by name; of two tags with one label name the
 * last counts. A tag without value has the value `true`; one with an empty value is left out, because Prometheus takes
 * an empty label for an absent one.
 */
export function labelText(tags: readonly string[]): string {
  if (tags.length === 0) return '';
  const labels = new Map<string, string>();
  for (const tag of tags) {
    const colon = tag.indexOf(':');
    const value = colon === -1 ? 'true' : tag.slice(colon + 1);
    if (value !== '') labels.set(labelName(colon === -1 ? tag : tag.slice(0, colon)), value);
  }
  const texts: string[] = [];
  for (const [name, value] of labels) texts.push(`${name}="${escapeValue(value)}"`);
  return texts.sort().join(',');
}

/** Lists of tags whose labels are remembered: most series share theirs with others. */
const REMEMBERED = 4096;

/** {@link labelText} that makes the text of each list of tags once, and one string for all series that share it. */
export function labeller(): (tags: readonly string[]) => string {
  const remembered = new Map<readonly string[], string>();
  return (tags) => {
    if (tags.length === 0) return '';
    const known = remembered.get(tags);
    if (known !== undefined) return known;
    const text = labelText(tags);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(tags, text);
    return text;
  };
}

/** `le`, `quantile` and everything that begins with `__` have a meaning of their own: one such tag spoils a whole scrape. */
function labelName(key: string): string {
  const name = escapeName(key);
  return name === 'le' || name === 'quantile' || name.startsWith('__') ? `tag_${name}` : name;
}

function escapeValue(value: string): string {
  if (!/[\\"\n\p{Surrogate}]/u.test(value)) return value;
  return value
    .replace(/[\\"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replace(/\p{Surrogate}/gu, '\uFFFD');
}
