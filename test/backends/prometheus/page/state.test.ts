import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageText } from '../../../backends/prometheus/render.ts';
import { createState, type StateOptions } from '../../../backends/prometheus/state.ts';
import type { Event } from '../../../src/plugin.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../../helper/window.ts';
import { parsePage } from './exposition.ts';

const MINUTE = 60_000;
const T0 = 1_700_000_010_000;

function pages(changes: Partial<StateOptions> = {}) {
  const options = { prefix: '', quantiles: [0.5, 0.9], expire: 60 * MINUTE, maxSeries: 1000, ...changes };
  const context = recordingContext();
  const state = createState(options, context);
  let lastEndMs: number | undefined;
  return {
    context,
    state,
    /** A window that begins where the one before ended. */
    fold(series: readonly SeriesInput[], more: WindowInput = {}) {
      const begin = lastEndMs === undefined || more.endMs === undefined ? {} : { startMs: lastEndMs };
      lastEndMs = more.endMs;
      return state.fold(makeWindow({ series, ...begin, ...more }));
    },
    async page() {
      const text = [...pageText(state, options.quantiles)].join('');
      parsePage(text);
      return text;
    },
    async lines() {
      const text = await this.page();
      return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    },
  };
}

const counter = (name: string, value: number, ...tags: string[]): SeriesInput => ({
  type: 'counter',
  name,
  value,
  tags,
});
const gauge = (name: string, value: number, ...tags: string[]): SeriesInput => ({ type: 'gauge', name, value, tags });
const timer = (name: string, values: number[], ...tags: string[]): SeriesInput => ({
  type: 'timer',
  name,
  values,
  tags,
});

