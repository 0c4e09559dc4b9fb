import { describe, expect, it } from 'vitest';
import { culpritsOf, type NameBytes } from '../../src/window/culprits.ts';

const many = (count: number, bytes: number, nameOf: (index: number) => string): NameBytes[] =>
  Array.from({ length: count }, (_, index) => [nameOf(index), bytes] as const);

/** With whole percents. */
function culprits(...entries: readonly NameBytes[]) {
  return culpritsOf(entries).map(({ pattern, share }) => [pattern, Math.round(share * 100)]);
}

describe('what takes the most', () => {
  it('is nothing where there is nothing', () => {
    expect(culprits()).toEqual([]);
  });

  it('is a name with many series', () => {
    expect(culprits(...many(90, 10, () => 'http.requests'), ...many(100, 1, (i) => `x${i}.y`))).toEqual([
      ['http.requests', 90],
      ['x*', 10],
    ]);
  });

  it('is what names have in common, up to the numbers that tell them apart', () => {
    expect(culprits(...many(1000, 5, (i) => `churn.user.${i}.login`), ['a', 100], ['b', 50])).toEqual([
      ['churn.user.*', 97],
    ]);
  });

  it('is told by beginning where several families are large', () => {
    const found = culprits(...many(100, 6, (i) => `app.user.${i}`), ...many(100, 4, (i) => `app.session.${i}`));
    expect(found).toEqual([
      ['app.user.*', 60],
      ['app.session.*', 40],
    ]);
  });

  it('is everything where names have nothing in common', () => {
    expect(culprits(...[...'abcdefghijklmnop'].map((name) => [name, 1] as const))).toEqual([['*', 100]]);
  });

  it('is at most three, each with a tenth at least, and cut to 60 characters', () => {
    const found = culprits(['a', 30], ['b', 30], ['c'.repeat(100), 30], ['d', 30]);
    expect(found.length).toBe(3);
    expect(culprits(['x'.repeat(100), 1])).toEqual([[`${'x'.repeat(60)}…`, 100]]);
  });

  it('is found in a moment among names of 1 kB', () => {
    expect(culprits(...many(20_000, 1000, (i) => `${'n'.repeat(1000)}${i}`))).toEqual([[`${'n'.repeat(60)}…`, 100]]);
  });
});
