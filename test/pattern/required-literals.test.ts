import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSearch } from '../../src/pattern/regex.ts';
import { requiredLiterals } from '../../src/pattern/required-literals.ts';

it.each<[string, readonly string[]]>([
  ['(.*)\\.(.*)--(.*)\\.status\\.(.*)\\.count', ['.', '--', '.status.', '.count']],
  ['.+', []],
  ['abc', ['abc']],
  ['^abc$', ['abc']],
  ['ab*c', ['a', 'c']],
  ['ab+c', ['ab', 'c']],
  ['ab?c', ['a', 'c']],
  ['ab+?c', ['ab', 'c']],
  ['ab{2}c', ['a', 'c']],
  ['ab{2,}?c', ['a', 'c']],
  ['a{x', ['a{x']],
  ['a|b', []],
  ['x(a|b)y', ['x', 'y']],
  ['x(?:ab(cd))+y', ['x', 'ab', 'cd', 'y']],
  ['x(ab)*y', ['x', 'y']],
  ['(?P<name>ab)\\d(?<other>cd)', ['ab', 'cd']],
  ['a[]x]b[^]y]c', ['a', 'b', 'c']],
  ['a[[:alpha:]]b[x\\]y]c', ['a', 'b', 'c']],
  ['a\\.\\*\\bb\\w+c', ['a.*', 'b', 'c']],
  ['größe', ['gr', 'e']],
  ['(?i)abc', []],
  ['a\\x41b', []],
  ['\\Qa.b\\E', []],
  ['\\pNabc', []],
  ['', []],
])('of %s are %j', (pattern, literals) => {
  expect(requiredLiterals(pattern)).toEqual(literals);
});

describe('property', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    'ab',
    '\\.',
    '.',
    '[ab]',
    '[^a]',
    '\\w',
    '^',
    '$',
    '\\b',
    'é',
    '[]a]',
    '[[:alpha:]]',
  );
  const times = fc.constantFrom('', '', '', '*', '+', '?', '+?', '{2}', '{0,1}');
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    part: fc
      .tuple(
        fc.oneof(
          { depthSize: 'small' },
          atom,
          tie('pattern').map((inner) => `(${inner})`),
        ),
        times,
      )
      .map(([one, many]) => (/^[$^]$|^\\b$/.test(one) ? one : one + many)),
    pattern: fc
      .array(
        fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
        {
          minLength: 1,
          maxLength: 2,
        },
      )
      .map((sequences) => sequences.join('|')),
  }));

  it('whatever an expression matches has them', () => {
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab.é]{0,12}$/), (regex, text) => {
        if (parseSearch(regex).match(text) === undefined) return;
        let from = 0;
        for (const literal of requiredLiterals(regex)) {
          const at = text.indexOf(literal, from);
          expect(at).toBeGreaterThanOrEqual(0);
          from = at + literal.length;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
