import { expect, it } from 'vitest';
import { createUnmappedNames } from '../../src/mapping/unmapped-names.ts';

it('each name is there once for each type, the latest last, and the oldest are forgotten', () => {
  const names = createUnmappedNames(3);
  for (const name of ['a', 'b', 'a', 'c']) names.add('counter', name);
  names.add('gauge', 'a');
  expect(names.list()).toEqual([
    { name: 'a', type: 'counter' },
    { name: 'c', type: 'counter' },
    { name: 'a', type: 'gauge' },
  ]);
});
