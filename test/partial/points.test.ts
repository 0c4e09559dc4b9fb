import { describe, expect, it } from 'vitest';
import { createPoints } from '../../src/partial/points.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

function taken(points: ReturnType<typeof createPoints>): number[][] {
  const { length, ids, timestamps, values, setAt } = points.take();
  return Array.from({ length }, (_, row) => [ids[row]!, timestamps[row]!, values[row]!, setAt[row]!]);
}

describe('points with a time of their own', () => {
  it('add up by key and second, in the order in which they came first', () => {
    const points = createPoints();
    points.add(7, false, 100, 1, 0, NO_LIMIT);
    points.add(7, false, 101, 2, 0, NO_LIMIT);
    points.add(8, false, 100, 4, 0, NO_LIMIT);
    points.add(7, false, 100, 8, 1, NO_LIMIT);
    expect(points.length).toBe(3);
    expect(taken(points)).toEqual([
      [7, 100, 9, 0],
      [7, 101, 2, 0],
      [8, 100, 4, 0],
    ]);
    expect(points.length).toBe(0);
    expect(taken(points)).toEqual([]);
  });

  it('of a gauge are what came last, whatever the order in which they are added', () => {
    const points = createPoints();
    points.add(1, true, 100, 5, 20, NO_LIMIT);
    points.add(1, true, 100, 6, 10, NO_LIMIT);
    points.add(2, true, 100, 5, 20, NO_LIMIT);
    points.add(2, true, 100, 6, 20, NO_LIMIT);
    expect(taken(points)).toEqual([
      [1, 100, 5, 20],
      [2, 100, 6, 20],
    ]);
  });

  it('are no more than the limit; those that are there still take more', () => {
    const points = createPoints();
    expect(points.add(1, false, 100, 1, 0, 1)).toBe(true);
    expect(points.add(1, false, 101, 1, 0, 1)).toBe(false);
    expect(points.add(2, false, 100, 1, 0, 1)).toBe(false);
    expect(points.add(1, false, 100, 1, 0, 1)).toBe(true);
    expect(points.add(1, false, 100, 1, 0, 0)).toBe(true);
    expect(taken(points)).toEqual([[1, 100, 3, 0]]);
  });

  it('keep seconds up to 2^53 apart, and many of them', () => {
    const points = createPoints();
    const last = 2 ** 53 - 1;
    for (let second = 0; second < 5000; second++) points.add(second % 3, false, last - second, second, 0, NO_LIMIT);
    for (let second = 0; second < 5000; second++) points.add(second % 3, false, last - second, 1, 0, NO_LIMIT);
    const all = taken(points);
    expect(all.length).toBe(5000);
    expect(
      all.every(([id, timestamp, value], at) => id === at % 3 && timestamp === last - at && value === at + 1),
    ).toBe(true);
  });
});
