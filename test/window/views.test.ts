import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { defaultSettings, type Expire } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { Partial } from '../../src/partial/partial.ts';
import type { MetricType, Naming } from '../../src/plugin.ts';
import type { Identity } from '../../src/protocol/identity.ts';
import type { OwnSample } from '../../src/window/merger.ts';
import type { ViewRules } from '../../src/window/namer.ts';
import { createViews } from '../../src/window/views.ts';
import { contents, openShard } from '../helper/shard.ts';

const SECOND = 1000;
const START = 1_700_000_000_000;

/** Windows of one second, one behind the other, and what each view has in them. */
function open(rules: Readonly<Record<string, ViewRules>>, settings: globalThis.Partial<typeof defaultSettings> = {}) {
  const namingFailed = vi.fn();
  const views = createViews({ ...defaultSettings, ...settings }, [], { namingFailed });
  for (const [id, one] of Object.entries(rules)) atOnce(views.open(id, one));
  let endMs = START;
  let states: Record<string, { blocked: number; badNames: number }> = {};
  let series: Record<string, number> = {};
  return {
    views,
    namingFailed,
    states: () => states,
    series: () => series,
    window(partials: readonly Partial[], own: readonly OwnSample[] = []) {
      endMs += SECOND;
      states = {};
      series = {};
      const { windows } = atOnce(
        views.merge(partials, endMs - SECOND, endMs, ({ blocked, badNames, series: known }, view) => {
          states[view] = { blocked, badNames };
          series[view] = known;
          return own;
        }),
      );
      return Object.fromEntries(Array.from(windows, ([view, { window }]) => [view, contents(window)]));
    },
  };
}

const naming = (id: string, rename: Naming['rename']): ViewRules => ({ naming: { id, rename } });
const underscored = naming('_', (_type, { name, ...rest }) => ({ ...rest, name: name.replace(/[^a-z0-9]/g, '_') }));
const blocks = (what: string): ViewRules => ({
  mapping: { apply: (_type: MetricType, identity: Identity) => (identity.name === what ? undefined : identity) },
});

