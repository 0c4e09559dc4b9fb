import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Encoder, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';
import { createProtobufEncoder } from '../../../../backends/prometheus/exposition/protobuf.ts';
import { createTextEncoder } from '../../../../backends/prometheus/exposition/text.ts';
import { sampler, writtenPage } from '../../../../backends/prometheus/page/walk.ts';
import type { SeriesInput } from '../../../helper/window.ts';
import { parsePage } from '../exposition.ts';
import {
  counter,
  gauge,
  histogram,
  histogramOf,
  openPages,
  ruled,
  SECOND,
  set,
  summaryOf,
  T0,
  timer,
} from './pages.ts';

describe('a series', () => {
  it.each<{ title: string; series: SeriesInput; want: string[] }>([
    { title: 'a gauge', series: gauge('foo.bar-baz', 3), want: ['foo_bar_baz 3'] },
    { title: 'a counter without a suffix', series: counter('web.requests', 10), want: ['web_requests 10'] },
    { title: 'a negative gauge', series: gauge('temp', -5), want: ['temp -5'] },
    {
      title: 'a timer in seconds',
      series: timer('t', [200]),
      want: ['t{quantile="0.5"} 0.2', 't{quantile="0.9"} 0.2', 't_sum 0.2', 't_count 1'],
    },
    {
      title: 'a histogram as it is',
      series: histogram('h', [200], 'a:1'),
      want: ['h{a="1",quantile="0.5"} 200', 'h{a="1",quantile="0.9"} 200', 'h_sum{a="1"} 200', 'h_count{a="1"} 1'],
    },
    {
      title: 'a weighted distribution',
      series: { type: 'distribution', name: 'd', values: [0.5], weights: [2] },
      want: ['d{quantile="0.5"} 0.5', 'd{quantile="0.9"} 0.5', 'd_sum 1', 'd_count 2'],
    },
    {
      title: 'what a rule makes a histogram',
      series: ruled(timer('t', [200], 'a:1'), { observer: histogramOf([0.1, 0.2]) }),
      want: [
        't_bucket{a="1",le="0.1"} 0',
        't_bucket{a="1",le="0.2"} 1',
        't_bucket{a="1",le="+Inf"} 1',
        't_sum{a="1"} 0.2',
        't_count{a="1"} 1',
      ],
    },
    { title: 'a leading digit', series: counter('1st.metric', 1), want: ['_1st_metric 1'] },
    { title: 'NaN', series: gauge('foo', Number.NaN), want: ['foo NaN'] },
    { title: '∞', series: gauge('foo', Number.POSITIVE_INFINITY), want: ['foo +Inf'] },
    { title: '-∞', series: gauge('foo', Number.NEGATIVE_INFINITY), want: ['foo -Inf'] },
    { title: 'a large value', series: gauge('foo', 1.5e300), want: ['foo 1.5e+300'] },
    { title: 'a quote and a backslash', series: counter('foo', 1, 'q:a"b\\c'), want: ['foo{q="a\\"b\\\\c"} 1'] },
    { title: 'a tag twice', series: counter('foo', 1, 'a:1', 'a:2'), want: ['foo{a="2"} 1'] },
    { title: 'a reserved label', series: counter('foo', 1, '__name__:z'), want: ['foo{tag___name__="z"} 1'] },
    {
      title: 'quantile as a label of a summary',
      series: timer('s', [1000], 'quantile:x'),
      want: [
        's{tag_quantile="x",quantile="0.5"} 1',
        's{tag_quantile="x",quantile="0.9"} 1',
        's_sum{tag_quantile="x"} 1',
        's_count{tag_quantile="x"} 1',
      ],
    },
  ])('$title', async ({ series, want }) => {
    const all = openPages();
    await all.fold([series]);
    expect(all.lines()).toEqual(want);
    expect(all.context.losses).toEqual(new Map());
  });

  it('in UTF-8 is called as it was sent, for who takes it; others see it escaped', async () => {
    const all = openPages({ names: 'utf-8', prefix: 'app.', observer: summaryOf([0.5]) });
    await all.fold([counter('größe.x_total', 1, 'a.b:1', 'c:2'), timer('t', [1000], 'é:1')]);
    expect(all.openMetrics()).toEqual([
      '{"app.größe.x_total","a.b"="1",c="2"} 1',
      `{"app.größe.x_created","a.b"="1",c="2"} ${T0 / 1000}`,
      '{"app.t","é"="1",quantile="0.5"} 1',
      '{"app.t_sum","é"="1"} 1',
      '{"app.t_count","é"="1"} 1',
      `{"app.t_created","é"="1"} ${T0 / 1000}`,
    ]);
    expect(all.lines()).toEqual([
      'app_gr__e_x_total{a_b="1",c="2"} 1',
      'app_t{_="1",quantile="0.5"} 1',
      'app_t_sum{_="1"} 1',
      'app_t_count{_="1"} 1',
    ]);
  });

  it('of a set stays until sets are counted again, and is 0 where nobody came since', async () => {
    const all = openPages();
    await all.fold([set('users', 2)], SECOND);
    for (let second = 1; second < 10; second++) {
      await all.fold([], SECOND, { setsGoOn: true });
      expect(all.lines()).toEqual(['users 2']);
    }
    await all.fold([], SECOND);
    expect(all.lines()).toEqual(['users 0']);
    await all.fold([set('users', 1)], SECOND);
    expect(all.lines()).toEqual(['users 1']);
  });

  it('has a native histogram where it is asked for', async () => {
    const all = openPages({ observer: histogramOf([1], 2) });
    await all.fold([timer('t', [250, 500, 500, 3000]), ruled(timer('u', [1]), { observer: histogramOf([1], 0) })]);
    const sampleOf = sampler(all.state, 'escaped');
    const nativeOf = (row: number) => {
      const sample = sampleOf(row, all.state.table.rows.groups[row] as Parameters<typeof sampleOf>[1]);
      return sample.type === 'histogram' ? sample.native : undefined;
    };
    const native = nativeOf(0);
    // base 2: bucket i holds 2^(i-1) < v ≤ 2^i.
    expect([native?.schema, native?.zeroCount, [...(native?.positive ?? [])]]).toEqual([
      0,
      0,
      [
        [-2, 1],
        [-1, 2],
        [2, 1],
      ],
    ]);
    expect(nativeOf(1)).toBeUndefined();
  });
});

