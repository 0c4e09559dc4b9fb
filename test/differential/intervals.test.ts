import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import { createViews, type Ends, type ViewOptions } from '../../src/window/views.ts';
import { contents, openShard } from '../helper/shard.ts';

const START = 1_700_000_000_000;

/** Rounds of a second, and the windows of views that have intervals of their own. */
function open(options: Readonly<Record<string, ViewOptions>>) {
  /** Milliseconds of a clock that is never set; each line has a moment of its own. */
  let now = 0;
  const bench = openShard({}, 0, () => (now += 0.001));
  const views = createViews({ ...defaultSettings, tickMs: 1000 });
  for (const [id, one] of Object.entries(options)) atOnce(views.open(id, one));
  let endMs = START;
  return {
    views,
    round(lines: readonly string[], final = false) {
      for (const line of lines) bench.intake.lines(Buffer.from(line));
      endMs += 1000;
      now = endMs - START;
      const own = () => [
        { type: 'counter', name: 'statsdrain.own', tags: [], value: 2 } as const,
        { type: 'gauge', name: 'statsdrain.peak', tags: [], value: (endMs / 1000) % 3, isPeak: true } as const,
      ];
      const { windows } = atOnce(
        views.merge([bench.shard.handOver(endMs, false)], endMs - 1000, endMs, own, final ? 'all' : 'due'),
      );
      return new Map(Array.from(windows, ([id, { window }]) => [id, window]));
    },
  };
}

const line = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })).map(([name, value]) => `${name}:${value}|c`),
  fc
    .tuple(fc.constantFrom('g', 'h'), fc.constantFrom('', '+', '-'), fc.integer({ min: 1, max: 9 }))
    .map(([name, sign, value]) => `${name}:${sign}${value}|g`),
  fc.tuple(fc.constantFrom('t', 'u'), fc.integer({ min: 1, max: 9 })).map(([name, value]) => `${name}:${value}|ms`),
  fc.tuple(fc.constantFrom('s'), fc.integer({ min: 1, max: 9 })).map(([name, value]) => `${name}:${value}|s`),
);