describe('one window', () => {
  it.each<{ title: string; series: SeriesInput[]; want: string[] }>([
    { title: 'a gauge', series: [gauge('foo.bar-baz', 3)], want: ['foo_bar_baz 3'] },
    { title: 'a counter without a suffix', series: [counter('web.requests', 10)], want: ['web_requests 10'] },
    { title: 'a negative gauge', series: [gauge('temp', -5)], want: ['temp -5'] },
    {
      title: 'a timer in seconds',
      series: [timer('t', [200])],
      want: ['t{quantile="0.5"} 0.2', 't{quantile="0.9"} 0.2', 't_sum 0.2', 't_count 1'],
    },
    {
      title: 'a histogram as it is',
      series: [{ type: 'histogram', name: 'h', values: [200], tags: ['a:1'] }],
      want: ['h{a="1",quantile="0.5"} 200', 'h{a="1",quantile="0.9"} 200', 'h_sum{a="1"} 200', 'h_count{a="1"} 1'],
    },
    {
      title: 'a weighted distribution',
      series: [{ type: 'distribution', name: 'd', values: [0.5], weights: [2] }],
      want: ['d{quantile="0.5"} 0.5', 'd{quantile="0.9"} 0.5', 'd_sum 1', 'd_count 2'],
    },
    { title: 'a set', series: [{ type: 'set', name: 'users', value: 42 }], want: ['users 42'] },
    { title: 'a leading digit', series: [counter('1st.metric', 1)], want: ['_1st_metric 1'] },
    { title: 'labels', series: [counter('foo', 1, 'az:eu', 'env:prod')], want: ['foo{az="eu",env="prod"} 1'] },
    {
      title: 'other labels under one name',
      series: [counter('foo', 1, 'a:1'), counter('foo', 1, 'b:1')],
      want: ['foo{a="1"} 1', 'foo{b="1"} 1'],
    },
    { title: 'NaN', series: [gauge('foo', Number.NaN)], want: ['foo NaN'] },
    { title: '∞', series: [gauge('foo', Number.POSITIVE_INFINITY)], want: ['foo +Inf'] },
    { title: '-∞', series: [gauge('foo', Number.NEGATIVE_INFINITY)], want: ['foo -Inf'] },
    { title: 'a large value', series: [gauge('foo', 1.5e300)], want: ['foo 1.5e+300'] },
    { title: 'a quote and a backslash', series: [counter('foo', 1, 'q:a"b\\c')], want: ['foo{q="a\\"b\\\\c"} 1'] },
    { title: 'a tag twice', series: [counter('foo', 1, 'a:1', 'a:2')], want: ['foo{a="2"} 1'] },
    { title: 'a reserved label', series: [counter('foo', 1, '__name__:z')], want: ['foo{tag___name__="z"} 1'] },
    {
      title: 'quantile as a label of a summary',
      series: [timer('s', [1000], 'quantile:x')],
      want: [
        's{tag_quantile="x",quantile="0.5"} 1',
        's{tag_quantile="x",quantile="0.9"} 1',
        's_sum{tag_quantile="x"} 1',
        's_count{tag_quantile="x"} 1',
      ],
    },
    { title: 'no series', series: [], want: [] },
  ])('$title', async ({ series, want }) => {
    const { fold, lines, page, context } = pages();
    await fold(series);
    expect(await lines.call({ page })).toEqual(want);
    expect(context.losses).toEqual(new Map());
  });

  it('has one HELP and one TYPE per family', async () => {
    const { fold, page } = pages({ quantiles: [] });
    await fold([counter('c', 1, 'a:1'), counter('c', 2, 'a:2'), gauge('g', 3), { type: 'set', name: 's', value: 4 }]);
    await fold([timer('t', [5000])]);
    expect(await page()).toBe(
      [
        '# HELP c StatsD counter, summed up since it was first seen.',
        '# TYPE c counter',
        'c{a="1"} 1',
        'c{a="2"} 2',
        '# HELP g StatsD gauge.',
        '# TYPE g gauge',
        'g 3',
        '# HELP s Distinct members of a StatsD set in the last window.',
        '# TYPE s gauge',
        's 4',
        '# HELP t StatsD timer (in seconds), histogram or distribution; quantiles of the last window that had values.',
        '# TYPE t summary',
        't_sum 5',
        't_count 1',
        '',
      ].join('\n'),
    );
  });

  it('timers and histograms of one name are one summary', async () => {
    const all = pages({ quantiles: [] });
    await all.fold([timer('foo', [1, 2]), { type: 'histogram', name: 'foo', values: [3] }]);
    expect(await all.lines()).toEqual(['foo_sum 3.003', 'foo_count 3']);
  });

  it('a host is a label like others, and tells series apart', async () => {
    const all = pages();
    await all.fold([
      { type: 'counter', name: 'a', tags: ['k:v'], host: 'x', value: 1 },
      { type: 'counter', name: 'a', tags: ['k:v'], host: 'y', value: 2 },
    ]);
    await all.fold([{ type: 'counter', name: 'a', tags: ['k:v'], host: 'x', value: 4 }]);
    expect(await all.lines()).toEqual(['a{host="x",k="v"} 5', 'a{host="y",k="v"} 2']);
  });

  it('points with a time of their own are counted as lost: a page has the time of its scrape', async () => {
    const all = pages();
    await all.fold([], { points: [{ type: 'counter', name: 'a', tags: [], timestamp: 5, value: 1 }] });
    expect(await all.lines()).toEqual([]);
    expect(all.context.losses).toEqual(new Map([['unsupported', 1]]));
  });

  it('events and service checks are counted as lost', async () => {
    const event: Event = { title: 't', text: '', timestamp: 1, priority: 'low', alertType: 'info', tags: [] };
    const all = pages();
    await all.fold([], { events: [event], serviceChecks: [{ name: 'up', status: 0, timestamp: 1, tags: [] }] });
    expect(all.context.losses).toEqual(new Map([['unsupported', 2]]));
  });

  it('a prefix comes before every name but statsdrain’s own, which follow the conventions', async () => {
    const all = pages({ prefix: 'app.' });
    await all.fold([counter('hits', 1), counter('statsdrain.lines', 2)]);
    expect(await all.lines()).toEqual(['app_hits 1', 'statsdrain_lines_total 2']);
  });
});

