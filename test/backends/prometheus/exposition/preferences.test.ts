import { expect, it } from 'vitest';
import { preferencesOf } from '../../../../backends/prometheus/exposition/preferences.ts';

it.each([
  ['', []],
  ['gzip', [['gzip', 1, {}]]],
  [
    ' GZIP ; Q=0.5 , *;q=0',
    [
      ['gzip', 0.5, {}],
      ['*', 0, {}],
    ],
  ],
  ['text/plain; Version=0.0.4;q=.3', [['text/plain', 0.3, { version: '0.0.4' }]]],
  ['a/b;x="1,2;\\"3"; y', [['a/b', 1, { x: '1,2;"3' }]]],
  [',,;q=1, a', [['a', 1, {}]]],
  ['a;q=2, b;q=x, c;q=-1, d;q=, e;q=1.0', [['e', 1, {}]]],
  ['a;x="open, b', [['a', 1, { x: '"open, b' }]]],
] as const)('%j', (header, preferences) => {
  expect(preferencesOf(header).map(({ value, q, parameters }) => [value, q, Object.fromEntries(parameters)])).toEqual(
    preferences,
  );
});
