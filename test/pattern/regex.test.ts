import { describe, expect, it } from 'vitest';
import { PatternFault } from '../../src/pattern/fault.ts';
import { parseRegex } from '../../src/pattern/regex.ts';

describe('a regular expression', () => {
  it.each<[string, string, readonly string[] | undefined]>([
    ['a', 'a', []],
    ['a', 'ba', undefined],
    ['a.c', 'abc', []],
    ['a(.*)\\.(x)?', 'a.b.', ['.b', '']],
    ['\\pL+', 'größe', []],
    ['(?i:A)(?P<n>b)', 'ab', ['b']],
    // In Go `$` is the end, and not also what is before a last LF.
    ['a', 'a\n', undefined],
  ])('%s on %j', (pattern, name, groups) => {
    expect(parseRegex(pattern).match(name)).toEqual(groups && [name, ...groups]);
  });

  it('has its ends put around the text as it is', () => {
    expect(['ax', 'xb', 'xax'].map((name) => parseRegex('a|b').match(name))).toEqual([['a'], ['b'], undefined]);
  });

  it('has numbers and names of groups', () => {
    const { groups, names } = parseRegex('(a)(?P<n>b)(?:c)(?<m>d)');
    expect({ groups, names: [...names] }).toEqual({
      groups: 3,
      names: [
        ['n', 2],
        ['m', 3],
      ],
    });
  });

  it.each([
    ['', 'is empty'],
    ['a(b', 'missing closing ) at character 2, "(b"'],
    ['((a)', 'missing closing ) at character 1, "((a)"'],
    ['(((', 'missing closing ) at its end'],
    ['a)b', 'unexpected ) at character 2, ")b"'],
    ['x[a](b[c', 'missing closing ] at character 7, "[c"'],
    ['a*|*', 'missing argument to repetition operator at character 4, "*"'],
    ['a**', 'invalid nested repetition operator at character 2, "**"'],
    ['b{1001}', 'invalid repeat count at character 2, "{1001}"'],
    ['a\\', 'trailing backslash at end of expression at character 2, "\\\\"'],
    // What Go has not, and other engines have.
    ['a(?=b)', 'invalid or unsupported Perl syntax at character 2, "(?=b)"'],
    ['(a)\\1', 'invalid escape sequence at character 4, "\\\\1"'],
    ['[z-a]', 'invalid character class range at character 2, "z-a]"'],
    ['(?P<n>a)(?P<n>b)', 'duplicate capture group name at character 13, "n>b)"'],
  ])('"%s" is refused: %s', (pattern, message) => {
    const whole = pattern === '' ? message : `is no regular expression of Go: ${message}`;
    expect(() => parseRegex(pattern)).toThrow(new PatternFault(whole));
  });
});