describe('several windows', () => {
  it('counters add up, gauges and sets are the last ones', async () => {
    const all = pages();
    await all.fold([counter('c', 1.5), gauge('g', 1), { type: 'set', name: 's', value: 7 }]);
    await all.fold([counter('c', 2), gauge('g', -2), { type: 'set', name: 's', value: 3 }]);
    await all.fold([{ ...counter('c', 0), updated: false }]);
    expect(await all.lines()).toEqual(['c 3.5', 'g -2', 's 3']);
  });

  it('summaries add up, quantiles are those of the last window with values', async () => {
    const all = pages({ quantiles: [0.5] });
    await all.fold([timer('t', [100, 200, 300])]);
    await all.fold([timer('t', [5000])]);
    await all.fold([{ type: 'timer', name: 't', values: [], updated: false }]);
    await all.fold([]);
    expect(await all.lines()).toEqual(['t{quantile="0.5"} 5', 't_sum 5.6', 't_count 4']);
  });

  it('quantiles are NaN when they are more than ten minutes old', async () => {
    const all = pages({ quantiles: [0.5] });
    await all.fold([timer('t', [5000])], { endMs: T0 });
    await all.fold([], { endMs: T0 + 10 * MINUTE });
    expect(await all.lines()).toEqual(['t{quantile="0.5"} 5', 't_sum 5', 't_count 1']);
    await all.fold([], { endMs: T0 + 10 * MINUTE + 1 });
    expect(await all.lines()).toEqual(['t{quantile="0.5"} NaN', 't_sum 5', 't_count 1']);
  });

  it('a series stays as long as it is in windows, and for a while after', async () => {
    const all = pages({ expire: 2 * MINUTE });
    await all.fold([counter('c', 5), gauge('g', 1, 'a'), gauge('g', 2, 'b')], { endMs: T0 });
    await all.fold([{ ...gauge('g', 1, 'a'), updated: false }], { endMs: T0 + 2 * MINUTE });
    expect(await all.lines()).toEqual(['c 5', 'g{a="true"} 1', 'g{b="true"} 2']);
    await all.fold([], { endMs: T0 + 2 * MINUTE + 1 });
    expect(await all.lines()).toEqual(['g{a="true"} 1']);
    await all.fold([counter('c', 2)], { endMs: T0 + 9 * MINUTE });
    expect(await all.lines()).toEqual(['c 2']);
  });

  it('a name is free again when its series are gone', async () => {
    const all = pages({ expire: MINUTE });
    await all.fold([timer('x', [1]), gauge('y', 1)], { endMs: T0 });
    await all.fold([counter('x_sum', 1), counter('y', 1)], { endMs: T0 + MINUTE });
    expect(await all.lines()).toEqual(expect.arrayContaining(['x_count 1', 'y 1']));
    expect(all.context.losses).toEqual(new Map([['type_conflict', 2]]));
    await all.fold([], { endMs: T0 + MINUTE + 1 });
    await all.fold([counter('x_sum', 2), counter('y', 3)], { endMs: T0 + MINUTE + 2 });
    expect(await all.lines()).toEqual(['x_sum 2', 'y 3']);
  });
});

describe('names that meet on the page', () => {
  it('counters add up, of gauges the last one counts', async () => {
    const all = pages({ quantiles: [0.5] });
    await all.fold([
      counter('a.b', 1),
      counter('a-b', 2),
      gauge('g.x', 1),
      gauge('g_x', 2),
      timer('t.x', [1000]),
      timer('t-x', [3000]),
    ]);
    await all.fold([counter('a_b', 4)]);
    expect(await all.lines()).toEqual(['a_b 7', 'g_x 2', 't_x{quantile="0.5"} 3', 't_x_sum 4', 't_x_count 2']);
    expect(all.context.losses).toEqual(new Map());
  });

  it('so do series whose labels look the same', async () => {
    const all = pages();
    await all.fold([counter('c', 1, 'a.b:1'), counter('c', 2, 'a-b:1'), counter('c', 4), counter('c', 8, 'empty:')]);
    expect(await all.lines()).toEqual(['c{a_b="1"} 3', 'c 12']);
  });

  it.each<{ title: string; first: SeriesInput; second: SeriesInput }>([
    { title: 'counter, gauge', first: counter('x', 1), second: gauge('x', 2) },
    { title: 'gauge, set', first: gauge('x', 1), second: { type: 'set', name: 'x', value: 2 } },
    { title: 'counter, timer', first: counter('x', 1), second: timer('x', [1]) },
    { title: 'timer, counter', first: timer('x', [1]), second: counter('x', 2, 'a:1') },
    { title: 'summary, its sum', first: timer('x', [1]), second: counter('x_sum', 1) },
    { title: 'summary, its count', first: timer('x', [1]), second: gauge('x.count', 1) },
    { title: 'summary, its bucket', first: timer('x', [1]), second: gauge('x_bucket', 1) },
    { title: 'summary, its sum as a summary', first: timer('x', [1]), second: timer('x_sum', [1]) },
    { title: 'sum, its summary', first: counter('x_sum', 1), second: timer('x', [1]) },
    { title: 'count, its summary', first: counter('x_count', 1), second: timer('x', [1]) },
    { title: 'bucket, its summary', first: gauge('x_bucket', 1), second: timer('x', [1]) },
    { title: 'summaries that share a name', first: timer('x_sum', [1]), second: timer('x', [1]) },
  ])('the first type has the name: $title', async ({ first, second }) => {
    const alone = pages();
    await alone.fold([first]);
    const all = pages();
    await all.fold([first, second, gauge('other', 1)]);
    expect(await all.lines()).toEqual([...(await alone.lines()), 'other 1']);
    expect(all.context.losses).toEqual(new Map([['type_conflict', 1]]));
    await all.fold([second]);
    expect(all.context.losses).toEqual(new Map([['type_conflict', 2]]));
    expect(all.context.logged).toHaveLength(1);
    expect(all.context.logged[0]?.message).toContain(JSON.stringify(second.name));
  });

  it('the log does not grow with them', async () => {
    const all = pages({ maxSeries: 10_000 });
    const names = Array.from({ length: 500 }, (_, i) => `x${i}`);
    await all.fold([...names.map((name) => counter(name, 1)), ...names.map((name) => gauge(name, 1))]);
    expect(all.context.losses).toEqual(new Map([['type_conflict', 500]]));
    expect(all.context.logged).toHaveLength(100);
  });

  it('reserved names are refused', async () => {
    const all = pages();
    all.state.reserve(['up', 't_sum']);
    await all.fold([gauge('up', 1), timer('t', [1]), gauge('u', 1)]);
    expect(await all.lines()).toEqual(['u 1']);
    expect(all.context.losses).toEqual(new Map([['reserved_name', 2]]));
  });
});

