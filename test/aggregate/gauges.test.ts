import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGaugeColumn, MAX_DELTAS } from '../../src/aggregate/gauges.ts';
import type { GaugeSection } from '../../src/aggregate/partial.ts';

/** What a gauge is after this section: deltas that are newer than its last set count. */
function gaugeAfter(section: GaugeSection, row: number, before: number): number {
  let value = section.setAt[row] === Number.NEGATIVE_INFINITY ? before : section.values[row]!;
  for (let delta = 0; delta < section.deltaLength; delta++) {
    if (section.deltaRows[delta] !== row) continue;
    if (section.deltaAt[delta]! > section.setAt[row]!) value += section.deltas[delta]!;
  }
  return value;
}

describe('a gauge', () => {
  it('was never set when there were only deltas', () => {
    const column = createGaugeColumn();
    column.add(column.open(7), 3, 10);
    const { length, ids, setAt, deltaLength, deltaRows, deltas, deltaAt } = column.swap();
    expect([length, ids[0], setAt[0]]).toEqual([1, 7, Number.NEGATIVE_INFINITY]);
    expect([deltaLength, deltaRows[0], deltas[0], deltaAt[0]]).toEqual([1, 0, 3, 10]);
  });

  it('keeps the last of several sets of one instant', () => {
    const column = createGaugeColumn();
    const row = column.open(0);
    for (const value of [1, 2, 3]) column.set(row, value, 5);
    expect(column.swap().values[0]).toBe(3);
  });

  it('tells the order of two rows that were set in one instant', () => {
    const column = createGaugeColumn();
    const [first, second] = [column.open(0), column.open(1)];
    column.set(first, 1, 5);
    column.set(second, 1, 5);
    column.set(first, 1, 5);
    const { setAt } = column.swap();
    expect(setAt[0]).toBeGreaterThan(setAt[1]!);
  });

  it('keeps deltas of different instants apart, and adds those of one', () => {
    const column = createGaugeColumn();
    const row = column.open(0);
    for (const [delta, now] of [
      [1, 5],
      [2, 5],
      [4, 6],
      [8, 7],
      [16, 7],
    ] as const) {
      column.add(row, delta, now);
    }
    const { deltaLength, deltas, deltaAt } = column.swap();
    expect([...deltas.subarray(0, deltaLength)]).toEqual([3, 4, 24]);
    expect([...deltaAt.subarray(0, deltaLength)]).toEqual([5, 6, 7]);
  });

  it('goes on when its clock stands still or goes back', () => {
    const column = createGaugeColumn();
    const row = column.open(0);
    column.set(row, 10, 100);
    column.add(row, 1, 90);
    column.set(row, 20, 80);
    column.add(row, 2, 70);
    expect(gaugeAfter(column.swap(), row, 0)).toBe(22);
  });

  it('is what its operations make of it, one after the other', () => {
    const operation = fc.record({
      row: fc.nat(2),
      kind: fc.constantFrom('set' as const, 'add' as const, 'add' as const),
      value: fc.integer({ min: -9, max: 9 }),
      step: fc.constantFrom(0, 0, 1, 5),
    });
    fc.assert(
      fc.property(fc.array(fc.array(operation, { maxLength: 40 }), { maxLength: 3 }), (windows) => {
        const column = createGaugeColumn();
        const model = [0, 0, 0];
        const merged = [0, 0, 0];
        let now = 0;
        for (const operations of windows) {
          for (let row = 0; row < 3; row++) expect(column.open(row)).toBe(row);
          for (const { row, kind, value, step } of operations) {
            now += step;
            column[kind](row, value, now);
            model[row] = kind === 'set' ? value : model[row]! + value;
          }
          const section = column.swap();
          for (let row = 0; row < 3; row++) merged[row] = gaugeAfter(section, row, merged[row]!);
          expect(merged).toEqual(model);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the number of deltas', () => {
  it('does not grow with sets and deltas in turn', () => {
    const column = createGaugeColumn();
    const rows = [column.open(0), column.open(1)];
    for (let now = 0; now < 10_000; now++) {
      for (const row of rows) {
        column.set(row, now, now);
        column.add(row, row + 1, now);
      }
    }
    const section = column.swap();
    expect(section.deltaLength).toBe(2);
    expect(rows.map((row) => gaugeAfter(section, row, 0))).toEqual([10_000, 10_001]);
  });

  it('is bounded, and nothing of the deltas beyond is lost', () => {
    const column = createGaugeColumn();
    const rows = [column.open(0), column.open(1)];
    const late = column.open(2);
    const each = MAX_DELTAS / 2 + 1000;
    for (let now = 0; now < each; now++) for (const row of rows) column.add(row, 1, now);
    column.add(late, 5, each);
    column.add(late, 6, each + 1);
    const section = column.swap();
    expect(section.deltaLength).toBe(MAX_DELTAS + 1);
    expect([...rows, late].map((row) => gaugeAfter(section, row, 0))).toEqual([each, each, 11]);
  });
});
