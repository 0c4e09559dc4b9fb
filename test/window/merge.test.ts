import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { type Partial, transferList } from '../../src/partial/partial.ts';
import type { MetricType, Window } from '../../src/plugin.ts';
import type { Identity } from '../../src/protocol/identity.ts';
import type { KeptGauge } from '../../src/window/kept-gauges.ts';
import { contents, openMerger, openShard, pointsOf, windowsOf } from '../helper/shard.ts';

const bytes = (text: string) => Buffer.from(text);

/** One window of these lines through one shard. */
function windowFor(lines: string, settings = {}): Window {
  const { shard, intake } = openShard();
  intake.lines(bytes(lines));
  return windowsOf(openMerger({ percentiles: [50, 90], ...settings }))(shard.handOver(1, false));
}

/** Of the window that everything belongs to. */
const END = 1000;

const anyLine = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: -9, max: 9 })).map(([name, value]) => `${name}:${value}|c`),
  fc
    .tuple(fc.constantFrom('g', 'h'), fc.constantFrom('', '+', '-'), fc.nat(9))
    .map(([name, sign, value]) => `${name}:${sign}${value}|g`),
  fc
    .tuple(fc.constantFrom('ms', 'h', 'd'), fc.nat(50), fc.constantFrom('', '|@0.5', '|@0.25'))
    .map(([type, value, rate]) => `t:${value}|${type}${rate}`),
  fc.tuple(fc.constantFrom('u', 'v'), fc.nat(12)).map(([name, member]) => `${name}:m${member}|s`),
  fc
    .tuple(
      fc.constantFrom('c', 'g'),
      fc.constantFrom('1', '-2', '3:4'),
      fc.constantFrom('', '|@0.5'),
      fc.integer({ min: 5, max: 7 }),
    )
    .map(([type, values, rate, second]) => `p:${values}|${type}${rate}|T${second}`),
  fc.constantFrom('a:1|c|#host:x', 'a:1|c|#host:y,host:x', 'a:1|c|#host:,dd.internal.card:low', 'a;host=x:1|c'),
  fc.constantFrom('a:1|c|#x:1,y:2', 'a:1|c|#y:2,x:1', 'a;x=1:1|c|#y:2'),
);

/** All of a window but the time stamps. */
const whole = (window: Window) => ({ ...contents(window), points: pointsOf(window), account: window.account.received });

describe('split and merge', () => {
  it('gives the same window however the lines are spread over shards and partials', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyLine, fc.nat(2), fc.boolean()), { maxLength: 60 }),
        fc.boolean(),
        fc.record({ timerValuesPerSeries: fc.constantFrom(3, 1000), setMembersPerSeries: fc.constantFrom(3, 1000) }),
        (steps, backwards, limits) => {
          let now = 0;
          const clock = () => now;
          const one = openShard(limits, 0, clock);
          const many = [0, 1, 2].map((index) => openShard(limits, index, clock));
          const partials: Partial[] = [];
          for (const [line, index, handOver] of steps) {
            now++;
            one.intake.lines(bytes(line));
            many[index]!.intake.lines(bytes(line));
            if (handOver) partials.push(many[index]!.shard.handOver(END, false, now % 2 === 0));
          }
          now++;
          for (const { shard } of many) partials.push(shard.handOver(END, false));
          if (backwards) partials.sort((a, b) => b.shard - a.shard);
          const settings = { percentiles: [50, 90], limits: { ...defaultSettings.limits, ...limits } };
          const expected = whole(windowsOf(openMerger(settings))(one.shard.handOver(now, false)));
          expect(whole(windowsOf(openMerger(settings))(...partials))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same windows however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 30 }), fc.array(fc.nat(300), { maxLength: 8 }), (lines, cuts) => {
        const text = lines.join('\n');
        const { shard, intake } = openShard();
        const stream = intake.stream();
        const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length])].sort(
          (a, b) => a - b,
        );
        places.slice(1).forEach((end, index) => {
          stream.push(bytes(text.slice(places[index], end)));
        });
        stream.end();
        const window = windowsOf(openMerger({ percentiles: [50, 90] }))(shard.handOver(1, false));
        expect(whole(window)).toEqual(whole(windowFor(text)));
      }),
      { numRuns: 300 },
    );
  });

  it('survives the way to another thread', () => {
    const { shard, intake } = openShard({ timerValuesPerSeries: 2, setMembersPerSeries: 1 });
    intake.lines(bytes('a:1|c\ng:+1|g\nt:1:2:3:4|ms|@0.5\nu:x|s\nu:y|s\n_e{1,1}:a|b\n_sc|a|0'));
    const partial = shard.handOver(1, false);
    const copy = structuredClone(partial, { transfer: transferList(partial) });
    expect(partial.counters.sums.byteLength).toBe(0);
    const window = windowsOf(openMerger({ percentiles: [] }))(copy);
    expect(contents(window)).toMatchObject({ 'counter a': 1, 'gauge g': 1, 'set u': 2 });
    expect([window.events.length, window.serviceChecks.length]).toEqual([1, 1]);
  });

  it('refuses a partial of another version', () => {
    const { shard } = openShard();
    const partial = { ...shard.handOver(1, false), version: 99 } as unknown as Partial;
    expect(() => openMerger().merge([partial], 0, 1, () => [])).toThrow('version "99", must be 8');
  });
});