describe('views', () => {
  it('merge what is called alike in one of them, by type', () => {
    const { shard, intake } = openShard();
    const { window } = open({ plain: {}, underscored });
    const lines = (sign: string) => [`a${sign}b:3|c`, `t${sign}x:5|ms`, `s${sign}m:one|s`, `s${sign}m:${sign}|s`];
    intake.lines(Buffer.from([...lines('-'), ...lines('.')].join('\n')));
    const found = window([shard.handOver(1, false)]);
    expect(found.plain).toMatchObject({ 'counter a-b': 3, 'counter a.b': 3, 'set s-m': 2, 'set s.m': 2 });
    expect(found.underscored).toMatchObject({ 'counter a_b': 6, 'set s_m': 3 });
    expect(found.underscored!['timer t_x']).toMatchObject({ count: 2, sum: 10 });
    expect(Object.keys(found.underscored!)).toHaveLength(3);
  });

  it('tell of how many lines their series were in where somebody wants to know', () => {
    const { shard, intake } = openShard();
    const other = openShard({}, 1);
    const views = createViews(defaultSettings);
    for (const [id, rules] of Object.entries({ plain: {}, underscored })) atOnce(views.open(id, rules));
    const own = { type: 'counter', name: 'statsdrain.x', tags: [], value: 1 } as const;
    let endMs = START;
    const window = (partials: readonly Partial[]) => {
      endMs += SECOND;
      const { windows } = atOnce(views.merge(partials, endMs - SECOND, endMs, () => [own]));
      const linesOf = (view: string) =>
        Object.fromEntries(Array.from(windows.get(view)!.window.series, ({ name, lines }) => [name, lines]));
      return [linesOf('plain'), linesOf('underscored')];
    };
    const all = 'a-b:1|c\na.b:1|c\na.b:1|c\nt:1|ms\ns:x|s\ns:x|s';
    const none = { s: undefined, t: undefined, 'statsdrain.x': undefined };
    for (const { setLines } of [shard, other.shard]) setLines(true);
    views.setLines(new Set(['underscored']));
    intake.lines(Buffer.from(all));
    other.intake.lines(Buffer.from('a-b:5|c\ns:y|s'));
    expect(window([shard.handOver(1, false), other.shard.handOver(1, false)])).toEqual([
      { 'a-b': undefined, 'a.b': undefined, ...none },
      { a_b: 4, t: 1, s: 3, statsdrain_x: undefined },
    ]);
    views.setLines(new Set(['plain']));
    intake.lines(Buffer.from('t:2|ms'));
    expect(window([shard.handOver(2, false)])).toEqual([
      { t: 1, 'statsdrain.x': undefined },
      { t: undefined, statsdrain_x: undefined },
    ]);
  });

  it('have of gauges that are called alike the one that was set last, and what it was changed by since', () => {
    let now = 0;
    const { shard, intake } = openShard({}, 0, () => ++now);
    const { window } = open({ underscored });
    for (const line of ['a-b:3|g', 'a.b:9|g', 'a-b:+1|g']) intake.lines(Buffer.from(line));
    expect(window([shard.handOver(1, false)]).underscored).toEqual({ 'gauge a_b': 10 });
    intake.lines(Buffer.from('a-b:5|g'));
    expect(window([shard.handOver(2, false)]).underscored).toEqual({ 'gauge a_b': 5 });
  });

  it('lose nothing of others for what one blocks, or cannot name', () => {
    const { shard, intake } = openShard();
    const picky = naming('picky', (_type, series) => {
      if (series.name === 'bad') return undefined;
      if (series.name === 'throws') throw new Error('what name is that?');
      if (series.name === 'odd') return { ...series, exemplar: 't:1' as never };
      return series.name === 'nothing' ? ({ name: '' } as never) : series;
    });
    const { window, states, namingFailed } = open({ plain: {}, blocking: blocks('b'), picky });
    const types = ['c', 'g', 'ms', 'h', 'd', 's'];
    const values = ['1', '2'].flatMap((value) => types.map((type) => `b:${value}|${type}`));
    intake.lines(Buffer.from(['a:1|c', 'a:7|ms', 'b:-3|g', 'b:x|s', ...values].join('\n')));
    intake.lines(Buffer.from('bad:1|c\nthrows:1|c\nnothing:2|ms\nodd:1|c'));
    const found = window([shard.handOver(1, false)]);
    expect(Object.keys(found.plain!)).toHaveLength(12);
    const seven = { count: 1, sum: 7, min: 7, max: 7, percentiles: [7, 7, 7, 7] };
    expect(found.blocking).toMatchObject({ 'counter a': 1, 'timer a': seven, 'counter bad': 1 });
    expect(Object.keys(found.blocking!).filter((key) => key.endsWith(' b'))).toEqual([]);
    expect(found.picky).toMatchObject({ 'counter a': 1, 'timer a': seven, 'counter b': 3 });
    expect(Object.keys(found.picky!)).toHaveLength(8);
    expect(states()).toEqual({
      plain: { blocked: 0, badNames: 0 },
      blocking: { blocked: 6, badNames: 0 },
      picky: { blocked: 0, badNames: 4 },
    });
    expect(namingFailed.mock.calls.map(([error]) => (error as Error).message)).toEqual([
      'what name is that?',
      '"rename" gave no name and list of tags for "nothing"',
      '"rename" gave no name and list of tags for "odd"',
    ]);
    // They are counted for as long as they are used.
    window([shard.handOver(2, false)]);
    expect(states().blocking).toEqual({ blocked: 0, badNames: 0 });
  });

  it('give names of the server to nothing that was received', () => {
    const { shard, intake } = openShard();
    const mapping = { apply: () => ({ name: 'statsdrain.overflow.counter', tags: [] }) };
    const { window, states } = open({ only: { mapping } });
    intake.lines(Buffer.from('a:1|c'));
    expect(window([shard.handOver(1, false)]).only).toEqual({});
    expect(states().only).toEqual({ blocked: 1, badNames: 0 });
  });

  it('give names of the server to nothing that was received, whatever a back-end makes of a name', () => {
    const { shard, intake } = openShard();
    const letters = naming('letters', (_type, { name, ...rest }) => ({ ...rest, name: name.replace(/^[^a-z]+/, '') }));
    const { window, states } = open({ letters });
    const own: OwnSample = { type: 'counter', name: 'statsdrain.lines.received', tags: [], value: 3 };
    intake.lines(Buffer.from('_statsdrain.lines.received:5|c\n_statsdrain.backend.lost_windows:1|g\n_a:2|c'));
    expect(window([shard.handOver(1, false)], [own]).letters).toEqual({
      'counter a': 2,
      'counter statsdrain.lines.received': 3,
    });
    expect(states().letters).toEqual({ blocked: 0, badNames: 2 });
  });

  it('name own series and overflow series by the back-end alone, and once', () => {
    const { shard, intake } = openShard();
    const rename = vi.fn((_type: MetricType, { name, tags }: Identity) => ({ name: `x${name}`, tags }));
    const rules = { mapping: blocks('statsdrain.own').mapping, ...naming('x', rename) };
    const { window } = open({ only: rules }, { limits: { ...defaultSettings.limits, series: 1 } });
    const own: OwnSample = { type: 'gauge', name: 'statsdrain.own', tags: [], value: 3 };
    intake.lines(Buffer.from('a:1|c\nb:2|c'));
    const found = window([shard.handOver(1, false)], [own]).only;
    expect(found).toEqual({ 'counter xa': 1, 'counter xstatsdrain.overflow.counter': 2, 'gauge xstatsdrain.own': 3 });
    const calls = rename.mock.calls.length;
    window([shard.handOver(2, false)], [own]);
    expect(rename.mock.calls.length).toBe(calls);
  });

  it('that come later know every key and gauge, without a sample lost', () => {
    const first = openShard();
    const second = openShard({}, 1);
    const { views, window } = open({ plain: {} });
    first.intake.lines(Buffer.from('a-b:1|c\nhot-water:40|g|#b,a'));
    second.intake.lines(Buffer.from('a.b:1|c\nidle-gauge:7|g'));
    window([first.shard.handOver(1, false), second.shard.handOver(1, false)]);
    first.intake.lines(Buffer.from('a-b:10|c\nhot-water:+2|g|#b,a'));
    second.intake.lines(Buffer.from('a.b:100|c'));
    atOnce(views.open('later', underscored));
    const { plain, later } = window([first.shard.handOver(2, false), second.shard.handOver(2, false)]);
    expect(plain).toEqual({ 'counter a-b': 10, 'counter a.b': 100, 'gauge hot-water{a,b}': 42, 'gauge idle-gauge': 7 });
    expect(later).toEqual({ 'counter a_b': 110, 'gauge hot_water{a,b}': 42, 'gauge idle_gauge': 7 });
    atOnce(views.keep(new Set(['later'])));
    first.intake.lines(Buffer.from('a-b:5|c'));
    const { plain: gone, ...left } = window([first.shard.handOver(3, false)]);
    expect(gone).toBeUndefined();
    expect(left.later).toMatchObject({ 'counter a_b': 5 });
  });

  it('that come later do not take a key for one whose id it has', () => {
    const { shard, intake } = openShard();
    const { views, window } = open({ plain: {} });
    intake.lines(Buffer.from('old-one:1|c'));
    window([shard.handOver(1, false)]);
    for (let idle = 0; idle < 8; idle++) {
      shard.tidy();
      window([shard.handOver(2, false)]);
    }
    intake.lines(Buffer.from('new-one:1|c'));
    window([shard.handOver(3, false)]);
    atOnce(views.open('later', underscored));
    intake.lines(Buffer.from('new-one:1|c'));
    expect(window([shard.handOver(4, false)]).later).toEqual({ 'counter new_one': 1 });
  });

  it.each(['plain', 'underscored'])('that come later hear nothing of keys that are gone from the view %s', (first) => {
    const { shard, intake } = openShard();
    const gauge = 15 * SECOND;
    const rules = { [first]: { plain: {}, underscored }[first]! };
    const { views, window, series } = open(rules, { expire: { ...defaultSettings.expire, gauge } });
    intake.lines(Buffer.from('old-one:1|c\nold-two:1|g'));
    window([shard.handOver(1, false)]);
    for (let idle = 0; idle < 12; idle++) window([shard.handOver(2, false)]);
    atOnce(views.open('later', { naming: { id: 'later', rename: (_type, one) => one } }));
    window([shard.handOver(3, false)]);
    // The gauge is held, for as long as it was to be.
    expect(series()).toEqual({ [first]: 1, later: 1 });
    for (let idle = 0; idle < 4; idle++) window([shard.handOver(4, false)]);
    expect(series()).toEqual({ [first]: 0, later: 0 });
  });

  it('keep gauges as they were called before all rules, each once', () => {
    const { shard, intake } = openShard();
    const { views, window } = open({ underscored, plain: {}, blocking: blocks('a-b') });
    intake.lines(Buffer.from('a-b:1|g\nc:2|g'));
    window([shard.handOver(1, false)]);
    const kept = [...atOnce(views.keepGauges())];
    expect(kept).toEqual([
      { name: 'a-b', tags: [], value: 1, idleMs: 0 },
      { name: 'c', tags: [], value: 2, idleMs: 0 },
    ]);
    const after = open({ blocking: blocks('a-b'), underscored });
    expect(kept.map(after.views.restoreGauge)).toEqual([true, true]);
    expect(after.window([])).toEqual({
      blocking: { 'gauge c': 2 },
      underscored: { 'gauge a_b': 1, 'gauge c': 2 },
    });
  });

  it('keep of a gauge what it is by itself, where one of them has it together with others', () => {
    // Both are called alike there, whichever of the names is the one of the series.
    for (const alike of ['together', 'a', 'b']) {
      const together = naming('together', (_type, { tags }) => ({ name: alike, tags }));
      for (const rules of [
        { together, plain: {} },
        { together, underscored },
      ]) {
        const { views, window } = open(rules);
        const bench = openShard();
        for (const line of ['b:7|g', 'a:1|g', 'b:8|g', 'a:2|g']) bench.intake.lines(Buffer.from(line));
        window([bench.shard.handOver(1, false)]);
        const kept = [...atOnce(views.keepGauges())];
        expect(kept.map(({ name, value }) => `${name} ${value}`).sort()).toEqual(['a 2', 'b 8']);
      }
    }
  });

  it('take of gauges from before that are called alike the one that was idle for less', () => {
    for (const ages of [
      [10, 500],
      [500, 10],
    ]) {
      const { views, window } = open({ underscored });
      views.restoreGauge({ name: 'a-b', tags: [], value: 1, idleMs: ages[0]! });
      views.restoreGauge({ name: 'a.b', tags: [], value: 2, idleMs: ages[1]! });
      expect(window([]).underscored).toEqual({ 'gauge a_b': ages[0]! < ages[1]! ? 1 : 2 });
    }
  });

  it('give way before rules that take their time have been asked about many keys', () => {
    let asked = 0;
    const slow = (id: string) =>
      naming(id, (_type, series) => {
        asked++;
        return series;
      });
    const most = (steps: Iterator<unknown>) => {
      let found = 0;
      for (let before = asked, done = false; !done; before = asked) {
        done = steps.next().done === true;
        found = Math.max(found, asked - before);
      }
      return found;
    };
    for (const first of [{ plain: {} }, { slow: slow('slow') }]) {
      const { shard, intake } = openShard();
      for (let name = 0; name < 1000; name++) intake.lines(Buffer.from(`a-${name}:1|c\nb-${name}:1|g`));
      const { views } = open(first);
      expect(most(views.merge([shard.handOver(1, false)], 0, 1000, () => []))).toBeLessThanOrEqual(64);
      expect(most(views.open('later', slow('later')))).toBeLessThanOrEqual(64);
    }
    expect(asked).toBeGreaterThanOrEqual(3 * 2000);
  });

  it('have limits of their own', () => {
    const { shard, intake } = openShard();
    const limits = { ...defaultSettings.limits, series: 2 };
    const { window } = open({ plain: {}, one: naming('one', (_t, { tags }) => ({ name: 'one', tags })) }, { limits });
    intake.lines(Buffer.from('a:1|c\nb:1|c\nc:1|c'));
    const found = window([shard.handOver(1, false)]);
    expect(found.plain).toEqual({ 'counter a': 1, 'counter b': 1, 'counter statsdrain.overflow.counter': 1 });
    expect(found.one).toEqual({ 'counter one': 3 });
  });

  it('share the memory for names and tags', () => {
    const { shard, intake } = openShard();
    const limits = { ...defaultSettings.limits, keyBytes: 1024 * 1024 };
    const alone = open({ plain: {} }, { limits });
    const both = open({ plain: {}, underscored }, { limits });
    // 2,000 series of some 200 bytes: two thirds of the limit are for series.
    for (let name = 0; name < 2000; name++) intake.lines(Buffer.from(`some-name-that-is-rather-long-${name}:1|c`));
    const partial = shard.handOver(1, false);
    expect(Object.keys(alone.window([partial]).plain!)).toHaveLength(2000);
    const { plain, underscored: other } = both.window([partial]);
    const sum = (found: object) => Object.values(found).reduce((all: number, value: number) => all + value, 0);
    expect([sum(plain!), sum(other!)]).toEqual([2000, 2000]);
    expect(Object.keys({ ...plain, ...other })).toContain('counter statsdrain.overflow.counter');
  });

  it('are numbered anew each for itself', () => {
    let now = 0;
    const { shard, intake } = openShard({}, 0, () => ++now);
    const { window } = open({ plain: {}, underscored, blocking: blocks('keep-me') });
    for (let name = 0; name < 70_000; name++) intake.lines(Buffer.from(`some-${name}:1|c`));
    intake.lines(Buffer.from('keep-me:1|g'));
    window([shard.handOver(1, false)]);
    for (let idle = 0; idle < 9; idle++) {
      intake.lines(Buffer.from('keep-me:+1|g\nkeep.me:0|ms'));
      window([shard.handOver(2, false)]);
    }
    intake.lines(Buffer.from('keep-me:+1|g'));
    const found = window([shard.handOver(3, false)]);
    expect(found.plain).toEqual({ 'gauge keep-me': 11 });
    expect(found.underscored).toEqual({ 'gauge keep_me': 11 });
    expect(found.blocking).toEqual({});
  });

  it('remember no place of keys that are gone', () => {
    const { shard, intake } = openShard();
    const { views, window } = open({ plain: {}, blocking: blocks('some-69999') });
    for (let name = 0; name < 70_000; name++) intake.lines(Buffer.from(`some-${name}:1|c`));
    window([shard.handOver(1, false)]);
    for (let idle = 0; idle < 10; idle++) window([shard.handOver(2, false)]);
    intake.lines(Buffer.from('a:1|c\nsome-69999:1|c'));
    const found = window([shard.handOver(3, false)]);
    expect(found).toEqual({ plain: { 'counter a': 1, 'counter some-69999': 1 }, blocking: { 'counter a': 1 } });
    let steps = 0;
    for (const told = views.open('later', underscored); told.next().done !== true; ) steps++;
    expect(steps).toBeLessThan(100);
  });
});

