import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLiteralIndex } from '../../src/pattern/literal-index.ts';

const lists = [['app.', '.count'], [], ['.count'], ['app.', 'web'], ['web', 'app.'], ['aa', 'aa']];

it.each<[string, readonly number[]]>([
  ['app.web.count', [0, 1, 2, 3]],
  ['web.app.count', [1, 2, 4]],
  ['.countapp.', [1, 2]],
  ['aaa', [1]],
  ['aaaa', [1, 5]],
  ['', [1]],
])('the lists that %s has are %j', (text, candidates) => {
  expect(createLiteralIndex(lists).candidates(text)).toEqual(candidates);
});

it('of any lists and text they are those whose literals follow one another', () => {
  const literal = fc.stringMatching(/^[ab]{1,3}$/);
  fc.assert(
    fc.property(fc.array(fc.array(literal, { maxLength: 3 })), fc.stringMatching(/^[abc]{0,15}$/), (given, text) => {
      const has = (list: readonly string[]) => new RegExp(list.join('[^]*')).test(text);
      const expected = given.flatMap((list, number) => (has(list) ? [number] : []));
      expect(createLiteralIndex(given).candidates(text)).toEqual(expected);
    }),
  );
});