describe('what would spoil a sum', () => {
  it.each<{ title: string; series: SeriesInput; reason: string }>([
    { title: 'a negative increment', series: counter('x', -1), reason: 'negative' },
    { title: 'a counter that is NaN', series: counter('x', Number.NaN), reason: 'not_finite' },
    { title: 'a counter that is ∞', series: counter('x', Number.POSITIVE_INFINITY), reason: 'not_finite' },
    { title: 'a timer that is NaN', series: timer('x', [Number.NaN]), reason: 'not_finite' },
    { title: 'a sum that overflows', series: timer('x', [1e308, 1e308]), reason: 'not_finite' },
  ])('$title is refused', async ({ series, reason }) => {
    const all = pages();
    await all.fold([series, counter('y', 1)]);
    expect(await all.lines()).toEqual(['y 1']);
    expect(all.context.losses).toEqual(new Map([[reason, 1]]));
  });

  it('and leaves what was there', async () => {
    const all = pages();
    await all.fold([counter('x', 5)]);
    await all.fold([counter('x', -2)]);
    expect(await all.lines()).toEqual(['x 5']);
  });
});

it('series beyond the limit are refused until others are gone', async () => {
  const all = pages({ maxSeries: 2, expire: 0 });
  await all.fold([counter('a', 1), counter('b', 1), counter('c', 1)], { endMs: T0 });
  expect(await all.lines()).toEqual(['a 1', 'b 1']);
  expect(all.context.losses).toEqual(new Map([['too_many_series', 1]]));
  await all.fold([counter('b', 1)], { endMs: T0 + 1 });
  await all.fold([counter('b', 1), counter('c', 1)], { endMs: T0 + 2 });
  expect(await all.lines()).toEqual(['b 3', 'c 1']);
});

it('a long page comes in pieces that are whole together', async () => {
  const all = pages({ maxSeries: 100_000, quantiles: [0.5] });
  await all.fold(Array.from({ length: 20_000 }, (_, i) => counter('c', i, `number:${i}`)));
  const pieces = [...pageText(all.state, [0.5])];
  expect(pieces.length).toBeGreaterThan(1);
  const family = parsePage(pieces.join('')).get('c');
  expect(family?.samples.every(({ labels, value }) => labels.get('number') === String(value))).toBe(true);
  expect(family?.samples).toHaveLength(20_000);
});

