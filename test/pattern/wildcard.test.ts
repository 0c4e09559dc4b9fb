import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternFault } from '../../src/pattern/fault.ts';
import { parseWildcard } from '../../src/pattern/wildcard.ts';

describe('a wildcard pattern', () => {
  it.each<[string, string, readonly string[] | undefined]>([
    ['a', 'a', []],
    ['a', 'ab', undefined],
    ['a', '', undefined],
    ['*', '', ['']],
    ['*', 'a', ['a']],
    ['*', 'a.b', undefined],
    ['a.*', 'a.', ['']],
    ['a.*', 'a', undefined],
    ['a.*', 'a.b', ['b']],
    ['a.*', 'b.a', undefined],
    ['*.*', 'é.ü', ['é', 'ü']],
    ['a*b', 'ab', ['']],
    ['a*b', 'axbxb', ['xbx']],
    ['a*b', 'a', undefined],
    ['ab*bc', 'abc', undefined],
    // The first takes as much as it can.
    ['*x*', 'axbxc', ['axb', 'c']],
    ['*x*x*', 'xxx', ['x', '', '']],
    ['*x*x*', 'x', undefined],
    ['a.*-*.c', 'a.1-2-3.c', ['1-2', '3']],
  ])('%s on %s', (pattern, name, groups) => {
    expect(parseWildcard(pattern).match(name)).toEqual(groups && [name, ...groups]);
  });

  it('matches and captures as a regular expression does, of which each * is ([^.]*)', () => {
    const pattern = fc
      .string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 8 })
      .map((text) => text.replace(/\*+/g, '*'));
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 }), (text, name) => {
        const source = text.replaceAll('.', '\\.').replaceAll('*', '([^.]*)');
        const expected = new RegExp(`^${source}$`).exec(name);
        expect(parseWildcard(text).match(name)).toEqual(expected === null ? undefined : [...expected]);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['', 'is empty'],
    ['a.(b)', 'has "(" at character 3; a wildcard pattern has letters, digits, "-", "_", "." and "*" only'],
    ['é', 'has "é" at character 1; a wildcard pattern has letters, digits, "-", "_", "." and "*" only'],
    ['a.**', 'has "**" at character 3; write one "*", which matches up to a dot'],
  ])('"%s" is refused: it %s', (pattern, message) => {
    expect(() => parseWildcard(pattern)).toThrow(new PatternFault(message));
  });
});
