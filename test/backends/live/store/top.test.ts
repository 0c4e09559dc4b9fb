import { describe, expect, it } from 'vitest';
import { topNames } from '../../../../backends/live/store/top.ts';
import { atOnce, filledStore } from './store.ts';

const shards = (count: number) =>
  Array.from(
    { length: count },
    (_, at) =>
      ({
        type: 'counter',
        name: 'wide',
        tags: [`env:${at % 2 ? 'a' : 'b'}`, `id:${at}`, 'flag'],
        value: 1,
        lines: 1,
      }) as const,
  );

describe('top', () => {
  it('lists names by lines and by series, without those of statsdrain', async () => {
    const { store, next } = filledStore();
    await next([
      { type: 'counter', name: 'statsdrain.lines.received', value: 1e6 },
      { type: 'counter', name: 'busy', value: 1, lines: 500 },
      ...shards(30),
      { type: 'gauge', name: 'busy', value: 1, lines: 10 },
    ]);
    const top = (by: 'lines' | 'series', limit = 10) => atOnce(topNames(store.index, by, 1, 10_000, limit));
    expect(top('lines')).toEqual({
      by: 'lines',
      windowMs: 10_000,
      names: [
        { name: 'busy', type: 'counter', linesPerSecond: 50, series: 1, tag: null },
        {
          name: 'wide',
          type: 'counter',
          linesPerSecond: 3,
          series: 30,
          tag: { key: 'id', values: 30, samples: ['29', '28', '27', '26', '25'] },
        },
        { name: 'busy', type: 'gauge', linesPerSecond: 1, series: 1, tag: null },
      ],
      more: 0,
    });
    expect(top('series', 1)).toMatchObject({ names: [{ name: 'wide', series: 30 }], more: 2 });
  });

  it('is of one slot: what came in none of it is not there', async () => {
    const { store, next } = filledStore();
    await next([{ type: 'counter', name: 'before', value: 1, lines: 9 }]);
    await next([{ type: 'counter', name: 'now', value: 1, lines: 1 }]);
    const names = (slot: number) =>
      atOnce(topNames(store.index, 'lines', slot, 10_000, 10)).names.map(({ name }) => name);
    expect([names(1), names(2)]).toEqual([['before'], ['now']]);
  });

  it('counts names that are not kept as more', async () => {
    const { store, next } = filledStore(2);
    await next(['a', 'b', 'c', 'd'].map((name) => ({ type: 'gauge', name, value: 1, lines: 1 }) as const));
    expect(atOnce(topNames(store.index, 'lines', 1, 10_000, 1))).toMatchObject({ names: [{ name: 'a' }], more: 3 });
  });

  it('is empty before the first window', () => {
    const { store } = filledStore();
    expect(atOnce(topNames(store.index, 'lines', 0, 0, 10))).toEqual({ by: 'lines', windowMs: 0, names: [], more: 0 });
  });

  it('takes keys of tags that are those of objects', async () => {
    const { store, next } = filledStore();
    await next([
      { type: 'counter', name: 'a', tags: ['__proto__:1'], value: 1, lines: 1 },
      { type: 'counter', name: 'a', tags: ['__proto__:2'], value: 1, lines: 1 },
    ]);
    expect(atOnce(topNames(store.index, 'series', 1, 10_000, 10)).names[0]?.tag).toEqual({
      key: '__proto__',
      values: 2,
      samples: ['2', '1'],
    });
  });
});