describe('a window', () => {
  it('has sums and rates of its real length', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('a:3|c\na:1|c|@0.1'));
    const window = openMerger().merge([shard.handOver(1, false)], 10_000, 12_500, () => []);
    expect([...window.series]).toEqual([
      { type: 'counter', name: 'a', tags: [], updated: true, value: 13, rate: 5.2, seenMs: 10_000, seenOrder: 1 },
    ]);
    expect([window.startMs, window.endMs, window.intervalMs, window.seriesCount]).toEqual([10_000, 12_500, 10_000, 1]);
  });

  it('has weighted statistics and quantiles', () => {
    const [series] = [...windowFor('t:10|ms|@0.1\nt:1|ms').series];
    if (series?.type !== 'timer') throw new Error('no timer');
    const { percentiles, stddev: _, ...rest } = series.statistics;
    expect(rest).toEqual({ count: 11, sum: 101, sumSquares: 1001, min: 1, max: 10, mean: 101 / 11, median: 10 });
    expect([...percentiles]).toEqual([
      [50, 10],
      [90, 10],
    ]);
    expect([series.quantile(0), series.quantile(0.09), series.quantile(0.1), series.quantile(1)]).toEqual([
      1, 1, 10, 10,
    ]);
  });

  it('has the sketch of a distribution, below the limit of exact values as above', () => {
    for (const timerValuesPerSeries of [1000, 5]) {
      const { shard, intake } = openShard({ timerValuesPerSeries });
      for (let value = 1; value <= 100; value++) intake.lines(bytes(`d:${value}|d`));
      const [series] = [...windowsOf(openMerger({ percentiles: [90] }))(shard.handOver(1, false)).series];
      if (series?.type !== 'distribution') throw new Error('no distribution');
      const bins = [...series.sketch.positiveBins()];
      expect([series.sketch.count, series.sketch.sum, bins.length]).toEqual([100, 5050, 93]);
      expect(bins[0]).toEqual([0, 1]);
      expect(Math.abs(series.quantile(0.5) - 50)).toBeLessThanOrEqual(0.5);
      expect(Math.abs(series.statistics.percentiles.get(90)! - 90)).toBeLessThanOrEqual(0.9);
    }
  });

  it('estimates sets above the limit of exact members', () => {
    const { shard, intake } = openShard({ setMembersPerSeries: 100 });
    for (let member = 0; member < 5000; member++) intake.lines(bytes(`u:member${member}|s`));
    const { 'set u': value } = contents(windowsOf(openMerger())(shard.handOver(1, false)));
    expect(Math.abs((value as number) - 5000)).toBeLessThan(5000 * 0.0081 * 4);
  });

  it('has one series for all spellings of it', () => {
    expect(contents(windowFor('a:1|c|#x:1,y:2\na:1|c|#y:2,x:1,x:1\na;y=2:1|c|#x:1\na;x=1;y=2:1|c'))).toEqual({
      'counter a{x:1,y:2}': 4,
    });
  });

  it('lists series by type and in the order in which they were first seen', () => {
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger({ percentiles: [] }));
    intake.lines(bytes('z:1|c\nt:1|ms\na:1|c\ng:1|g'));
    next(shard.handOver(1, false));
    intake.lines(bytes('a:1|c\ng:1|g\nz:1|c'));
    expect([...next(shard.handOver(2, false)).series].map(({ name }) => name)).toEqual(['z', 'a', 'g']);
  });
});

