import { describe, expect, it } from 'vitest';
import { createDue } from '../../src/window/due.ts';

/** Ends of windows of 10 s while shards hand over each second. */
function ends(rounds: readonly (readonly [startMs: number, endMs: number])[], intervalMs = 10_000, originMs = 0) {
  const due = createDue();
  due.setIntervals(intervalMs, 1000, originMs);
  return rounds.map(([startMs, endMs]) => due.endOf(startMs, endMs, false));
}

/** One round for each second. */
function seconds(from: number, to: number): (readonly [number, number])[] {
  return Array.from(
    { length: to - from },
    (_, second) => [(from + second) * 1000, (from + second + 1) * 1000] as const,
  );
}

describe('windows of several rounds', () => {
  it('end at multiples of their interval', () => {
    const all = ends(seconds(7, 31));
    expect(all.flatMap((end, at) => (end === undefined ? [] : [[at, end]]))).toEqual([
      [2, 10_000],
      [12, 20_000],
      [22, 30_000],
    ]);
  });

  it('are counted from the origin', () => {
    expect(ends(seconds(3, 17), 10_000, 3000).filter((end) => end !== undefined)).toEqual([13_000]);
  });

  it('end with each round where the interval is no longer', () => {
    expect(ends([[1234, 2222]], 1000)).toEqual([2222]);
  });

  it('end at the last multiple where the machine slept over one', () => {
    expect(ends([...seconds(3, 5), [5000, 43_000], [43_000, 44_000]])).toEqual([
      undefined,
      undefined,
      40_000,
      undefined,
    ]);
  });

  it('end at most an interval after the clock was set back', () => {
    const back = seconds(12, 31);
    const all = ends([[95_000, 96_000], ...back]);
    expect(all.filter((end) => end !== undefined)).toEqual([20_000, 30_000]);
  });

  it('end with the last round', () => {
    const due = createDue();
    due.setIntervals(10_000, 1000, 0);
    expect(due.endOf(3000, 3456, true)).toBe(3456);
  });
});
