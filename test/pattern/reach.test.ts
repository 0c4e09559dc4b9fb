import { describe, expect, it } from 'vitest';
import type { MatchType } from '../../src/pattern/parse.ts';
import { covers, fitsPrefix } from '../../src/pattern/reach.ts';

/** `/x/` is a regular expression. */
function pattern(text: string): { match: string; matchType: MatchType } {
  const [, source] = /^\/(.*)\/$/.exec(text) ?? [];
  return source === undefined ? { match: text, matchType: 'wildcard' } : { match: source, matchType: 'regex' };
}

describe('a pattern', () => {
  it.each([
    ['a', 'a', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b*', true],
    ['a.*', 'a.*', true],
    ['*.*', 'a.*', true],
    ['a*', 'a*b', true],
    ['a.b*', 'a.*', false],
    ['a*b', 'a*', false],
    ['*', 'a.*', false],
    ['a.*', '/a\\..*/', false],
    ['/a\\..*/', 'a.b', true],
    ['/a\\..+/', 'a.*', false],
    ['/.*/', 'a.*', true],
    ['/(.+)/', '/a\\..*/', true],
    ['/a\\..*/', '/a\\..*/', true],
    ['/a.*/', '/ab.*/', false],
  ])('%s covers %s: %s', (one, other, expected) => {
    expect(covers(pattern(one), pattern(other))).toBe(expected);
  });

  it.each([
    ['a.b', 'a.', true],
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.', false],
    ['b.*', 'a.', false],
    ['*.b', 'a.', true],
    ['a*', 'a.', false],
    ['a*', 'ab', true],
    ['a.*', 'a.b.c', false],
    ['a.*.*', 'a.b.c', true],
    ['/b/', 'a.', true],
  ])('%s may match what begins with %s: %s', (one, prefix, expected) => {
    expect(fitsPrefix(pattern(one), prefix)).toBe(expected);
  });
});
