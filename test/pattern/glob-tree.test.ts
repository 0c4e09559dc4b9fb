import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGlobTree } from '../../src/pattern/glob-tree.ts';

function treeOf(patterns: readonly string[], ordered = true) {
  const tree = createGlobTree(ordered);
  for (const [rule, pattern] of patterns.entries()) tree.add(pattern, rule);
  return (name: string) => {
    const found = tree.find(name);
    return found === undefined ? undefined : [patterns[found.rule], ...found.captures];
  };
}

describe('one pattern', () => {
  it.each([
    ['test.dispatcher.*.*.*', 'test.dispatcher.Foo.send.ok', ['Foo', 'send', 'ok']],
    ['*.signup.*.*', 'a.signup.b.c', ['a', 'b', 'c']],
    ['x.*', 'x.a.b', undefined],
    ['x.*', 'x', undefined],
    ['x.*', 'x.', ['']],
    ['*', 'test', ['test']],
    ['*', 'a.b', undefined],
    ['a.b', 'a.b', []],
    ['Foo.*', 'foo.a', undefined],
    ['constructor.*', 'constructor.__proto__', ['__proto__']],
    ['a.**', 'a.b.c', ['b.c']],
    ['a.**', 'a.b', ['b']],
    ['a.**', 'a.', ['']],
    ['a.**', 'a', undefined],
    ['*.x.**', 'a.x.b.c', ['a', 'b.c']],
    ['**', 'a.b', ['a.b']],
  ])('%s and %s', (pattern, name, captures) => {
    expect(treeOf([pattern])(name)).toEqual(captures === undefined ? undefined : [pattern, ...captures]);
  });
});

describe('several', () => {
  const patterns = ['a.*', 'a.b', 'a.b', '*.b', 'backtrack.*.bbb', 'backtrack.just.aaa', '*.*.*'];
  it.each([
    ['a.b', 'a.*', 'a.b'],
    ['a.z', 'a.*', 'a.*'],
    ['q.b', '*.b', '*.b'],
    ['backtrack.just.bbb', 'backtrack.*.bbb', 'backtrack.*.bbb'],
    ['backtrack.just.aaa', 'backtrack.just.aaa', 'backtrack.just.aaa'],
    // The exporter does not come back from `backtrack.just` where a glob of all stars fits too.
    ['backtrack.just.other', '*.*.*', '*.*.*'],
    ['none', undefined, undefined],
  ])('%s: %s in order, %s as the most specific', (name, inOrder, specific) => {
    expect(treeOf(patterns)(name)?.[0]).toBe(inOrder);
    expect(treeOf(patterns, false)(name)?.[0]).toBe(specific);
  });
});

it('finds what trying one pattern after the other finds', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const pattern = fc
    .tuple(fc.array(fc.oneof(part, fc.constant('*')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([parts, rest]) => (rest ? [...parts, '**'] : parts));
  const name = fc.array(part, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 12 }), name, (patterns, parts) => {
      const fits = (globs: readonly string[]) =>
        (globs.at(-1) === '**' ? globs.length <= parts.length : globs.length === parts.length) &&
        globs.every((glob, at) => glob.startsWith('*') || glob === parts[at]);
      const first = patterns.find(fits);
      // A literal goes before a `*`, and that before a `**`; the part on the left counts most.
      const order = new Map([
        ['*', '1'],
        ['**', '2'],
      ]);
      const rank = (globs: readonly string[]) => globs.map((glob) => order.get(glob) ?? '0').join('');
      const specific = patterns.filter(fits).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
      const texts = patterns.map((globs) => globs.join('.'));
      expect(treeOf(texts)(parts.join('.'))?.[0]).toBe(first?.join('.'));
      expect(treeOf(texts, false)(parts.join('.'))?.[0]).toBe(specific?.join('.'));
    }),
  );
});