describe('gauges over windows', () => {
  it('say when they were set or changed last, whichever was later', () => {
    let now = 0;
    const shards = [0, 1].map((index) => openShard({}, index, () => now));
    const send = (index: number, line: string) => {
      now++;
      shards[index]!.intake.lines(bytes(line));
    };
    send(0, 'a:1|g');
    send(1, 'b:2|g');
    send(0, 'c:+3|g');
    send(1, 'a:+4|g');
    send(0, 'b:-1|g');
    send(1, 'b:7|g');
    const window = windowsOf(openMerger())(...shards.map(({ shard }) => shard.handOver(1, false)));
    const gauges = [...window.series].flatMap((one) => (one.type === 'gauge' ? [one] : []));
    const times = gauges.map(({ name, value, setMs }) => [name, value, Math.floor(setMs!)]).sort();
    expect(times).toEqual([
      ['a', 5, 4],
      ['b', 7, 6],
      ['c', 3, 3],
    ]);
  });

  it('hold their value, take changes of later windows, and tell that they were idle', () => {
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger());
    const values = ['g:5|g', '', 'g:+3|g', 'g:-10|g', 'g:0|g\ng:+1|g', ''].map((lines) => {
      intake.lines(bytes(lines));
      const [series] = [...next(shard.handOver(1, false)).series];
      return series?.type === 'gauge' ? [series.value, series.updated] : undefined;
    });
    expect(values).toEqual([
      [5, true],
      [5, false],
      [8, true],
      [-2, true],
      [1, true],
      [1, false],
    ]);
  });

  it('start from 0 when the first that comes is a change', () => {
    expect(contents(windowFor('g:-5|g\nh:+5|g'))).toEqual({ 'gauge g': -5, 'gauge h': 5 });
  });

  it('outlive the raw keys of the shard', () => {
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger());
    intake.lines(bytes('g:5|g'));
    for (let window = 0; window < 12; window++)
      expect(contents(next(shard.handOver(1, false)))).toEqual({ 'gauge g': 5 });
    intake.lines(bytes('g:+1|g'));
    expect(contents(next(shard.handOver(1, false)))).toEqual({ 'gauge g': 6 });
  });

  it('let no late set of an earlier window win', () => {
    let now = 0;
    const [early, late] = [0, 1].map((index) => openShard({}, index, () => now));
    const next = windowsOf(openMerger());
    now = 1;
    late!.intake.lines(bytes('g:1|g'));
    const latePartial = late!.shard.handOver(1, false);
    now = 2;
    early!.intake.lines(bytes('g:2|g'));
    expect(contents(next(early!.shard.handOver(1, false)))).toEqual({ 'gauge g': 2 });
    expect(contents(next(latePartial))).toEqual({ 'gauge g': 2 });
  });
});