const expire: Expire = { counter: 2000, gauge: 1000, timer: 0, histogram: 3000, distribution: 1000, set: 2000 };

interface Sample {
  readonly type: 'c' | 'g' | 'ms' | 's';
  readonly name: 'a-b' | 'a.b' | 'a_b' | 'no';
  readonly sign: '' | '+' | '-';
  readonly value: number;
  readonly shard: number;
}

const types = { c: 'counter', g: 'gauge', ms: 'timer', s: 'set' } as const;

/** Lists of all samples, renamed one by one. */
function naiveModel(rename: (name: string) => string | undefined) {
  const updated = new Map<string, number>();
  const gauges = new Map<string, number>();
  return (samples: readonly Sample[], endMs: number): Record<string, unknown> => {
    const bySeries = new Map<string, Sample[]>();
    for (const one of samples) {
      const name = rename(one.name);
      if (name === undefined) continue;
      const key = `${types[one.type]} ${name}`;
      bySeries.set(key, [...(bySeries.get(key) ?? []), one]);
      updated.set(key, endMs);
    }
    const found: Record<string, unknown> = {};
    for (const [key, lastMs] of updated) {
      const own = bySeries.get(key) ?? [];
      const numbers = own.map(({ sign, value }) => Number(sign + value));
      const type = key.split(' ')[0] as MetricType;
      if (type === 'gauge') {
        let value = gauges.get(key) ?? 0;
        for (const one of own) value = one.sign === '' ? one.value : value + Number(one.sign + one.value);
        gauges.set(key, value);
      }
      if (endMs - lastMs > expire[type]) continue;
      const sum = numbers.reduce((all, one) => all + one, 0);
      if (type === 'gauge') found[key] = gauges.get(key);
      else if (type === 'counter') found[key] = sum;
      else if (type === 'set') found[key] = new Set(own.map(({ sign, value }) => sign + value)).size;
      else
        found[key] = {
          count: numbers.length,
          sum,
          min: Math.min(...numbers),
          max: Math.max(...numbers),
          percentiles: [],
        };
    }
    return found;
  };
}