describe('views with intervals of their own', () => {
  it('have windows of their length, with the time that they took', () => {
    const { round } = open({ second: { intervalMs: 1000 }, whole: {}, half: { intervalMs: 5000 } });
    const ends: Record<string, number[]> = { second: [], whole: [], half: [] };
    for (let second = 0; second < 20; second++) {
      for (const [id, window] of round(['a:1|c'])) {
        ends[id]!.push(window.endMs - START);
        expect(window.endMs - window.startMs).toBe(window.intervalMs);
        expect(contents(window)['counter a']).toBe(window.intervalMs / 1000);
      }
    }
    expect(ends).toMatchObject({ half: [5000, 10_000, 15_000, 20_000], whole: [10_000, 20_000] });
    expect(ends.second).toHaveLength(20);
  });

  it('have in a long window what the short ones together have', () => {
    const rounds = fc.array(fc.array(line, { maxLength: 8 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(rounds, (all) => {
        const inParts = open({ five: { intervalMs: 5000 } });
        const atOnceOnly = open({ five: { intervalMs: 1000 } });
        const parts = all.map((lines) => inParts.round(lines).get('five'));
        expect(parts.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
        const whole = atOnceOnly.round(all.flat()).get('five')!;
        const { 'counter statsdrain.own': own, 'gauge statsdrain.peak': peak, ...found } = contents(parts[4]!);
        const { 'counter statsdrain.own': _own, 'gauge statsdrain.peak': _peak, ...expected } = contents(whole);
        expect(found).toEqual(expected);
        expect([own, peak]).toEqual([10, 2]);
        expect(parts[4]!.account).toMatchObject({ received: all.flat().length, aggregated: all.flat().length });
      }),
      { numRuns: 60 },
    );
  });

  it('list what was updated only, where they are asked to, and go on from the value of an idle gauge', () => {
    const { round } = open({ page: { intervalMs: 1000, updatedOnly: true } });
    const names = (lines: readonly string[]) =>
      Object.keys(contents(round(lines).get('page')!)).filter((name) => !name.includes('statsdrain.'));
    expect(names(['g:5|g', 'a:1|c'])).toEqual(['counter a', 'gauge g']);
    expect(names(['a:1|c'])).toEqual(['counter a']);
    for (let second = 0; second < 30; second++) expect(names([])).toEqual([]);
    expect(contents(round(['g:+1|g']).get('page')!)).toMatchObject({ 'gauge g': 6 });
  });

  it('list gauges from before the start once, where they list what was updated only', () => {
    const { round, views } = open({ page: { intervalMs: 1000, updatedOnly: true } });
    expect(views.restoreGauge({ name: 'kept', tags: [], value: 7, idleMs: 5000 })).toBe(true);
    const gauges = () =>
      Array.from(round(['a:1|c']).get('page')!.series).flatMap((one) =>
        one.name === 'kept' ? [[one.updated, 'value' in one && one.value]] : [],
      );
    expect([gauges(), gauges(), gauges()]).toEqual([[[false, 7]], [], []]);
  });

  it('end before their time for those who ask, and for nobody else', () => {
    const { views } = open({ page: { updatedOnly: true }, whole: {} });
    const { shard, intake } = openShard({}, 0, () => 0);
    const merge = (line: string, fromMs: number, toMs: number, ends: Ends) => {
      intake.lines(Buffer.from(line));
      const { windows } = atOnce(views.merge([shard.handOver(toMs, false)], fromMs, toMs, () => [], ends));
      return Array.from(windows, ([id, { window }]) => [id, contents(window), window.setsGoOn ?? false]);
    };
    const page = new Set(['page']);
    expect(merge('a:1|c\ns:x|s\nt:4|ms', START, START + 300, page)).toMatchObject([
      ['page', { 'counter a': 1, 'timer t': { count: 1 } }, true],
    ]);
    expect(merge('a:2|c\ns:y|s', START + 300, START + 900, page)).toMatchObject([['page', { 'counter a': 2 }, true]]);
    expect(merge('a:4|c\ns:x|s', START + 900, START + 10_000, 'due')).toMatchObject([
      ['page', { 'counter a': 4, 'set s': 2 }, false],
      ['whole', { 'counter a': 7, 'set s': 2, 'timer t': { count: 1 } }, false],
    ]);
  });

  it('count the members of sets in as much time as the configuration says', () => {
    const { round } = open({ page: { intervalMs: 1000, updatedOnly: true }, whole: {} });
    const found: unknown[] = [];
    for (let second = 1; second <= 20; second++) {
      const windows = round([`s:${second % 7}|s`, 'a:1|c']);
      const page = contents(windows.get('page')!)['set s'];
      if (page !== undefined) found.push([second, page, contents(windows.get('whole')!)['set s']]);
    }
    expect(found).toEqual([
      [10, 7, 7],
      [20, 7, 7],
    ]);
  });

  it('say when a series is new', () => {
    const { round } = open({ page: { intervalMs: 1000 } });
    const seen = (lines: readonly string[]) =>
      Array.from(round(lines).get('page')!.series, ({ name, seenMs }) => [name, seenMs]).filter(
        ([name]) => name === 'a',
      );
    expect([seen([]), seen(['a:1|c']), seen(['a:1|c'])]).toEqual([[], [['a', START + 1000]], [['a', undefined]]]);
  });

  it('begin anew where they take the place of another one, whose window has all of it', () => {
    const { round, views } = open({ old: {} });
    round(['a:1|c']);
    atOnce(views.open('new', {}));
    round(['a:2|c', 't:3|ms']);
    const cut = atOnce(views.cut(new Set(['new']), new Set(['new'])));
    expect(Array.from(cut, ([id, { window }]) => [id, contents(window)['counter a']])).toEqual([['old', 3]]);
    atOnce(views.keep(new Set(['new'])));
    const last = contents(round(['a:4|c'], true).get('new')!);
    expect(last['counter a']).toBe(4);
    expect(last['timer t']).toBeUndefined();
  });

  it('end what goes on when nothing comes any more, and when a view is closed', () => {
    const { round, views } = open({ whole: {}, half: { intervalMs: 5000 } });
    round(['a:1|c']);
    const cut = atOnce(views.cut(new Set(['whole'])));
    expect(Array.from(cut, ([id, { window }]) => [id, contents(window)['counter a']])).toEqual([['half', 1]]);
    const last = round(['a:2|c'], true);
    expect(Array.from(last, ([id, window]) => [id, contents(window)['counter a']])).toEqual([
      ['whole', 3],
      ['half', 2],
    ]);
    expect(views.goesOn).toBe(false);
  });
});
