import { PatternFault } from './fault.ts';
import type { Matcher } from './matcher.ts';

const NO_NAMES: ReadonlyMap<string, number> = new Map();

/**
 * A pattern in which `*` stands for any text without a dot, an empty one too, and is a group. It matches whole names. The time is
 * linear: what a `*` may take is never tried twice.
 */
export function parseWildcard(pattern: string): Matcher {
  if (pattern === '') throw new PatternFault('is empty');
  const foreign = /[^A-Za-z0-9_.*-]/u.exec(pattern);
  if (foreign !== null) {
    const allowed = 'a wildcard pattern has letters, digits, "-", "_", "." and "*" only';
    throw new PatternFault(`has ${JSON.stringify(foreign[0])} at character ${foreign.index + 1}; ${allowed}`);
  }
  const twice = pattern.indexOf('**');
  if (twice >= 0)
    throw new PatternFault(`has "**" at character ${twice + 1}; write one "*", which matches up to a dot`);
  const parts = pattern.split('.').map((part) => part.split('*'));
  return {
    groups: pattern.split('*').length - 1,
    names: NO_NAMES,
    match(name) {
      const given = name.split('.');
      if (given.length !== parts.length) return undefined;
      const groups = [name];
      for (const [index, literals] of parts.entries()) {
        const taken = matchPart(literals, given[index]!);
        if (taken === undefined) return undefined;
        groups.push(...taken);
      }
      return groups;
    },
  };
}

/**
 * What each `*` between the literals takes; the first as much as it can, then the second, as in a regular expression. That is so when
 * each literal is as far to the right as it can be.
 */
function matchPart(literals: readonly string[], text: string): readonly string[] | undefined {
  const first = literals[0]!;
  if (literals.length === 1) return text === first ? [] : undefined;
  const last = literals.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const taken: string[] = [];
  let end = text.length - last.length;
  for (const literal of literals.slice(1, -1).reverse()) {
    const from = end - literal.length;
    const at = from < first.length ? -1 : text.lastIndexOf(literal, from);
    if (at < first.length) return undefined;
    taken.unshift(text.slice(at + literal.length, end));
    end = at;
  }
  return [text.slice(first.length, end), ...taken];
}
