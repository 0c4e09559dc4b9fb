import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../backends/live/store/fold.ts';
import { countsOf, type Kept } from '../../../../backends/live/store/names.ts';
import { tagsOf } from '../../../../backends/live/store/series-index.ts';
import type { MetricType } from '../../../../src/plugin.ts';
import { filledStore, START } from './store.ts';

const keptOf = (store: Store, type: MetricType, name: string): Kept[] => {
  const all: Kept[] = [];
  for (let kept = store.index.names.get(type, name)?.first; kept !== undefined; kept = kept.next) all.push(kept);
  return all;
};
const valuesOf = (store: Store, kept: Kept, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => store.index.valueIn(kept, from + at));

describe('series', () => {
  it('are told apart by type, name, tags and host', async () => {
    const { store, next } = filledStore();
    await next([
      { type: 'counter', name: 'a', value: 1 },
      { type: 'gauge', name: 'a', value: 2 },
      { type: 'counter', name: 'a', tags: ['x:1'], value: 3 },
      { type: 'counter', name: 'a', tags: ['x:1', 'y'], value: 4 },
      { type: 'counter', name: 'a', host: '', value: 5 },
      { type: 'counter', name: 'a', host: 'h', value: 6 },
    ]);
    expect(store.index.size).toBe(6);
    expect(
      keptOf(store, 'counter', 'a')
        .map((kept) => [tagsOf(kept), kept.host, kept.value])
        .reverse(),
    ).toEqual([
      [[], undefined, 1],
      [['x:1'], undefined, 3],
      [['x:1', 'y'], undefined, 4],
      [[], '', 5],
      [[], 'h', 6],
    ]);
  });

  it('have a value for each window in which they came', async () => {
    const { store, next } = filledStore();
    const both = (value: number) => [
      { type: 'counter', name: 'c', value } as const,
      { type: 'timer', name: 't', values: [value, value + 2] } as const,
    ];
    await next(both(1));
    await next([]);
    await next(both(3));
    await next([{ type: 'gauge', name: 'g', value: 9 }]);
    const [counter] = keptOf(store, 'counter', 'c');
    const [timer] = keptOf(store, 'timer', 't');
    expect(valuesOf(store, counter!, 1, 4)).toEqual([1, Number.NaN, 3, Number.NaN]);
    expect(valuesOf(store, timer!, 1, 4)).toEqual([2, Number.NaN, 4, Number.NaN]);
    expect([timer!.value, timer!.count, timer!.lastSeenMs]).toEqual([4, 2, START + 30_000]);
    expect(valuesOf(store, keptOf(store, 'gauge', 'g')[0]!, 3, 4)).toEqual([Number.NaN, 9]);
  });

  it('keep sixty windows', async () => {
    const { store, next } = filledStore();
    for (let value = 1; value <= 70; value++) await next([{ type: 'gauge', name: 'g', value }]);
    const [gauge] = keptOf(store, 'gauge', 'g');
    expect(valuesOf(store, gauge!, 9, 12)).toEqual([Number.NaN, Number.NaN, 11, 12]);
    expect(valuesOf(store, gauge!, 70, 71)).toEqual([70, Number.NaN]);
    for (let idle = 0; idle < 100; idle++) await next([]);
    await next([{ type: 'gauge', name: 'g', value: 5 }]);
    expect(valuesOf(store, gauge!, 112, 171)).toEqual([...Array(59).fill(Number.NaN), 5]);
  });

  it('add up over the windows of one interval', async () => {
    const { store, next } = filledStore();
    const part = (value: number, count: number, endMs: number) =>
      next(
        [
          { type: 'counter', name: 'c', value, lines: count },
          { type: 'gauge', name: 'g', value },
          { type: 'set', name: 's', value },
          { type: 'timer', name: 't', values: Array(count).fill(value) },
        ],
        { endMs },
      );
    await part(6, 1, START + 4000);
    await part(2, 3, START + 10_000);
    const found = (type: MetricType, name: string) => keptOf(store, type, name)[0]!;
    expect(found('counter', 'c')).toMatchObject({ value: 8, lines: 4, slot: 1 });
    expect(found('gauge', 'g').value).toBe(2);
    expect(found('set', 's').value).toBe(6);
    expect(found('timer', 't')).toMatchObject({ value: 3, count: 4 });
    expect(countsOf(store.index.names.get('counter', 'c')!, 1)).toEqual({ lines: 4, series: 1 });
  });

  it('that are only held are none of the window', async () => {
    const { store, next } = filledStore();
    await next([{ type: 'gauge', name: 'g', value: 1 }]);
    await next([{ type: 'gauge', name: 'g', value: 1, updated: false }]);
    expect(keptOf(store, 'gauge', 'g')[0]?.slot).toBe(1);
    expect(store.series).toBe(0);
  });
});

describe('the limit', () => {
  const many = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, at) => ({ type: 'counter', name: 'c', tags: [`id:${from + at}`], value: 1, lines: 2 }) as const,
    );

  it('keeps the first series, and counts all', async () => {
    const { store, next } = filledStore(10);
    await next(many(0, 25));
    expect([store.index.size, store.index.notKept, store.series]).toEqual([10, 15, 25]);
    expect(countsOf(store.index.names.get('counter', 'c')!, 1)).toEqual({ lines: 50, series: 25 });
    await next(many(0, 4));
    expect([store.index.notKept, store.series]).toEqual([0, 4]);
  });

  it('is one of names, too', async () => {
    const { store, next } = filledStore(3);
    await next(Array.from({ length: 5 }, (_, at) => ({ type: 'gauge', name: `g${at}`, value: 1 }) as const));
    expect([store.index.names.size, store.index.notKept, store.index.namesNotKept]).toEqual([3, 2, 2]);
    expect(store.series).toBe(5);
  });

  it('is one of text, too: names of 8 KB do not take the memory of a million', async () => {
    const { store, next } = filledStore(100);
    await next(
      Array.from({ length: 10 }, (_, at) => ({ type: 'gauge', name: `${at}`.repeat(8000), value: 1 }) as const),
    );
    expect([store.index.size, store.index.notKept]).toEqual([3, 7]);
  });

  it('makes room for others when what is kept came in none of sixty windows', async () => {
    const { store, next } = filledStore(10);
    await next(many(0, 10));
    for (let idle = 0; idle < 59; idle++) await next([{ type: 'counter', name: 'other', value: 1 }]);
    expect(keptOf(store, 'counter', 'other')).toEqual([]);
    await next([{ type: 'counter', name: 'other', value: 1 }]);
    expect([store.index.size, store.index.names.get('counter', 'c')]).toEqual([0, undefined]);
    await next([...many(100, 105), { type: 'counter', name: 'other', value: 7 }]);
    expect(store.index.size).toBe(6);
    const [other] = keptOf(store, 'counter', 'other');
    // Of its place nothing is left of the one before.
    expect(valuesOf(store, other!, 3, 62)).toEqual([...Array(59).fill(Number.NaN), 7]);
  });
});