describe('HELP', () => {
  it('and TYPE stand once for each family', async () => {
    const all = openPages({ observer: summaryOf([]) });
    const observer = histogramOf([]);
    await all.fold([counter('c', 1, 'a:1'), counter('c', 2, 'a:2'), gauge('g', 3), set('s', 4)]);
    await all.fold([set('s', 4), timer('t', [5000]), ruled(histogram('h', [5]), { observer })]);
    expect(all.text().replace(/^# HELP (\w+) \S.*\.$/gm, '# HELP $1')).toBe(
      [
        ...['# HELP c', '# TYPE c counter', 'c{a="1"} 1', 'c{a="2"} 2'],
        ...['# HELP g', '# TYPE g gauge', 'g 3'],
        ...['# HELP s', '# TYPE s gauge', 's 4'],
        ...['# HELP t', '# TYPE t summary', 't_sum 5', 't_count 1'],
        ...['# HELP h', '# TYPE h histogram', 'h_bucket{le="+Inf"} 1', 'h_sum 5', 'h_count 1'],
        '',
      ].join('\n'),
    );
  });

  it('is that of the first rule that has one', async () => {
    const all = openPages();
    await all.fold([ruled(gauge('x', 1, 'a:1'), { ttlMs: 1000 }), ruled(gauge('x', 1, 'a:2'), { help: 'One\n\\.' })]);
    await all.fold([ruled(gauge('x', 1, 'a:3'), { help: 'Two.' }), ruled(gauge('x', 1, 'a:1'), { help: 'Three.' })]);
    expect(all.text()).toContain('# HELP x One\\n\\\\.\n');
  });

  it("of statsdrain's own series says what they are", async () => {
    const own = { meaning: 'Datagrams dropped.' };
    const all = openPages({}, (name) => (name === 'statsdrain.drops' ? (own as never) : undefined));
    await all.fold([counter('statsdrain.drops', 1)]);
    expect(all.text()).toContain('# HELP statsdrain_drops_total Datagrams dropped.\n');
  });

  it('never holds what came over the wire', async () => {
    const all = openPages({ observer: summaryOf([]) });
    const secret = 's3cret';
    await all.fold([counter(`a.${secret}`, 1, `b:${secret}`), gauge('g', 1, secret), timer('t', [1], `${secret}:1`)]);
    const helps = parsePage(all.text());
    for (const { help } of helps.values()) expect(help).toMatch(/^StatsD /);
    for (const { help } of helps.values()) expect(help).not.toContain(secret);
  });
});

it('a long page comes in pieces that are whole together', async () => {
  const all = openPages({ maxSeries: 100_000 });
  await all.fold(Array.from({ length: 10_000 }, (_, i) => counter('c', i, `number:${i}`)));
  const pieces = [...writtenPage(all.state, createTextEncoder('underscores'), 'escaped')];
  expect(pieces.length).toBeGreaterThan(1);
  const family = parsePage(Buffer.concat(pieces).toString()).get('c');
  expect(family?.samples.every(({ labels, value }) => labels.get('number') === String(value))).toBe(true);
  expect(family?.samples).toHaveLength(10_000);
});

it('the labels of a sample are pairs as well as text', async () => {
  const all = openPages({ observer: summaryOf([]) });
  await all.fold([counter('c', 1, 'b.x:2', 'a:1'), timer('t', [1], 'z:"')]);
  const seen: unknown[] = [];
  const encoder: Encoder = {
    family: () => undefined,
    sample: ({ labels }: Sample) => seen.push([labels.text, labels.pairs]),
    endFamily: () => undefined,
    end: () => undefined,
    length: 0,
    take: () => Buffer.of(),
  };
  expect([...writtenPage(all.state, encoder, 'escaped')]).toHaveLength(1);
  expect(seen).toEqual([
    ['a="1",b_x="2"', ['a:1', 'b_x:2']],
    ['z="\\""', ['z:"']],
  ]);
});

it('is valid whatever the names, tags and values', async () => {
  const word = fc.oneof(
    fc.constantFrom('x', 'x_sum', 'x.count', 'x_bucket', 'le', 'quantile', '__name__', 'x-y', 'x.y', '__proto__', ''),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom(...'a_.-:"\\\n{} ', '\uD800'), maxLength: 5 }),
  );
  const tag = fc.oneof(
    word,
    fc.tuple(word, word).map(([key, value]) => `${key}:${value}`),
  );
  const observer = fc.constantFrom(histogramOf([0.1, 2]), histogramOf([-1], 1.5), summaryOf([0.5]));
  const base = { name: word, tags: fc.array(tag, { maxLength: 4 }), updated: fc.constantFrom(true, true, false) };
  const single = fc.record({ ...base, type: fc.constantFrom('counter', 'gauge', 'set'), value: fc.double() });
  const many = fc.record(
    {
      ...base,
      type: fc.constantFrom('timer', 'histogram', 'distribution'),
      values: fc.array(fc.double(), { maxLength: 3 }),
      rule: fc.record({ observer }),
    },
    { requiredKeys: ['name', 'tags', 'updated', 'type', 'values'] },
  );
  const windows = fc.array(fc.array(fc.oneof(single, many), { maxLength: 12 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(windows, async (given) => {
      const all = openPages({ ttl: 2 * SECOND });
      for (const series of given) await all.fold(series as SeriesInput[], SECOND);
      // Throws at the first thing that Prometheus would not take.
      const shown = parsePage(all.text()).size > 0;
      expect(shown).toBe(all.state.table.size > 0);
    }),
    { numRuns: 120 },
  );
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;

it.skipIf(!promtool)('promtool finds nothing wrong with sane names', async () => {
  const all = openPages();
  await all.fold([
    counter('http.requests_total', 3, 'method:get', 'url:/"a"\\b'),
    gauge('room.temperature_celsius', Number.NaN),
    set('active.users', 3),
    timer('request.duration_seconds', [100, 200], 'größe:1'),
    { type: 'distribution', name: 'payload.bytes', values: [1, 2] },
    ruled(timer('query.duration_seconds', [100]), { observer: histogramOf([0.1, 1], 1.1) }),
  ]);
  expect(execFileSync('promtool', ['check', 'metrics'], { input: all.text(), encoding: 'utf8' })).toBe('');
});

it('the last family is whole before the page ends, since others write what comes behind it', async () => {
  const all = openPages();
  await all.fold([counter('first', 1), counter('last', 2)]);
  const pieces = [...writtenPage(all.state, createProtobufEncoder('underscores'), 'escaped')];
  // A page ends with its last family, of which the name is to be seen in any encoding.
  expect(Buffer.concat(pieces).toString('latin1')).toContain('last');
});
