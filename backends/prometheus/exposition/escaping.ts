/**
 * What becomes of names that are not classic, for readers that do not take them:
 * https://prometheus.io/docs/instrumenting/escaping_schemes/
 */
export type Escaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

export const ESCAPINGS: readonly Escaping[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

/** A metric name or label name that every version of Prometheus takes, and that needs no quotes in text. */
export function isClassicName(name: string): boolean {
  return classic.test(name);
}

const classic = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/**
 * The name as it is written for this reader. A classic one is left as it is, whatever the scheme: in that this is
 * `EscapeMetricFamily` of github.com/prometheus/common/model, whose `EscapeName` does the rest.
 */
export function escapeName(name: string, escaping: Escaping): string {
  if (escaping === 'allow-utf-8' || name === '' || classic.test(name)) return name;
  switch (escaping) {
    case 'underscores':
      return replaced(name, () => '_');
    case 'dots':
      return replaced(name.replaceAll('_', '__'), (character) => (character === '.' ? '_dot_' : '__'));
    case 'values':
      return `U__${replaced(name.replaceAll('_', '__'), (character) => `_${codePoint(character).toString(16)}_`)}`;
    default:
      return escaping satisfies never;
  }
}

/** Every character but `A-Za-z0-9_:`, and a digit at the start. */
function replaced(name: string, by: (character: string) => string): string {
  return name.replace(/^[0-9]|[^A-Za-z0-9_:]/gu, by);
}

/** A lone surrogate is written as U+FFFD everywhere. */
function codePoint(character: string): number {
  const code = character.codePointAt(0)!;
  return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
}
