import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../../backends/live/store/fold.ts';
import { nearest, search } from '../../../../backends/live/store/search.ts';
import { atOnce, filledStore } from './store.ts';

const NAMES = ['page.views', 'page.views.total', 'home.page.views', 'db.query', 'Page.Errors', 'a*b'];

let store: Store;

beforeAll(async () => {
  const filled = filledStore();
  await filled.next([
    { type: 'gauge', name: 'statsdrain.page.views', value: 1 },
    ...NAMES.map((name) => ({ type: 'counter', name, value: 1 }) as const),
    ...Array.from(
      { length: 30 },
      (_, at) => ({ type: 'timer', name: 'wide', tags: [`n:${at}`], values: [1] }) as const,
    ),
  ]);
  store = filled.store;
});

const found = (query: string, limit = 50) => {
  const { series, more, names } = atOnce(search(store.index, query, limit));
  return { series: series.map(({ name }) => name.name), more, names };
};

describe('search', () => {
  it('finds a name by all of it, by its beginning and by a part, in this order, and own series last', () => {
    expect(found('page.views')).toEqual({
      series: ['page.views', 'page.views.total', 'home.page.views', 'statsdrain.page.views'],
      more: 0,
      names: 4,
    });
  });

  it.each([
    ['PAGE.VIEWS', ['page.views', 'page.views.total', 'home.page.views', 'statsdrain.page.views']],
    ['errors', ['Page.Errors']],
    ['page.*', ['page.views', 'page.views.total', 'Page.Errors']],
    ['*.query', ['db.query']],
    ['d*q*y', ['db.query']],
    ['*views*total', ['page.views.total']],
    ['page.views.total*total', []],
    ['*.views*views', []],
    ['nothing', []],
  ])('%s', (query, expected) => {
    expect(found(query).series).toEqual(expected);
  });

  it('finds one series of each name for an empty text, and tells how many more there are', () => {
    const { series, more, names } = found('');
    expect([series.length, more, names]).toEqual([8, 29, 8]);
    expect(found('', 3)).toMatchObject({ series: ['page.views', 'page.views.total', 'home.page.views'], more: 34 });
  });

  it('tells how many more of a name there are', () => {
    expect(found('wide', 5)).toEqual({ series: Array(5).fill('wide'), more: 25, names: 1 });
  });

  it('is not slowed down by a pattern', async () => {
    const { store: long, next } = filledStore();
    await next([{ type: 'counter', name: 'a'.repeat(8000), value: 1 }]);
    const before = performance.now();
    atOnce(search(long.index, `${'*a'.repeat(4000)}*b`, 10));
    expect(performance.now() - before).toBeLessThan(500);
  });

  it('finds what small letters make longer', async () => {
    const { store: few, next } = filledStore();
    await next([{ type: 'counter', name: 'İİ', value: 1 }]);
    expect(atOnce(search(few.index, 'İ*İ', 10)).names).toBe(1);
  });
});

describe('nearest', () => {
  it.each([
    ['page.view', ['page.views']],
    ['pageviews', ['page.views']],
    ['db.qurey', ['db.query']],
    ['DB.QUERY', ['db.query']],
    ['xyz', []],
    ['', []],
  ])('of %j', (query, expected) => {
    expect(atOnce(nearest(store.index, query)).slice(0, 1)).toEqual(expected);
  });

  it('are five at most, the nearest first, without own series', async () => {
    const { store: many, next } = filledStore();
    await next([
      { type: 'counter', name: 'statsdrain.x', value: 1 },
      ...['abcdefgh', 'abcdefgx', 'abcdefxx', 'abcdexgh', 'abxdefgx', 'axcdefgh', 'xxcdefgh'].map(
        (name) => ({ type: 'counter', name, value: 1 }) as const,
      ),
    ]);
    const names = atOnce(nearest(many.index, 'abcdefg1'));
    expect(names).toHaveLength(5);
    expect(names.slice(0, 2).sort()).toEqual(['abcdefgh', 'abcdefgx']);
    expect(atOnce(nearest(many.index, 'statsdrain.y'))).toEqual([]);
  });
});
