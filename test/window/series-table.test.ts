import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Expire, type Limits } from '../../src/config/settings.ts';
import { COUNTER, GAUGE, SET, TIMER } from '../../src/protocol/codes.ts';
import type { Identity } from '../../src/protocol/identity.ts';
import { createSeriesTable } from '../../src/window/series-table.ts';

const id = (name: string, ...tags: string[]): Identity => ({ name, tags });

function open(limits: Partial<Limits> = {}, expire: Partial<Expire> = {}) {
  const table = createSeriesTable(
    { ...defaultSettings.limits, ...limits },
    { ...defaultSettings.expire, gauge: 0, ...expire },
  );
  return table;
}

describe('a series', () => {
  it('is one for each type, name and list of tags', () => {
    const table = open();
    const numbers = [
      table.resolve(COUNTER, id('a')),
      table.resolve(GAUGE, id('a')),
      table.resolve(COUNTER, id('b')),
      table.resolve(COUNTER, id('a', 'x')),
      table.resolve(COUNTER, id('a', 'x', 'y')),
      table.resolve(COUNTER, id('ax')),
    ];
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(table.resolve(COUNTER, id('a', 'x'))).toBe(3);
    expect([table.size, table.limit]).toEqual([6, 6]);
    expect([table.identity(3), table.type(1), table.type(3)]).toEqual([id('a', 'x'), GAUGE, COUNTER]);
  });

  it.each(['__proto__', 'constructor', 'toString', ' ', '\ufffd'])('may be called %j', (name) => {
    const table = open({ seriesPerName: 1 });
    expect(table.resolve(COUNTER, id(name))).toBe(0);
    expect(table.resolve(COUNTER, id(name))).toBe(0);
    expect([table.identity(0).name, table.size, table.takeFolded()]).toEqual([name, 1, 0]);
  });

  it('lives while a key stands for it', () => {
    const table = open();
    const series = table.resolve(COUNTER, id('a'));
    table.retain(series);
    table.retain(series);
    table.release(series);
    table.collect(series, 1000);
    expect(table.isLive(series)).toBe(true);
    table.release(series);
    table.collect(series, 1000);
    expect([table.isLive(series), table.size]).toEqual([false, 0]);
    table.collect(series, 1000);
    expect(table.size).toBe(0);
  });

  it('gives its number to another when it is gone', () => {
    const table = open();
    for (const name of ['a', 'b', 'c']) table.resolve(TIMER, id(name, 't'));
    table.collect(1, 1000);
    expect(table.resolve(GAUGE, id('d'))).toBe(1);
    expect([table.identity(1), table.type(1), table.limit]).toEqual([id('d'), GAUGE, 3]);
    expect(table.resolve(TIMER, id('b', 't'))).toBe(3);
  });

  it('is held for as long as its type says', () => {
    const table = open({}, { counter: 5000, timer: 0, gauge: Number.POSITIVE_INFINITY });
    const [counter, timer, gauge, set] = [COUNTER, TIMER, GAUGE, SET].map((type) => table.resolve(type, id('a')));
    const all = [counter!, timer!, gauge!, set!];
    const held = (endMs: number) => all.map((series) => table.isHeld(series, endMs));
    expect(held(10_000)).toEqual([false, false, false, false]);
    for (const series of all) table.update(series, 10_000);
    expect(held(15_000)).toEqual([true, false, true, false]);
    expect(held(15_001)).toEqual([false, false, true, false]);
    for (const series of all) table.collect(series, 15_001);
    expect(all.map((series) => table.isLive(series))).toEqual([false, false, true, false]);
    expect(held(1e15)).toEqual([false, false, true, false]);
  });

  it('is not held for what a series of the same number received', () => {
    const table = open({}, { counter: 5000 });
    const first = table.resolve(COUNTER, id('a'));
    table.update(first, 1000);
    table.collect(first, 9000);
    expect(table.resolve(COUNTER, id('b'))).toBe(first);
    expect(table.isHeld(first, 9001)).toBe(false);
  });

  it('follows other settings', () => {
    const table = open({ series: 1 }, { counter: 0 });
    const series = table.resolve(COUNTER, id('a'));
    table.update(series, 1000);
    expect(table.isHeld(series, 2000)).toBe(false);
    table.setLimits({ ...defaultSettings.limits, series: 2 }, { ...defaultSettings.expire, counter: 1000 });
    expect(table.isHeld(series, 2000)).toBe(true);
    expect(table.identity(table.resolve(COUNTER, id('b'))).name).toBe('b');
  });
});

