import { expect, it } from 'vitest';
import { createCounterColumn } from '../../src/aggregate/counters.ts';

it('sums by row, for as many rows as come, and starts anew', () => {
  const column = createCounterColumn();
  for (let window = 0; window < 3; window++) {
    const rows = 1000 * (window + 1);
    for (let id = 0; id < rows; id++) expect(column.open(id * 3)).toBe(id);
    for (let round = 1; round <= 2; round++) for (let row = 0; row < rows; row++) column.add(row, row * round);
    const { length, ids, sums } = column.swap();
    expect(length).toBe(rows);
    expect([...ids.subarray(0, length)]).toEqual(Array.from({ length: rows }, (_, row) => row * 3));
    expect([...sums.subarray(0, length)]).toEqual(Array.from({ length: rows }, (_, row) => row * 3));
  }
  expect(column.swap().length).toBe(0);
});

it('gives arrays that the next window does not write to', () => {
  const column = createCounterColumn();
  column.add(column.open(5), 1);
  const first = column.swap();
  column.add(column.open(6), 2);
  const second = column.swap();
  expect([first.ids[0], first.sums[0], second.ids[0], second.sums[0]]).toEqual([5, 1, 6, 2]);
});
