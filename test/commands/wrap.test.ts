import { expect, it } from 'vitest';
import { fill, table, wrap } from '../../src/commands/wrap.ts';

it.each([
  ['one two three', 9, 2, 'one two\n  three'],
  ['  - one two', 8, 4, '  - one\n    two'],
  ['longer-than-that yes', 5, 0, 'longer-than-that\nyes'],
])('%j in %i columns', (text, width, indent, expected) => {
  expect(wrap(text, width, indent)).toBe(expected);
});

it('fills paragraphs anew, and leaves indented lines on lines of their own', () => {
  const long = 'word '.repeat(20).trim();
  expect(fill(`a\nb\n\n  l   ${long}\n  s   short\n`)).toBe(
    `a b\n\n  l   ${'word '.repeat(14)}word\n      word word word word word\n  s   short`,
  );
});

it('rows have two columns', () => {
  expect(
    table([
      ['--a', 'first'],
      ['--longer n', 'second'],
    ]),
  ).toBe('  --a         first\n  --longer n  second\n');
});
