import { describe, expect, it } from 'vitest';
import { createSeriesTable } from '../../../../frontends/http/rules/series.ts';

describe('a table of series', () => {
  it('takes as many as may be', () => {
    const table = createSeriesTable<string>(2, 1000, () => 0);
    expect(['a', 'b', 'c'].map((key) => table.add(key, () => key))).toEqual(['a', 'b', undefined]);
    expect(['a', 'b', 'c'].map(table.find)).toEqual(['a', 'b', undefined]);
  });

  it('forgets what is idle, and keeps what is used', () => {
    let nowMs = 0;
    const table = createSeriesTable<string>(2, 1000, () => nowMs);
    table.add('used', () => 'used');
    table.add('idle', () => 'idle');
    nowMs = 1000;
    expect(table.add('new', () => 'new')).toBeUndefined();
    table.find('used');
    nowMs = 2000;
    expect(table.add('new', () => 'new')).toBe('new');
    expect(['used', 'idle', 'new'].map(table.find)).toEqual(['used', undefined, 'new']);
    expect(table.size).toBe(2);
  });
});