describe('limits', () => {
  it('fold what is over the number of series into one for each type', () => {
    const table = open({ series: 2 });
    table.resolve(COUNTER, id('a'));
    table.resolve(COUNTER, id('b'));
    const [c, d, e] = [id('c', 'x'), id('d'), id('e')].map((identity) => table.resolve(COUNTER, identity));
    expect([c === d, d === e, table.identity(c!)]).toEqual([true, true, id('statsdrain.overflow.counter')]);
    expect(table.identity(table.resolve(GAUGE, id('f'))).name).toBe('statsdrain.overflow.gauge');
    expect(table.resolve(COUNTER, id('a'))).toBe(0);
    expect([table.takeFolded(), table.takeFolded()]).toEqual([4, 0]);
  });

  it('fold what is over the number of series of a name into one of that name', () => {
    const table = open({ seriesPerName: 2 });
    table.resolve(COUNTER, id('a', '1'));
    table.resolve(COUNTER, id('a', '2'));
    const third = table.resolve(COUNTER, id('a', '3'));
    expect(table.identity(third)).toEqual(id('a', 'statsdrain_overflow:true'));
    expect(table.resolve(COUNTER, id('a', '4'))).toBe(third);
    expect(table.identity(table.resolve(COUNTER, id('b', '1')))).toEqual(id('b', '1'));
    expect(table.takeFolded()).toBe(2);
  });

  it('count series that live: one that is gone makes room', () => {
    const table = open({ series: 10, seriesPerName: 1 });
    const first = table.resolve(COUNTER, id('a', '1'));
    table.collect(first, 1000);
    expect(table.identity(table.resolve(COUNTER, id('a', '2')))).toEqual(id('a', '2'));
    expect(table.takeFolded()).toBe(0);
  });

  it('count what is left of a name when one of it is gone', () => {
    const table = open({ seriesPerName: 2 });
    const first = table.resolve(COUNTER, id('a', '1'));
    table.resolve(COUNTER, id('a', '2'));
    table.collect(first, 1000);
    expect(table.identity(table.resolve(COUNTER, id('a', '3')))).toEqual(id('a', '3'));
    expect(table.identity(table.resolve(COUNTER, id('a', '4')))).toEqual(id('a', 'statsdrain_overflow:true'));
  });

  it('are not for the server’s own series, which are never held', () => {
    const table = open({ series: 0, seriesPerName: 0 }, { counter: 5000 });
    const own = table.resolveOwn(COUNTER, id('statsdrain.x', 'a:1'));
    expect(table.identity(own)).toEqual(id('statsdrain.x', 'a:1'));
    expect(table.resolveOwn(COUNTER, id('statsdrain.x', 'a:1'))).toBe(own);
    table.update(own, 1000);
    expect(table.isHeld(own, 1001)).toBe(false);
    table.collect(own, 1001);
    expect([table.isLive(own), table.takeFolded()]).toEqual([false, 0]);
  });
});

it('agrees with a map of what is retained, whatever comes and goes', () => {
  const step = fc.record({
    kind: fc.constantFrom('use' as const, 'use' as const, 'drop' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    tag: fc.constantFrom('', 'x', 'y', 'z'),
    type: fc.constantFrom(COUNTER, GAUGE),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const table = open();
      const model = new Map<string, { series: number; references: number }>();
      let most = 0;
      for (const { kind, name, tag, type } of steps) {
        const key = `${type} ${name} ${tag}`;
        const known = model.get(key);
        if (kind === 'use') {
          const series = table.resolve(type, id(name, ...(tag === '' ? [] : [tag])));
          if (known !== undefined) expect(series).toBe(known.series);
          table.retain(series);
          model.set(key, { series, references: (known?.references ?? 0) + 1 });
        } else if (known !== undefined) {
          table.release(known.series);
          table.collect(known.series, 0);
          if (known.references === 1) model.delete(key);
          else model.set(key, { ...known, references: known.references - 1 });
        }
        most = Math.max(most, model.size);
        expect(table.size).toBe(model.size);
      }
      expect(table.limit).toBe(most);
      for (const [key, { series }] of model) {
        const { name, tags } = table.identity(series);
        expect(`${table.type(series)} ${name} ${tags.join()}`).toBe(key);
      }
      expect(new Set([...model.values()].map(({ series }) => series)).size).toBe(model.size);
    }),
    { numRuns: 500 },
  );
});
