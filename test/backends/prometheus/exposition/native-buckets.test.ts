import { expect, it } from 'vitest';
import { nativeBuckets } from '../../../../backends/prometheus/exposition/native-buckets.ts';

it.each([
  ['none', [], [], []],
  ['one', [[-5, 2]], [[-5, 1]], [2]],
  [
    'neighbours',
    [
      [3, 1],
      [4, 2],
    ],
    [[3, 2]],
    [1, 2],
  ],
  [
    'a gap of two is filled',
    [
      [0, 1],
      [3, 2],
    ],
    [[0, 4]],
    [1, 0, 0, 2],
  ],
  [
    'a gap of three is not',
    [
      [0, 1],
      [4, 2],
    ],
    [
      [0, 1],
      [3, 1],
    ],
    [1, 2],
  ],
  [
    'the first index may be large',
    [
      [1000, 1],
      [1001, 0.5],
    ],
    [[1000, 2]],
    [1, 0.5],
  ],
  ['or 1', [[1, 1]], [[1, 1]], [1]],
] as const)('%s', (_, buckets, spans, weights) => {
  expect(nativeBuckets(buckets)).toEqual({ spans: spans.map(([offset, length]) => ({ offset, length })), weights });
});
