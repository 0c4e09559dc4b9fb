import { expect, it } from 'vitest';
import { createPatience } from '../../src/receive/patience.ts';

it('waits for longer with each error in a row, and gives up after five seconds of them', () => {
  const patience = createPatience();
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((nowMs) => patience.error(nowMs))).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100]);
  expect(patience.error(4999)).toBe(100);
  expect(patience.error(5000)).toBeUndefined();
});

it('begins anew when something else came between', () => {
  const patience = createPatience();
  patience.error(0);
  patience.error(1);
  patience.fine();
  expect(patience.error(6000)).toBe(1);
  expect(patience.error(10_999)).toBe(2);
  expect(patience.error(11_000)).toBeUndefined();
});
