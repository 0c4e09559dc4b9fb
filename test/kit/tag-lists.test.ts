import { expect, it } from 'vitest';
import { sharedTagLists } from '../../src/kit/tag-lists.ts';

it('gives one list for equal ones, and none for another', () => {
  const shared = sharedTagLists();
  const first = shared(['a,b', 'c']);
  expect(shared(['a,b', 'c'])).toBe(first);
  for (const other of [['a', 'b', 'c'], ['a,b,c'], ['c', 'a,b'], ['"a,b","c"'], []])
    expect(shared(other)).toEqual(other);
});

it('forgets lists when there are many', () => {
  const shared = sharedTagLists();
  const first = shared(['a']);
  for (let at = 0; at < 5000; at++) shared([String(at)]);
  expect(shared(['a'])).not.toBe(first);
  expect(shared(['a'])).toEqual(first);
});
