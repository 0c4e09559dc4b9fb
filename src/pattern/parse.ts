import type { Matcher } from './matcher.ts';
import { parseRegex } from './regex.ts';
import { parseWildcard } from './wildcard.ts';

/** How a pattern is read. */
export const matchTypes = ['wildcard', 'regex'] as const;
export type MatchType = (typeof matchTypes)[number];

/** Throws a `PatternFault`. */
export function parseMatcher(type: MatchType, pattern: string): Matcher {
  switch (type) {
    case 'wildcard':
      return parseWildcard(pattern);
    case 'regex':
      return parseRegex(pattern);
    default: {
      const unexpected: never = type;
      throw new Error(`no such type of match: ${unexpected}`);
    }
  }
}
