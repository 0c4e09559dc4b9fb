import type { Labels } from './encoder.ts';
import { type Escaping, escapeName, isClassicName } from './escaping.ts';

/** Labels as in text, without braces; a name that is not classic is in quotes: `a="1","b.c"="x"`. */
export function labelText(pairs: readonly string[]): string {
  let text = '';
  for (const pair of pairs) {
    const colon = pair.indexOf(':');
    const name = pair.slice(0, colon);
    text += `${text === '' ? '' : ','}${writtenName(name)}="${escapeValue(pair.slice(colon + 1))}"`;
  }
  return text;
}

/** A metric name or label name in text. */
export function writtenName(name: string): string {
  return isClassicName(name) ? name : quoted(name);
}

/** The labels as text for this reader. */
export function escapedText(labels: Labels, escaping: Escaping): string {
  return needsEscaping(labels, escaping) ? labelText(escapedPairs(labels.pairs, escaping)) : labels.text;
}

/** The labels as `name:value` for this reader: the same array where nothing is to be escaped. */
export function pairsFor(labels: Labels, escaping: Escaping): readonly string[] {
  return needsEscaping(labels, escaping) ? escapedPairs(labels.pairs, escaping) : labels.pairs;
}

/**
 * Each name once: of two names that look the same when they are escaped the last counts, since a name that stands twice
 * spoils a whole scrape. So does one of Prometheus' own, which `-name-` may become.
 */
export function escapedPairs(pairs: readonly string[], escaping: Escaping): readonly string[] {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const colon = pair.indexOf(':');
    const name = pair.slice(0, colon);
    const escaped = escapeName(name, escaping);
    const own = escaped !== name && escaped.startsWith('__');
    values.set(own ? `tag_${escaped}` : escaped, pair.slice(colon + 1));
  }
  // By name, which is not the order of pairs: `a1:` comes before `a:`.
  const names = [...values.keys()].sort();
  return names.map((name) => `${name}:${values.get(name)}`);
}

/** Whether a name is in quotes: it begins the text or follows a comma. A value that ends in a comma only costs the time of a look. */
export function needsEscaping({ text }: Pick<Labels, 'text'>, escaping: Escaping): boolean {
  return escaping !== 'allow-utf-8' && (text.charCodeAt(0) === QUOTE || text.includes(',"'));
}

const QUOTE = 0x22;

export function quoted(text: string): string {
  return `"${escapeValue(text)}"`;
}

/** What stands in quotes. A lone surrogate has no bytes in UTF-8: it becomes U+FFFD when the text is encoded. */
function escapeValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