describe('idle series', () => {
  it('vanish or stay as "expire" says', () => {
    const expire = { ...defaultSettings.expire, counter: 2000, timer: 1000, gauge: 3000 };
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger({ expire, percentiles: [] }));
    intake.lines(bytes('c:1|c\nt:7|ms\ng:5|g\nu:x|s'));
    const seen = Array.from({ length: 5 }, () => contents(next(shard.handOver(1, false))));
    expect(seen.map((found) => Object.keys(found))).toEqual([
      ['counter c', 'gauge g', 'set u', 'timer t'],
      ['counter c', 'gauge g', 'timer t'],
      ['counter c', 'gauge g'],
      ['gauge g'],
      [],
    ]);
    expect([seen[1]!['counter c'], (seen[1]!['timer t'] as { count: number }).count]).toEqual([0, 0]);
  });

  it('give their room back', () => {
    const limits = { ...defaultSettings.limits, series: 3 };
    const { shard, intake } = openShard();
    const merger = openMerger({ limits });
    let known = 0;
    let endMs = 0;
    for (let window = 0; window < 200; window++) {
      intake.lines(bytes(`c${window % 2}:1|c\nonce${window - (window % 10)}:1|c`));
      endMs += 1000;
      merger.merge([shard.handOver(1, false)], endMs - 1000, endMs, ({ series }) => {
        known = series;
        return [];
      });
    }
    expect(known).toBeLessThanOrEqual(5);
  });
});

describe('limits', () => {
  it('fold what is over the number of series into one for each type', () => {
    const limits = { ...defaultSettings.limits, series: 2 };
    expect(contents(windowFor('a:1|c\nb:1|c\nc:1|c\nd:1|c', { limits }))).toEqual({
      'counter a': 1,
      'counter b': 1,
      'counter statsdrain.overflow.counter': 2,
    });
  });

  it('fold what is over the number of series of a name into one of that name', () => {
    const limits = { ...defaultSettings.limits, seriesPerName: 2 };
    const folded: number[] = [];
    const { shard, intake } = openShard();
    intake.lines(bytes('a:1|c|#i:1\na:1|c|#i:2\na:1|c|#i:3\na:1|c|#i:4\nb:1|c'));
    const window = openMerger({ limits }).merge([shard.handOver(1, false)], 0, 1000, (state) => {
      folded.push(state.folded);
      return [];
    });
    expect(contents(window)).toEqual({
      'counter a{i:1}': 1,
      'counter a{i:2}': 1,
      'counter a{statsdrain_overflow:true}': 2,
      'counter b': 1,
    });
    expect(folded).toEqual([2]);
  });
});

it('has the own series of the server, which are never held', () => {
  const own = [
    { type: 'counter', name: 'statsdrain.x', tags: ['a:1'], value: 3 },
    { type: 'gauge', name: 'statsdrain.y', tags: [], value: 4 },
  ] as const;
  const merger = openMerger();
  expect(contents(merger.merge([], 0, 1000, () => [...own]))).toEqual({
    'counter statsdrain.x{a:1}': 3,
    'gauge statsdrain.y': 4,
  });
  expect(contents(merger.merge([], 1000, 2000, () => []))).toEqual({});
});

