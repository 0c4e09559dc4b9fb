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

describe('at a limit', () => {
  const never = { gauge: Number.POSITIVE_INFINITY };

  /** Gauges with these names, each updated a second after the one before and held by no key. */
  function openHeld(limits: Partial<Limits>, ...names: readonly string[]) {
    const forgotten: number[] = [];
    const table = createSeriesTable(
      { ...defaultSettings.limits, ...limits },
      { ...defaultSettings.expire, ...never },
      { forgotten: (series) => forgotten.push(series) },
    );
    const held = names.map((name, index) => {
      const series = table.resolve(GAUGE, id(name));
      table.update(series, 1000 * (index + 1));
      return series;
    });
    return { table, held, forgotten };
  }

  it('those give way that are only held, the longest idle first', () => {
    const { table, held, forgotten } = openHeld({ series: 4 }, 'a', 'b', 'c', 'd');
    table.retain(held[0]!);
    table.update(held[1]!, 5000);
    const name = (series: number) => table.identity(series).name;
    expect(['x', 'y'].map((one) => name(table.resolve(COUNTER, id(one))))).toEqual(['x', 'y']);
    expect(forgotten).toEqual([held[2], held[3]]);
    // What was updated in the last window is in use.
    expect(name(table.resolve(COUNTER, id('z')))).toBe('statsdrain.overflow.counter');
    expect(table.takePressure()).toEqual({
      refused: { series: 1, keyBytes: 0, seriesPerName: 0 },
      fullName: undefined,
      gaveWay: 2,
    });
    expect(table.takePressure().gaveWay).toBe(0);
  });

  it('nothing gives way to a series that its name has no room for', () => {
    const { table } = openHeld({ series: 4, seriesPerName: 1 }, 'a', 'b', 'c', 'd');
    expect(table.identity(table.resolve(GAUGE, id('d', 'tag'))).name).toBe('statsdrain.overflow.gauge');
    expect(table.takePressure().gaveWay).toBe(0);
  });

  it('of bytes as many give way as there have to, and none for a key that is larger than all', () => {
    const { table, forgotten } = openHeld({ keyBytes: 1000 }, 'a'.repeat(100), 'b'.repeat(100), 'c'.repeat(100));
    expect(table.bytes).toBe(3 * 244);
    expect(table.identity(table.resolve(COUNTER, id('x'.repeat(2000)))).name).toBe('statsdrain.overflow.counter');
    expect(forgotten).toEqual([]);
    expect(table.identity(table.resolve(COUNTER, id('x'), 500)).name).toBe('x');
    expect([forgotten.length, table.bytes]).toEqual([2, 244 + 644]);
    expect(table.takePressure().refused.keyBytes).toBe(1);
  });

  it('the server’s own series take no room', () => {
    const table = open({ series: 1 });
    for (const name of ['a', 'b', 'c']) table.resolveOwn(GAUGE, id(`statsdrain.${name}`));
    expect(table.identity(table.resolve(COUNTER, id('a'))).name).toBe('a');
    expect(table.identity(table.resolve(COUNTER, id('b'))).name).toBe('statsdrain.overflow.counter');
  });

  it('an overflow series is known as one', () => {
    const table = open({ series: 1 });
    const all = ['a', 'b'].map((name) => table.resolve(COUNTER, id(name)));
    const ofShard = table.resolve(GAUGE, id('statsdrain.overflow.gauge'));
    expect([...all, ofShard].map((series) => table.isOverflow(series))).toEqual([false, true, true]);
    expect([table.overflows, table.takeFolded()]).toEqual([2, 1]);
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