const sample: fc.Arbitrary<Sample> = fc.record({
  type: fc.constantFrom(...(Object.keys(types) as Sample['type'][])),
  name: fc.constantFrom('a-b', 'a.b', 'a_b', 'no'),
  sign: fc.constantFrom('', '+', '-'),
  value: fc.integer({ min: 1, max: 50 }),
  shard: fc.nat(1),
});

it('two views in one process are those of a model that renames every sample', () => {
  const plainOnly = (_type: MetricType, series: Identity) => (series.name === 'no' ? undefined : series);
  const windows = fc.array(fc.array(sample, { maxLength: 30 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(windows, (all) => {
      let now = 0;
      const shards = [0, 1].map((index) => openShard({}, index, () => now));
      const rules = { blocking: { mapping: { apply: plainOnly } }, underscored };
      const { window } = open(rules, { expire, percentiles: [] });
      const blocking = naiveModel((name) => (name === 'no' ? undefined : name));
      const renaming = naiveModel((name) => name.replace(/[^a-z0-9]/g, '_'));
      all.forEach((samples, index) => {
        for (const { type, name, sign, value, shard } of samples) {
          now++;
          shards[shard]!.intake.lines(Buffer.from(`${name}:${sign}${value}|${type}`));
        }
        const endMs = START + (index + 1) * SECOND;
        now = (index + 1) * SECOND;
        const found = window(shards.map(({ shard }) => shard.handOver(endMs, false)));
        expect(found).toEqual({ blocking: blocking(samples, endMs), underscored: renaming(samples, endMs) });
      });
    }),
    { numRuns: 150 },
  );
});

it('views that are opened and closed at any time know every key', () => {
  const names = { plain: (name: string) => name, underscored: (name: string) => name.replace(/[^a-z0-9]/g, '_') };
  const rules: Readonly<Record<keyof typeof names, ViewRules>> = { plain: {}, underscored };
  const step = fc.record({
    samples: fc.array(sample, { maxLength: 12 }),
    /** Views that are open from this window on. */
    wanted: fc.subarray(Object.keys(names) as (keyof typeof names)[], { minLength: 1 }),
    /** Windows without a sample before it: keys are forgotten after some. */
    idle: fc.constantFrom(0, 0, 0, 7),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
      let now = 0;
      const shards = [0, 1].map((index) => openShard({}, index, () => ++now));
      const { views, window } = open({}, { expire: { ...expire, gauge: 0, counter: 0, set: 0 }, percentiles: [] });
      const next = () => window(shards.map(({ shard }) => shard.handOver(1, false)));
      for (const { samples, wanted, idle } of steps) {
        for (let empty = 0; empty < idle; empty++) next();
        for (const view of wanted) atOnce(views.open(view, rules[view]));
        atOnce(views.keep(new Set(wanted)));
        // Absolute values: those that were known before a view was opened are not what this is about.
        const sent = samples.map((one): Sample => ({ ...one, sign: one.type === 'ms' ? one.sign : '' }));
        for (const { type, name, sign, value, shard } of sent) {
          shards[shard]!.intake.lines(Buffer.from(`${name}:${sign}${value}|${type}`));
        }
        const expected = wanted.map((view) => [view, naiveModel(names[view])(sent, START)]);
        expect(next()).toEqual(Object.fromEntries(expected));
      }
    }),
    { numRuns: 150 },
  );
});