describe('a gauge from before the start', () => {
  const gauge = { name: 'g', tags: ['a:1'], value: 7, idleMs: 0 };

  function restored(settings: globalThis.Partial<Settings> = {}, ...gauges: readonly KeptGauge[]) {
    const { shard, intake } = openShard();
    const merger = openMerger(settings);
    const back = gauges.map(merger.restoreGauge);
    const window = windowsOf(merger);
    const next = (text = '') => {
      intake.lines(bytes(text));
      return contents(window(shard.handOver(1, false)));
    };
    return { merger, back, next };
  }

  it('is in the first window, though nothing came', () => {
    const { back, next } = restored({}, gauge, { ...gauge, name: 'nan', value: Number.NaN });
    expect(back).toEqual([true, true]);
    expect(next()).toEqual({ 'gauge g{a:1}': 7, 'gauge nan{a:1}': Number.NaN });
    expect(next()).toEqual({ 'gauge g{a:1}': 7, 'gauge nan{a:1}': Number.NaN });
  });

  it('goes on with a change, and is set by a value', () => {
    const { next } = restored({}, gauge, { ...gauge, name: 'h' });
    expect(next('g:+3|g|#a:1\nh:2|g|#a:1')).toEqual({ 'gauge g{a:1}': 10, 'gauge h{a:1}': 2 });
    expect(next('g:-4|g|#a:1')).toEqual({ 'gauge g{a:1}': 6, 'gauge h{a:1}': 2 });
  });

  it('expires when it would have, and stays away where it has', () => {
    const expire = { ...defaultSettings.expire, gauge: 5000 };
    const { back, next } = restored(
      { expire },
      { ...gauge, name: 'gone', idleMs: 5001 },
      { ...gauge, name: 'old', idleMs: 3500 },
      { ...gauge, name: 'young', idleMs: 2500 },
    );
    expect(back).toEqual([false, true, true]);
    expect(next()).toEqual({ 'gauge old{a:1}': 7, 'gauge young{a:1}': 7 });
    expect(next()).toEqual({ 'gauge young{a:1}': 7 });
    expect(next()).toEqual({});
  });

  it('takes no room beyond the limits, and gives way to what is sent', () => {
    const limits = { ...defaultSettings.limits, series: 2 };
    const kept = ['a', 'b', 'c'].map((name, at) => ({ name, tags: [], value: at, idleMs: 1000 }));
    const { back, next } = restored({ limits }, ...kept);
    expect(back).toEqual([true, true, false]);
    expect(next('new:1|c')).toEqual({ 'counter new': 1, 'gauge b': 1 });
    const few = restored({ limits: { ...defaultSettings.limits, keyBytes: 400 } }, ...kept);
    expect(few.back).toEqual([true, false, false]);
    const names = restored({ limits: { ...defaultSettings.limits, seriesPerName: 1 } }, gauge, {
      ...gauge,
      tags: ['b'],
    });
    expect(names.back).toEqual([true, false]);
  });

  it('does not come back over one that is there', () => {
    const { merger, next } = restored();
    next('g:1|g|#a:1');
    expect(merger.restoreGauge(gauge)).toBe(false);
    expect(next()).toEqual({ 'gauge g{a:1}': 1 });
  });

  it('is not taken for one that only ever fell', () => {
    const { merger, next } = restored({}, gauge);
    for (let times = 0; times < 5; times++) next('g:-1|g|#a:1');
    expect(merger.takeFalling()).toBeUndefined();
  });
});

describe('a host', () => {
  it('is a part of the identity, in whatever style and place it was sent, and no tag', () => {
    const window = windowFor(
      'a:1|c\na:2|c|#host:x\na:4|c|#b,host:x\na;host=x:8|c|#b\na:16|c|#host:\na:32|c|#host:y,b,host:x',
    );
    expect(Array.from(window.series, ({ tags, host }) => ({ tags, host }))).toEqual([
      { tags: [], host: undefined },
      { tags: [], host: 'x' },
      { tags: ['b'], host: 'x' },
      { tags: [], host: '' },
    ]);
    expect(contents(window)).toEqual({
      'counter a': 1,
      'counter a{host:x}': 2,
      'counter a{b,host:x}': 44,
      'counter a{host:}': 16,
    });
  });

  it.each(['c', 'g', 'ms', 'h', 'd', 's'])('is that of a series of type %s', (type) => {
    const [series] = windowFor(`a:1|${type}|#z,host:x,a`).series;
    expect(series).toMatchObject({ name: 'a', tags: ['a', 'z'], host: 'x' });
    const [without] = windowFor(`a:1|${type}|#z,a`).series;
    expect('host' in without!).toBe(false);
  });

  it('counts as a tag where a name may have so many series', () => {
    const lines = Array.from({ length: 5 }, (_, at) => `a:1|c|#host:h${at}`).join('\n');
    const window = windowFor(lines, { limits: { ...defaultSettings.limits, seriesPerName: 2 } });
    expect(contents(window)).toEqual({
      'counter a{host:h0}': 1,
      'counter a{host:h1}': 1,
      'counter a{statsdrain_overflow:true}': 3,
    });
  });
});

