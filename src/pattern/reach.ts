import { type MatchType, parseMatcher } from './parse.ts';

/** A pattern that has been found good. */
interface Pattern {
  readonly match: string;
  readonly matchType: MatchType;
}

/** Regular expressions that match every name. */
const everything = /^\(?(?:\.\*|\.\+)\)?$/;

/** Whether `one` matches whatever `other` matches, as far as that can be told without trying every name. */
export function covers(one: Pattern, other: Pattern): boolean {
  if (one.match === other.match && one.matchType === other.matchType) return true;
  if (one.matchType === 'regex' && everything.test(one.match)) return true;
  if (other.matchType === 'regex') return false;
  // A `*` in the name can only be taken by a `*` of the pattern, which takes whatever the other one does.
  if (one.matchType === 'regex' && other.match.includes('*')) return false;
  return parseMatcher(one.matchType, one.match).match(other.match) !== undefined;
}

/** Whether a name that begins with `prefix` may match; what a regular expression matches is not known. */
export function fitsPrefix({ match, matchType }: Pattern, prefix: string): boolean {
  if (matchType === 'regex') return true;
  const [head = ''] = match.split('*');
  if (head === match) return match.startsWith(prefix);
  return (head.startsWith(prefix) || prefix.startsWith(head)) && match.split('.').length >= prefix.split('.').length;
}
