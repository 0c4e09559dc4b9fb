import { describe, expect, it } from 'vitest';
import { atOnce } from '../../src/kit/slices.ts';
import { createLineCounts } from '../../src/window/line-counts.ts';
import { NO_SERIES } from '../../src/window/series-table.ts';

const u32 = (...numbers: number[]) => Uint32Array.from(numbers);

function open() {
  const counts = createLineCounts();
  return {
    ...counts,
    add: (lines: Uint32Array | undefined, series: Uint32Array, limit = 10) => atOnce(counts.add(lines, series, limit)),
    column: (...rows: number[]) => atOnce(counts.column(u32(...rows))),
  };
}

describe('lines of series', () => {
  it('are those of all keys of all partials of a window', () => {
    const { want, openWindow, add, column } = open();
    want(true);
    openWindow();
    add(u32(3, 1, 2), u32(7, 5, 7));
    add(u32(4), u32(7), 5000);
    add(u32(9), u32(4999), 5000);
    expect(column(5, 6, 7, 4999)).toEqual(u32(1, 0, 9, 9));
    openWindow();
    add(undefined, u32(7));
    add(u32(1), u32(5));
    expect(column(5, 7, 9000)).toEqual(u32(1, 0, 0));
  });

  it('are counted in whole windows', () => {
    const { want, openWindow, add, column } = open();
    const one = () => add(u32(3), u32(5));
    openWindow();
    want(true);
    one();
    expect(column(5)).toBeUndefined();
    openWindow();
    want(false);
    one();
    expect(column(5)).toEqual(u32(3));
    openWindow();
    one();
    expect(column(5)).toBeUndefined();
  });

  it('go with their series when these have other numbers', () => {
    const { want, openWindow, add, column, renumber } = open();
    renumber(u32(0, 1), 4);
    want(true);
    openWindow();
    add(u32(3, 4), u32(5, 8));
    renumber(u32(NO_SERIES, NO_SERIES, NO_SERIES, NO_SERIES, NO_SERIES, NO_SERIES, NO_SERIES, NO_SERIES, 2), 1024);
    expect(column(2, 5)).toEqual(u32(4, 0));
  });
});