describe('points with a time of their own', () => {
  it('are in no series, and no rate is applied to them', () => {
    const window = windowFor('a:1:2|c|@0.1|T5|#t\na:5|c|T5|#t\na:1|c|T6|#t,host:h\ng:1|g|T5\ng:+2|g|T5\nn:1|c');
    expect(contents(window)).toEqual({ 'counter n': 1 });
    expect(window.seriesCount).toBe(1);
    expect(pointsOf(window)).toEqual(['counter a{t} at 5: 8', 'counter a{t} on "h" at 6: 1', 'gauge g at 5: 2']);
    expect(window.account).toMatchObject({ received: 6, aggregated: 6 });
  });

  it('leave nothing behind: no zero, no gauge that is held, nothing in the next window', () => {
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger({ expire: { ...defaultSettings.expire, counter: 60_000 } }));
    intake.lines(bytes('a:1|c|T5\ng:1|g|T5'));
    expect(pointsOf(next(shard.handOver(1, false)))).toHaveLength(2);
    const after = next(shard.handOver(2, false));
    expect([...after.series, ...after.points]).toEqual([]);
  });

  it('are those of all shards, of a gauge the one that came last', () => {
    let now = 0;
    const shards = [0, 1].map((index) => openShard({}, index, () => now));
    const send = (index: number, line: string) => {
      now++;
      shards[index]!.intake.lines(bytes(line));
    };
    send(1, 'g:1|g|T5|#x,y');
    send(0, 'g:2|g|T5|#y,x');
    send(0, 'c:2|c|T5');
    send(1, 'c:3|c|T5');
    send(1, 'g:3|g|T6');
    const window = windowsOf(openMerger())(...shards.map(({ shard }) => shard.handOver(1, false)));
    expect(pointsOf(window)).toEqual(['counter c at 5: 5', 'gauge g at 6: 3', 'gauge g{x,y} at 5: 2']);
  });

  it('have the names that they were sent with also when their keys were idle for long', () => {
    const { shard, intake } = openShard();
    const next = windowsOf(openMerger());
    for (let window = 0; window < 30; window++) {
      const isSent = window % 10 < 3;
      if (isSent) intake.lines(bytes(`a.${window % 2}:${window}|c|T5`));
      const points = pointsOf(next(shard.handOver(window + 1, false)));
      expect(points).toEqual(isSent ? [`counter a.${window % 2} at 5: ${window}`] : []);
    }
  });

  it('are named, and blocked, by the rules of a view', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('a-b:1|c|T5\na_b:2|c|T5\nsecret:4|c|T5\ng-x:1|g|T5\nsecret:1|g'));
    const rules = {
      mapping: { apply: (_type: MetricType, one: Identity) => (one.name === 'secret' ? undefined : one) },
      naming: {
        id: 'clean',
        rename: (_type: MetricType, one: Identity) => ({ ...one, name: one.name.replace('-', '_') }),
      },
    };
    const window = windowsOf(openMerger({}, rules))(shard.handOver(1, false));
    expect(contents(window)).toEqual({});
    expect(pointsOf(window)).toEqual(['counter a_b at 5: 3', 'gauge g_x at 5: 1']);
  });

  it('have the scale of a rule, and what else it says', () => {
    const { shard, intake } = openShard();
    intake.lines(bytes('a:1|c|T5\na:2|c|T5\ng:3|g|T5'));
    const series = { help: 'Bytes.', ttlMs: 2000 };
    const mapping = { apply: (_type: MetricType, one: Identity) => ({ ...one, rule: { scale: 1024, series } }) };
    const window = windowsOf(openMerger({}, { mapping }))(shard.handOver(1, false));
    expect(pointsOf(window)).toEqual(['counter a at 5: 3072', 'gauge g at 5: 3072']);
    expect(window.points.map(({ rule }) => rule)).toEqual([series, series]);
  });

  it('go to an overflow series where there is no room for their names', () => {
    const window = windowFor('a:1|c\nb:1|c|T5\nc:2|c|T5', { limits: { ...defaultSettings.limits, series: 1 } });
    expect(contents(window)).toEqual({ 'counter a': 1 });
    expect(pointsOf(window)).toEqual(['counter statsdrain.overflow.counter at 5: 3']);
  });
});
