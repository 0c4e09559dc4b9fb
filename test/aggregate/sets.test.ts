import { describe, expect, it } from 'vitest';
import type { SetSection } from '../../src/aggregate/partial.ts';
import { createSetColumn, type SetColumn } from '../../src/aggregate/sets.ts';
import { HyperLogLog } from '../../src/sketch/hyperloglog.ts';

function add(column: SetColumn, row: number, member: string): boolean {
  const bytes = Buffer.from(`<${member}>`);
  return column.add(row, bytes, 1, bytes.length - 1);
}

/** `row:member` of each exact member, in order. */
function exact({ memberLength, memberRows, memberEnds, bytes }: SetSection): string[] {
  return Array.from({ length: memberLength }, (_, index) => {
    const start = index === 0 ? 0 : memberEnds[index - 1]!;
    return `${memberRows[index]}:${Buffer.from(bytes.subarray(start, memberEnds[index])).toString()}`;
  });
}

/** Rounded estimate of each sketch by row. */
function estimated({ sketchRows, sketches }: SetSection): Record<number, number> {
  return Object.fromEntries(
    Array.from(sketchRows, (row, index) => [row, Math.round(new HyperLogLog(sketches[index]!).estimate())]),
  );
}

describe('set members', () => {
  it('are kept once for each set', () => {
    const column = createSetColumn({ setMembersPerSeries: 10, setMembers: 100 });
    const [a, b] = [column.open(5), column.open(6)];
    for (const member of ['x', 'y', 'x', '', '']) expect(add(column, a, member)).toBe(true);
    expect(add(column, b, 'x')).toBe(true);
    const section = column.swap();
    expect([section.length, section.ids[0], section.ids[1]]).toEqual([2, 5, 6]);
    expect(exact(section)).toEqual(['0:x', '0:y', '0:', '1:x']);
    expect(estimated(section)).toEqual({});
  });

  it('go into a sketch above the limit of their set', () => {
    const column = createSetColumn({ setMembersPerSeries: 2, setMembers: 100 });
    const [a, b] = [column.open(0), column.open(1)];
    for (const member of ['v', 'w', 'x', 'y', 'z', 'z']) expect(add(column, a, member)).toBe(true);
    add(column, b, 'v');
    const section = column.swap();
    expect(exact(section)).toEqual(['0:v', '0:w', '1:v']);
    expect(estimated(section)).toEqual({ 0: 3 });
  });

  it('stay exact at the limit, however often they are sent again', () => {
    const column = createSetColumn({ setMembersPerSeries: 2, setMembers: 3 });
    const [a, b] = [column.open(0), column.open(1)];
    for (let round = 0; round < 3; round++) {
      for (const member of ['v', 'w']) add(column, a, member);
      add(column, b, 'x');
    }
    const section = column.swap();
    expect(exact(section)).toEqual(['0:v', '0:w', '1:x']);
    expect(estimated(section)).toEqual({});
  });

  it('go into sketches above the limit of all sets', () => {
    const column = createSetColumn({ setMembersPerSeries: 10, setMembers: 2 });
    const [a, b] = [column.open(0), column.open(1)];
    for (const member of ['v', 'w', 'x']) add(column, a, member);
    add(column, b, 'x');
    const section = column.swap();
    expect(exact(section)).toEqual(['0:v', '0:w']);
    expect(estimated(section)).toEqual({ 0: 1, 1: 1 });
  });

  it('are refused when there are too many sketches, unless they are known', () => {
    const column = createSetColumn({ setMembersPerSeries: 1, setMembers: 1_000_000 });
    const sets = 4097;
    for (let row = 0; row < sets; row++) {
      column.open(row);
      add(column, row, 'first');
    }
    const taken = Array.from({ length: sets }, (_, row) => add(column, row, 'second'));
    expect(taken.filter((one) => one).length).toBe(4096);
    expect(taken.at(-1)).toBe(false);
    expect(add(column, sets - 1, 'first')).toBe(true);
    expect(add(column, 0, 'third')).toBe(true);
    expect(column.swap().sketches.length).toBe(4096);
    column.open(0);
    add(column, 0, 'first');
    expect(add(column, 0, 'second')).toBe(true);
  });

  it('share nothing with the next window', () => {
    const column = createSetColumn({ setMembersPerSeries: 1, setMembers: 10 });
    const fill = () => {
      const row = column.open(3);
      for (const member of ['x', 'y']) add(column, row, member);
      return column.swap();
    };
    const [first, second] = [fill(), fill()];
    expect([exact(first), estimated(first)]).toEqual([['0:x'], { 0: 1 }]);
    expect([exact(second), estimated(second)]).toEqual([['0:x'], { 0: 1 }]);
  });
});
