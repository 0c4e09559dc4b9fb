import { expect, it } from 'vitest';
import type { Partial } from '../../src/partial/partial.ts';
import { elapsedOf } from '../../src/window/elapsed.ts';

const partials = (...parts: [shard: number, elapsedMs: number][]) =>
  parts.map(([shard, elapsedMs]) => ({ shard, elapsedMs }) as Partial);

it.each<[string, [number, number][], number, number]>([
  [
    'as long as the wall clock says',
    [
      [0, 10_003],
      [1, 9998],
    ],
    10_000,
    10_000,
  ],
  ['a thread that was late by a little', [[0, 10_450]], 10_000, 10_000],
  [
    'one shard agrees: the others are late, or were opened in the middle',
    [
      [0, 21_000],
      [1, 10_001],
      [2, 300],
    ],
    10_000,
    10_000,
  ],
  [
    'several parts of one shard',
    [
      [0, 4000],
      [0, 6000],
    ],
    10_000,
    10_000,
  ],
  [
    'the clock went an hour ahead',
    [
      [0, 10_000],
      [1, 9_999],
    ],
    3_610_000,
    10_000,
  ],
  [
    'the clock went back in the middle: two parts of a window',
    [
      [0, 3000],
      [0, 10_000],
      [1, 13_001],
    ],
    10_000,
    13_001,
  ],
  [
    'a suspended machine measures nothing',
    [
      [0, 4000],
      [1, 4001],
    ],
    10_000,
    4001,
  ],
  ['short windows', [[0, 95]], 10, 10],
  ['nothing was handed over', [], 10_000, 10_000],
  ['nothing was measured', [[0, 0]], 10_000, 10_000],
])('%s', (_, parts, lengthMs, expected) => {
  expect(elapsedOf(partials(...parts), lengthMs)).toBe(expected);
});
