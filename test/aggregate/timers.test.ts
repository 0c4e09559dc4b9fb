import { describe, expect, it } from 'vitest';
import type { TimerSection } from '../../src/aggregate/partial.ts';
import { createTimerColumn } from '../../src/aggregate/timers.ts';
import { DDSketch } from '../../src/sketch/ddsketch.ts';

const NO_LIMIT = { timerValuesPerSeries: 1_000_000, timerValues: 1_000_000 };

/** `row:value×weight` of each exact value, in order. */
function exact({ valueLength, valueRows, values, weights }: TimerSection): string[] {
  return Array.from({ length: valueLength }, (_, at) => `${valueRows[at]}:${values[at]}×${weights?.[at] ?? 1}`);
}

/** Count, smallest and largest value of each sketch by row. */
function sketched({ sketchRows, sketches }: TimerSection): Record<number, number[]> {
  return Object.fromEntries(
    Array.from(sketchRows, (row, index) => {
      const { count, min, max } = DDSketch.decode(sketches[index]!);
      return [row, [count, min, max]];
    }),
  );
}

describe('timer values', () => {
  it('are kept in order of arrival, without weights while none differs from 1', () => {
    const column = createTimerColumn(NO_LIMIT);
    const [a, b] = [column.open(10), column.open(20)];
    column.add(a, 5, 1);
    column.add(b, 3, 1);
    column.add(a, -1, 1);
    const section = column.swap();
    expect([section.length, ...section.ids.subarray(0, 2)]).toEqual([2, 10, 20]);
    expect(exact(section)).toEqual(['0:5×1', '1:3×1', '0:-1×1']);
    expect(section.weights).toBeUndefined();
    expect(section.sketchRows.length).toBe(0);
  });

  it('get weights from the first that is not 1 on, for one window', () => {
    const column = createTimerColumn(NO_LIMIT);
    const row = column.open(0);
    const weights = Array.from({ length: 2000 }, (_, at) => (at < 700 || at % 3 === 0 ? 1 : 4));
    weights.forEach((weight, at) => {
      column.add(row, at, weight);
    });
    expect(exact(column.swap())).toEqual(weights.map((weight, at) => `0:${at}×${weight}`));
    column.add(column.open(0), 1, 1);
    expect(column.swap().weights).toBeUndefined();
  });

  it('go into a sketch above the limit of their series', () => {
    const column = createTimerColumn({ ...NO_LIMIT, timerValuesPerSeries: 2 });
    const [a, b] = [column.open(0), column.open(1)];
    for (const value of [1, 2, 3, 4]) column.add(a, value, 1);
    column.add(b, 9, 1);
    column.add(a, 7, 10);
    const section = column.swap();
    expect(exact(section)).toEqual(['0:1×1', '0:2×1', '1:9×1']);
    expect(sketched(section)).toEqual({ 0: [12, 3, 7] });
  });

  it('go into sketches above the limit of all', () => {
    const column = createTimerColumn({ ...NO_LIMIT, timerValues: 3 });
    const rows = [column.open(0), column.open(1), column.open(2)];
    for (const value of [1, 2]) for (const row of rows) column.add(row, value * 10 + row, 1);
    const section = column.swap();
    expect(exact(section)).toEqual(['0:10×1', '1:11×1', '2:12×1']);
    expect(sketched(section)).toEqual({ 0: [1, 20, 20], 1: [1, 21, 21], 2: [1, 22, 22] });
  });

  it('are counted anew in each window, and follow a limit that changes', () => {
    const limits = { timerValuesPerSeries: 1, timerValues: 10 };
    const column = createTimerColumn(limits);
    const add = () => {
      const row = column.open(0);
      for (const value of [1, 2, 3]) column.add(row, value, 1);
      return exact(column.swap()).length;
    };
    expect([add(), add()]).toEqual([1, 1]);
    limits.timerValuesPerSeries = 2;
    expect(add()).toBe(2);
    limits.timerValues = 0;
    expect(add()).toBe(0);
  });
});