it('is valid whatever the names, tags and values', async () => {
  const word = fc.oneof(
    fc.constantFrom('x', 'x_sum', 'x.count', 'x_bucket', 'le', 'quantile', '__name__', 'x-y', 'x.y', '__proto__', ''),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({
      unit: fc.constantFrom('a', '_', '.', '-', ':', '"', '\\', '\n', '{', '}', ' ', '\uD800'),
      maxLength: 5,
    }),
  );
  const tag = fc.oneof(
    word,
    fc.tuple(word, word).map(([key, value]) => `${key}:${value}`),
  );
  const base = { name: word, tags: fc.array(tag, { maxLength: 4 }) };
  const single = fc.record({ ...base, type: fc.constantFrom('counter', 'gauge', 'set'), value: fc.double() });
  const many = fc.record({
    ...base,
    type: fc.constantFrom('timer', 'histogram', 'distribution'),
    values: fc.array(fc.double(), { maxLength: 3 }),
  });
  const windows = fc.array(fc.array(fc.oneof(single, many), { maxLength: 12 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(windows, async (given) => {
      const all = pages();
      for (const [i, series] of given.entries()) await all.fold(series as SeriesInput[], { endMs: T0 + i });
      const shown = parsePage(await all.page()).size > 0;
      const sent = given.reduce((sum, series) => sum + series.length, 0);
      const lost = [...all.context.losses.values()].reduce((sum, items) => sum + items, 0);
      expect(shown).toBe(sent > lost);
    }),
    { numRuns: 500 },
  );
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;

it.skipIf(!promtool)('promtool finds nothing wrong with sane names', async () => {
  const all = pages();
  await all.fold([
    counter('http.requests_total', 3, 'method:get', 'url:/"a"\\b'),
    gauge('room.temperature_celsius', Number.NaN),
    { type: 'set', name: 'active.users', value: 3 },
    timer('request.duration_seconds', [100, 200], 'größe:1'),
    { type: 'distribution', name: 'payload.bytes', values: [1, 2] },
  ]);
  expect(execFileSync('promtool', ['check', 'metrics'], { input: await all.page(), encoding: 'utf8' })).toBe('');
});

it('is right whichever series a window has, and in whatever order', async () => {
  const all = Array.from({ length: 40 }, (_, i): SeriesInput => {
    if (i % 4 === 3) return timer(`t${i}`, [1000], ...(i % 8 === 3 ? ['a'] : []));
    return counter(`c${i % 5}`, 1, `n:${i}`);
  });
  const window = fc.subarray(all).chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));
  await fc.assert(
    fc.asyncProperty(fc.array(window, { maxLength: 6 }), async (windows) => {
      const { fold, page } = pages();
      const times = new Map<SeriesInput, number>();
      for (const series of windows) {
        await fold(series);
        for (const one of series) times.set(one, (times.get(one) ?? 0) + 1);
      }
      const families = parsePage(await page());
      for (const [one, count] of times) {
        const name = one.type === 'timer' ? `${one.name}_count` : one.name;
        const labels = (one.tags ?? []).map((tag) => tag.split(':')).map(([key, value = 'true']) => [key, value]);
        const sample = families
          .get(one.name)
          ?.samples.find(
            (found) =>
              found.name === name && (labels.length === 0 || found.labels.get(labels[0]![0]!) === labels[0]![1]),
          );
        expect([name, sample?.value]).toEqual([name, count]);
      }
      expect(
        [...families.values()].flatMap(({ samples }) => samples).filter(({ name }) => /^c\d$|_count$/.test(name)),
      ).toHaveLength(times.size);
    }),
  );
});

it('shows few again after many are gone', async () => {
  const all = pages({ maxSeries: 10_000, expire: MINUTE, quantiles: [] });
  const many = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? counter(`c${i}`, i) : timer(`t${i}`, [1000])));
  const few = many.filter((_, i) => i % 500 < 2);
  await all.fold(many, { endMs: T0 });
  await all.fold(few, { endMs: T0 + MINUTE });
  await all.fold(few, { endMs: T0 + MINUTE + 1 });
  const want = few.flatMap((one, i) =>
    i % 2 === 0 ? [`${one.name} ${Number(one.name.slice(1)) * 3}`] : [`${one.name}_sum 3`, `${one.name}_count 3`],
  );
  expect(await all.lines()).toEqual(want);
  await all.fold(many, { endMs: T0 + MINUTE + 2 });
  expect((await all.lines()).length).toBe(2500 + 2500 * 2);
});
