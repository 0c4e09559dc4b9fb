import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event, SeriesRule } from '../../../../src/plugin.ts';
import { ownMetric } from '../../../../src/telemetry/catalogue.ts';
import type { SeriesInput } from '../../../helper/window.ts';
import { parsePage } from '../exposition.ts';
import {
  counter,
  gauge,
  held,
  histogram,
  histogramOf,
  MINUTE,
  openPages,
  ruled,
  SECOND,
  set,
  summaryOf,
  T0,
  timer,
} from './pages.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;

describe('several windows', () => {
  it('counters go on, gauges are the last ones', async () => {
    const all = openPages();
    await all.fold([counter('c', 1.5), gauge('g', 1)]);
    await all.fold([counter('c', 2), gauge('g', -2)]);
    await all.fold([held(counter('c', 0))]);
    expect(all.lines()).toEqual(['c 3.5', 'g -2']);
  });

  it('sums and counts of summaries go on', async () => {
    const all = openPages({ observer: summaryOf([]) });
    await all.fold([timer('t', [100, 200, 300]), histogram('h', [7])]);
    await all.fold([timer('t', [5000]), { type: 'distribution', name: 'd', values: [0.5], weights: [2] }]);
    await all.fold([held(timer('t', []))]);
    expect(all.lines()).toEqual(['t_sum 5.6', 't_count 4', 'h_sum 7', 'h_count 1', 'd_sum 1', 'd_count 2']);
  });

  it('timers, histograms and distributions of one name are one', async () => {
    const all = openPages({ observer: summaryOf([1]) });
    await all.fold([timer('foo', [1, 2]), histogram('foo', [3])]);
    expect(all.lines()).toEqual(['foo{quantile="1"} 3', 'foo_sum 3.003', 'foo_count 3']);
  });

  it('quantiles are of the values that came lately, and roll', async () => {
    const all = openPages({ observer: summaryOf([1], MINUTE, 3) });
    await all.fold([timer('t', [5000])]);
    expect(all.lines()[0]).toBe('t{quantile="1"} 5');
    await all.fold([timer('t', [1000])], 40 * SECOND);
    expect(all.lines()[0]).toBe('t{quantile="1"} 5');
    await all.fold([], 30 * SECOND);
    expect(all.lines()[0]).toBe('t{quantile="1"} 1');
    await all.fold([], MINUTE);
    expect(all.lines()).toEqual(['t{quantile="1"} NaN', 't_sum 6', 't_count 2']);
  });

  it('a set has the count of the last window with sets, in which nobody may have come', async () => {
    const all = openPages();
    await all.fold([set('s', 7), set('t', 1)]);
    await all.fold([], SECOND, { setsGoOn: true });
    expect(all.lines()).toEqual(['s 7', 't 1']);
    await all.fold([set('t', 3), held(set('s', 0))], SECOND);
    expect(all.lines()).toEqual(['s 0', 't 3']);
    await all.fold([counter('c', 1)], SECOND, { setsGoOn: true });
    expect(all.lines()).toEqual(['s 0', 't 3', 'c 1']);
    await all.fold([], SECOND);
    expect(all.lines()).toEqual(['s 0', 't 0', 'c 1']);
  });

  it('what was sent with a time of its own counts as if it came now', async () => {
    const all = openPages();
    const point = { name: 'a', tags: [], timestamp: 5, value: 2 };
    await all.fold([counter('a', 1)], SECOND, { points: [{ ...point, type: 'counter' }] });
    await all.fold([], SECOND, { points: [{ ...point, type: 'gauge', name: 'g' }] });
    expect(all.lines()).toEqual(['a 3', 'g 2']);
    expect(all.context.losses).toEqual(new Map());
  });

  it('events and service checks are counted as lost', async () => {
    const event: Event = { title: 't', text: '', timestamp: 1, priority: 'low', alertType: 'info', tags: [] };
    const all = openPages();
    await all.fold([], SECOND, { events: [event], serviceChecks: [{ name: 'up', status: 0, timestamp: 1, tags: [] }] });
    expect(all.context.losses).toEqual(new Map([['unsupported', 2]]));
  });
});

describe('a gauge that is held', () => {
  it('is shown where it is not on the page yet: it is from before the start', async () => {
    const all = openPages();
    await all.fold([held(gauge('g', 7)), held(counter('c', 0)), held(set('s', 0)), held(timer('t', []))]);
    expect(all.lines()).toEqual(['g 7']);
  });

  it('does not say once more what two that look alike were last', async () => {
    const all = openPages();
    await all.fold([gauge('a.b', 1)]);
    await all.fold([held(gauge('a.b', 1)), gauge('a-b', 2)]);
    await all.fold([held(gauge('a.b', 1))]);
    expect(all.lines()).toEqual(['a_b 2']);
  });

  it('does not count as a sample', async () => {
    const all = openPages({ ttl: 30 * SECOND });
    await all.fold([gauge('g', 1)]);
    for (let windows = 0; windows < 3; windows++) await all.fold([held(gauge('g', 1))]);
    expect(all.lines()).toEqual(['g 1']);
    await all.fold([held(gauge('g', 1))], 1);
    expect(all.lines()).toEqual([]);
  });
});

describe('ttl', () => {
  const everyType = (rule?: SeriesRule): SeriesInput[] =>
    [counter('c', 1), gauge('g', 1), set('s', 1), timer('t', [1]), histogram('h', [1])].map((one) =>
      rule === undefined ? one : ruled(one, rule),
    );

  it.each<{ title: string; ttl: number; rule?: SeriesRule; last: number | 'ever' | 'never' }>([
    { title: "the block's", ttl: 40 * SECOND, last: 40 * SECOND },
    { title: "a rule's before the block's", ttl: 40 * SECOND, rule: { ttlMs: 20 * SECOND }, last: 20 * SECOND },
    { title: "a rule's that is longer", ttl: 10 * SECOND, rule: { ttlMs: 30 * SECOND }, last: 30 * SECOND },
    { title: "a rule's alone", ttl: FOR_EVER, rule: { ttlMs: 20 * SECOND }, last: 20 * SECOND },
    { title: 'a rule without one', ttl: 40 * SECOND, rule: { help: 'x' }, last: 40 * SECOND },
    { title: 'none', ttl: FOR_EVER, last: 'ever' },
    { title: '0', ttl: 0, last: 'never' },
    { title: "0 of a rule's", ttl: 40 * SECOND, rule: { ttlMs: 0 }, last: 'never' },
    { title: "below 0, a rule's", ttl: FOR_EVER, rule: { ttlMs: -5 }, last: 'never' },
  ])('$title: a series of any type stays as long after its last sample', async ({ ttl, rule, last }) => {
    const all = openPages({ ttl });
    await all.fold(everyType(rule));
    if (last === 'never') {
      expect(all.state.table.size).toBe(0);
      return;
    }
    if (last === 'ever') {
      for (let windows = 0; windows < 3; windows++) await all.fold([], 1000 * 24 * 60 * MINUTE);
      expect(all.state.table.size).toBe(5);
      return;
    }
    await all.fold([], last - SECOND);
    await all.fold(everyType(rule), SECOND);
    await all.fold([], last);
    expect(all.state.table.size).toBe(5);
    await all.fold([], 1);
    expect(all.state.table.size).toBe(0);
  });

  it('of gauges and sets may be another one, but for those of which a rule says it', async () => {
    const all = openPages({ gaugeTtl: SECOND });
    await all.fold([...everyType(), ruled(gauge('stays', 1), { ttlMs: MINUTE })]);
    await all.fold([], 2 * SECOND);
    expect(all.lines().map((line) => line.split(/\W/, 1)[0])).toEqual([
      'c',
      't',
      't',
      't_sum',
      't_count',
      'h',
      'h',
      'h_sum',
      'h_count',
      'stays',
    ]);
  });

  it('is that of the rule that fits now', async () => {
    const all = openPages();
    await all.fold([ruled(gauge('g', 1), { ttlMs: SECOND })]);
    await all.fold([gauge('g', 1)]);
    await all.fold([], MINUTE);
    expect(all.lines()).toEqual(['g 1']);
    await all.fold([ruled(gauge('g', 1), { ttlMs: SECOND })]);
    await all.fold([], 2 * SECOND);
    expect(all.lines()).toEqual([]);
  });

  it('a counter that left begins anew', async () => {
    const all = openPages({ ttl: MINUTE });
    await all.fold([counter('c', 5)]);
    await all.fold([], 2 * MINUTE);
    await all.fold([counter('c', 2)]);
    expect(all.lines()).toEqual(['c 2']);
  });

  it('a name is free again when its series are gone', async () => {
    const all = openPages({ ttl: MINUTE });
    await all.fold([timer('x', [1]), gauge('y', 1)]);
    await all.fold([counter('x_sum', 1), counter('y', 1)]);
    expect(all.context.losses).toEqual(new Map([['type_conflict', 2]]));
    await all.fold([], MINUTE);
    await all.fold([counter('x_sum', 2), counter('y', 3)]);
    expect(all.lines()).toEqual(['x_sum 2', 'y 3']);
  });

  it('whoever listens is told of what leaves, while it is there', async () => {
    const all = openPages({ ttl: MINUTE });
    const gone: (string | undefined)[] = [];
    all.state.onExpired((row) => gone.push(all.state.table.rows.names[row]));
    await all.fold([gauge('a', 1), gauge('b', 1)]);
    await all.fold([gauge('b', 1)], MINUTE + 1);
    expect(gone).toEqual(['a']);
  });
});

describe('the time at which a series began', () => {
  it('is the start of the window in which it was new', async () => {
    const all = openPages({ observer: summaryOf([]) });
    await all.fold([counter('a_total', 1)]);
    await all.fold([counter('a_total', 1), counter('b_total', 1), timer('t', [1])]);
    await all.fold([counter('a_total', 1), counter('b_total', 1)]);
    expect(all.openMetrics().filter((line) => line.includes('_created'))).toEqual([
      `a_created ${T0 / 1000}`,
      `b_created ${T0 / 1000 + 10}`,
      `t_created ${T0 / 1000 + 10}`,
    ]);
  });

  it('is a new one where the series had left', async () => {
    const all = openPages({ ttl: SECOND });
    await all.fold([counter('a_total', 1)]);
    await all.fold([]);
    await all.fold([counter('a_total', 1)]);
    expect(all.openMetrics()).toEqual(['a_total 1', `a_created ${T0 / 1000 + 20}`]);
  });
});

describe('what would spoil a sum', () => {
  it.each<{ title: string; series: SeriesInput; reason: string }>([
    { title: 'a negative sum', series: counter('x.y', -1), reason: 'negative' },
    { title: 'a counter that is NaN', series: counter('x.y', Number.NaN), reason: 'not_finite' },
    { title: 'a counter that is ∞', series: counter('x.y', FOR_EVER), reason: 'not_finite' },
    { title: 'a timer that is NaN', series: timer('x.y', [Number.NaN]), reason: 'not_finite' },
    { title: 'a sum that overflows', series: timer('x.y', [1e308, 1e308]), reason: 'not_finite' },
  ])('$title is refused and listed', async ({ series, reason }) => {
    const all = openPages({ prefix: 'p.' });
    await all.fold([series, counter('y', 1)]);
    expect(all.lines()).toEqual(['p_y 1']);
    expect(all.context.losses).toEqual(new Map([[reason, 1]]));
    expect(all.state.conflicts.list()).toMatchObject([
      { name: 'p_x_y', type: series.type, reason, times: 1, lastMs: T0 + 10 * SECOND },
    ]);
  });

  it('and leaves what was there', async () => {
    const all = openPages();
    await all.fold([counter('x', 5)]);
    await all.fold([counter('x', -2)]);
    expect(all.lines()).toEqual(['x 5']);
  });
});

describe('maxSeries', () => {
  it('series beyond it are refused until others are gone', async () => {
    const all = openPages({ maxSeries: 2, ttl: MINUTE });
    await all.fold([counter('a', 1), counter('b', 1), counter('c', 1)]);
    expect(all.lines()).toEqual(['a 1', 'b 1']);
    expect(all.context.losses).toEqual(new Map([['too_many_series', 1]]));
    await all.fold([counter('b', 1)], 2 * MINUTE);
    await all.fold([counter('b', 1), counter('c', 1)]);
    expect(all.lines()).toEqual(['b 3', 'c 1']);
  });

  it("those of statsdrain itself are outside of it, and take nobody's place", async () => {
    const own = (name: string) => counter(`statsdrain.backend.${name}`, 1);
    const all = openPages({ maxSeries: 2 });
    await all.fold([own('retries'), own('sent_series'), counter('a', 1), own('lost_items')]);
    await all.fold([counter('b', 1), counter('c', 1), own('send_errors')]);
    expect(all.lines()).toEqual([
      'statsdrain_backend_retries_total 1',
      'statsdrain_backend_sent_series_total 1',
      'a 1',
      'statsdrain_backend_lost_items_total 1',
      'b 1',
      'statsdrain_backend_send_errors_total 1',
    ]);
    expect(all.context.losses).toEqual(new Map([['too_many_series', 1]]));
  });
});

describe("statsdrain's own series", () => {
  it('have no prefix, end in `_total` where they are counters, and are in seconds where they are times', async () => {
    const all = openPages({ prefix: 'app.' }, ownMetric);
    const inMs = 'statsdrain.flush.duration';
    expect(ownMetric(inMs)?.unit).toBe('milliseconds');
    await all.fold([counter('hits', 1), counter('statsdrain.received', 2), gauge(inMs, 250)]);
    expect(all.lines()).toEqual([
      'app_hits 1',
      'statsdrain_received_total 2',
      'statsdrain_flush_duration_seconds 0.25',
    ]);
  });

  it('stay, whatever the ttl of the block', async () => {
    const all = openPages({ ttl: SECOND });
    await all.fold([counter('statsdrain.lines', 2), counter('a', 1)]);
    await all.fold([]);
    expect(all.lines()).toEqual(['statsdrain_lines_total 2']);
  });
});

describe('names that meet on the page', () => {
  it('counters add up, of gauges the last one counts', async () => {
    const all = openPages({ observer: summaryOf([]) });
    await all.fold([
      counter('a.b', 1),
      counter('a-b', 2),
      gauge('g.x', 1),
      gauge('g_x', 2),
      timer('t.x', [1000]),
      timer('t-x', [3000]),
    ]);
    await all.fold([counter('a_b', 4)]);
    expect(all.lines()).toEqual(['a_b 7', 'g_x 2', 't_x_sum 4', 't_x_count 2']);
    expect(all.context.losses).toEqual(new Map());
  });

  it('so do series whose labels look the same', async () => {
    const all = openPages();
    await all.fold([counter('c', 1, 'a.b:1'), counter('c', 2, 'a-b:1'), counter('c', 4), counter('c', 8, 'empty:')]);
    expect(all.lines()).toEqual(['c{a_b="1"} 3', 'c 12']);
  });

  it('a host is a label like others, and tells series apart', async () => {
    const all = openPages();
    await all.fold([
      { type: 'counter', name: 'a', tags: ['k:v'], host: 'x', value: 1 },
      { type: 'counter', name: 'a', tags: ['k:v'], host: 'y', value: 2 },
    ]);
    await all.fold([{ type: 'counter', name: 'a', tags: ['k:v'], host: 'x', value: 4 }]);
    expect(all.lines()).toEqual(['a{host="x",k="v"} 5', 'a{host="y",k="v"} 2']);
  });

  it.each(['up', 'scrape_duration_seconds', 'scrape.x', 'statsdrain_x', 'statsdrain-lines'])(
    '%s is reserved',
    async (name) => {
      const all = openPages();
      await all.fold([gauge(name, 1), counter(name, 1), gauge('ups', 1)]);
      expect(all.lines()).toEqual(['ups 1']);
      expect(all.context.losses).toEqual(new Map([['reserved_name', 2]]));
    },
  );

  it('a prefix makes them names like others', async () => {
    const all = openPages({ prefix: 'p_' });
    await all.fold([gauge('up', 1), gauge('scrape_x', 2)]);
    expect(all.lines()).toEqual(['p_up 1', 'p_scrape_x 2']);
  });

  it('so are those that are kept for others, and what has one of them as a sample', async () => {
    const all = openPages();
    all.state.reserve(['mine', 't_sum']);
    await all.fold([gauge('mine', 1), timer('t', [1]), gauge('u', 1)]);
    expect(all.lines()).toEqual(['u 1']);
    expect(all.context.losses).toEqual(new Map([['reserved_name', 2]]));
  });
});

it.each([gauge('a\uFFFD', 1), counter('a', 1, 'b:1', 'c:\uFFFDx'), timer('a', [1], '\uFFFD:1')])(
  'what was no UTF-8 is refused: $name with $tags',
  async (series) => {
    const all = openPages({ names: 'utf-8' });
    await all.fold([series, gauge('z', 1)]);
    expect(all.lines()).toEqual(['z 1']);
    expect(all.context.losses).toEqual(new Map([['not_utf8', 1]]));
  },
);

describe('the first one has the name', () => {
  const h = histogramOf([1]);
  const pairs: readonly { title: string; first: SeriesInput; second: SeriesInput }[] = [
    { title: 'counter, gauge', first: counter('x', 1), second: gauge('x', 2) },
    { title: 'gauge, counter', first: gauge('x', 1), second: counter('x', 2, 'a:1') },
    { title: 'set, gauge', first: set('x', 1), second: gauge('x', 2) },
    { title: 'set, counter', first: set('x', 1), second: counter('x', 2) },
    { title: 'timer, counter', first: timer('x', [1]), second: counter('x', 2, 'a:1') },
    { title: 'counter, timer', first: counter('x', 2), second: timer('x', [1]) },
    { title: 'summary, its sum', first: timer('x', [1]), second: counter('x_sum', 1) },
    { title: 'summary, its count', first: timer('x', [1]), second: gauge('x.count', 1) },
    { title: 'summary, its sum as a summary', first: histogram('x', [1]), second: timer('x_sum', [1]) },
    { title: 'sum, its summary', first: counter('x_sum', 1), second: timer('x', [1]) },
    { title: 'count, its summary', first: gauge('x_count', 1), second: timer('x', [1]) },
    { title: 'summaries that share a name', first: histogram('x_sum', [1]), second: timer('x', [1]) },
    { title: 'histogram, its sum', first: ruled(timer('x', [1]), { observer: h }), second: counter('x_sum', 1) },
    { title: 'histogram, its count', first: ruled(timer('x', [1]), { observer: h }), second: set('x_count', 1) },
    { title: 'bucket, its histogram', first: gauge('x_bucket', 1), second: ruled(timer('x', [1]), { observer: h }) },
  ];

  it.each(pairs)('whatever the order of types in a window: $title', async ({ first, second }) => {
    const alone = openPages();
    await alone.fold([first]);
    const names = (lines: readonly string[]) =>
      lines.map((line) => line.replace(/ \S+$/, '')).filter((one) => one !== 'z');
    for (const types of [undefined, ['distribution', 'histogram', 'timer', 'set', 'gauge', 'counter'] as const]) {
      const all = openPages();
      await all.arrive([first, second, gauge('z', 1)], types);
      expect(names(all.lines())).toEqual(names(alone.lines()));
      await all.arrive([second], types);
      await all.arrive([second], types);
      expect(names(all.lines())).toEqual(names(alone.lines()));
      expect(all.context.losses).toEqual(new Map([['type_conflict', 3]]));
      expect(all.state.conflicts.list()).toMatchObject([{ reason: 'type_conflict', type: second.type, times: 3 }]);
    }
  });

  it.each([
    ['histogram', histogramOf([1]), ['x_bucket{le="1"} 1', 'x_bucket{le="+Inf"} 1', 'x_sum 0.001', 'x_count 1']],
    ['summary', summaryOf([]), ['x_bucket 1', 'x_sum 0.001', 'x_count 1']],
  ])('`_bucket` is a name of histograms alone: %s', async (_, observer, want) => {
    const all = openPages({ observer });
    await all.arrive([timer('x', [1]), gauge('x_bucket', 1)]);
    expect(all.lines()).toEqual(want);
  });

  it('nobody has it any more once its series are gone', async () => {
    const all = openPages({ ttl: SECOND });
    await all.arrive([gauge('x', 1)]);
    await all.arrive([]);
    await all.arrive([]);
    await all.arrive([counter('x', 2)]);
    expect(all.lines()).toEqual(['x 2']);
  });

  it('whoever owns it is listed', async () => {
    const all = openPages();
    await all.fold([timer('x', [1])]);
    await all.fold([gauge('x', 1), counter('x_sum', 1)]);
    expect(all.state.conflicts.list()).toMatchObject([
      { name: 'x_sum', type: 'counter', reason: 'type_conflict', owner: 'summary', times: 1 },
      { name: 'x', type: 'gauge', reason: 'type_conflict', owner: 'summary', times: 1 },
    ]);
  });
});

describe('histograms', () => {
  it('buckets are inclusive; of timers they are seconds, of others as they are sent', async () => {
    const all = openPages({ observer: histogramOf([0.1, 1]) });
    await all.fold([timer('t', [100, 150, 1000, 5000]), histogram('h', [0.1, 1, 100])]);
    await all.fold([timer('t', [250])]);
    expect(all.lines()).toEqual([
      't_bucket{le="0.1"} 1',
      't_bucket{le="1"} 4',
      't_bucket{le="+Inf"} 5',
      't_sum 6.5',
      't_count 5',
      'h_bucket{le="0.1"} 1',
      'h_bucket{le="1"} 2',
      'h_bucket{le="+Inf"} 3',
      'h_sum 101.1',
      'h_count 3',
    ]);
  });

  it("a rule's observer is that of its series; the first one of a family and of the names of labels stays", async () => {
    const all = openPages({ observer: summaryOf([]) });
    const [one, other] = [{ observer: histogramOf([1]) }, { observer: histogramOf([2, 3]) }];
    await all.fold([
      ruled(timer('x', [1000], 'a:1'), one),
      ruled(timer('x', [1000], 'a:2'), other),
      ruled(timer('x', [1000], 'b:1'), other),
      timer('y', [1000]),
    ]);
    expect(all.lines().filter((line) => line.includes('le='))).toEqual([
      'x_bucket{a="1",le="1"} 1',
      'x_bucket{a="1",le="+Inf"} 1',
      'x_bucket{a="2",le="1"} 1',
      'x_bucket{a="2",le="+Inf"} 1',
      'x_bucket{b="1",le="2"} 1',
      'x_bucket{b="1",le="3"} 1',
      'x_bucket{b="1",le="+Inf"} 1',
    ]);
    expect(all.lines()).toContain('y_count 1');
  });

  it('a summary and a histogram of one name do not stand side by side', async () => {
    const all = openPages({ observer: summaryOf([]) });
    await all.fold([ruled(timer('x', [1000], 'a:1'), { observer: histogramOf([1]) }), timer('x', [1000], 'a:2')]);
    expect(all.lines()).toHaveLength(4);
    expect(all.context.losses).toEqual(new Map([['type_conflict', 1]]));
    await all.fold([histogram('x', [1])]);
    expect(all.state.conflicts.list()).toMatchObject([
      { name: 'x', type: 'summary', owner: 'histogram' },
      { name: 'x', type: 'timer', owner: 'histogram' },
    ]);
  });
});

describe('the version', () => {
  it.each<{
    title: string;
    before?: SeriesInput[];
    fold: SeriesInput[];
    lengthMs?: number;
    is: 'another' | 'the same';
  }>([
    { title: 'a sample', fold: [counter('c', 1)], is: 'another' },
    { title: "what is statsdrain's own", fold: [counter('statsdrain.lines', 1)], is: 'the same' },
    { title: 'nothing', before: [counter('c', 1), gauge('g', 1)], fold: [], is: 'the same' },
    { title: 'a gauge that is held', before: [gauge('g', 1)], fold: [held(gauge('g', 1))], is: 'the same' },
    { title: 'a set that did not come', before: [set('s', 1)], fold: [], is: 'another' },
    { title: 'a series that leaves', before: [gauge('g', 1)], fold: [], lengthMs: 2 * MINUTE, is: 'another' },
    { title: 'values that grow old', before: [timer('t', [1])], fold: [], lengthMs: 10 * SECOND, is: 'another' },
  ])('is $is: $title', async ({ before = [], fold, lengthMs = SECOND, is }) => {
    const all = openPages({ ttl: MINUTE });
    await all.fold(before);
    const { version } = all.state;
    await all.fold(fold, lengthMs);
    expect(all.state.version === version ? 'the same' : 'another').toBe(is);
  });
});

it('is right whichever series a window has, and in whatever order', async () => {
  const all = Array.from({ length: 40 }, (_, i): SeriesInput => {
    if (i % 4 === 3) return timer(`t${i}`, [1000], ...(i % 8 === 3 ? ['a:1'] : []));
    return counter(`c${i % 5}`, 1, `n:${i}`);
  });
  const window = fc.subarray(all).chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));
  await fc.assert(
    fc.asyncProperty(fc.array(window, { maxLength: 6 }), async (windows) => {
      const pages = openPages();
      const times = new Map<SeriesInput, number>();
      for (const series of windows) {
        await pages.fold(series);
        for (const one of series) times.set(one, (times.get(one) ?? 0) + 1);
      }
      const families = parsePage(pages.text());
      for (const [one, count] of times) {
        const name = one.type === 'timer' ? `${one.name}_count` : one.name;
        const [label = '', value] = one.tags?.[0]?.split(':') ?? [];
        const sample = families
          .get(one.name)
          ?.samples.find((found) => found.name === name && (label === '' || found.labels.get(label) === value));
        expect([name, sample?.value]).toEqual([name, count]);
      }
      expect(
        [...families.values()].flatMap(({ samples }) => samples).filter(({ name }) => /^c\d$|_count$/.test(name)),
      ).toHaveLength(times.size);
    }),
    { numRuns: 60 },
  );
});

it('shows few again after many are gone', async () => {
  const all = openPages({ maxSeries: 10_000, ttl: MINUTE, observer: summaryOf([]) });
  const many = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? counter(`c${i}`, i) : timer(`t${i}`, [1000])));
  const few = many.filter((_, i) => i % 500 < 2);
  await all.fold(many);
  await all.fold(few, MINUTE);
  await all.fold(few, 1);
  const want = few.flatMap((one, i) =>
    i % 2 === 0 ? [`${one.name} ${Number(one.name.slice(1)) * 3}`] : [`${one.name}_sum 3`, `${one.name}_count 3`],
  );
  expect(all.lines()).toEqual(want);
  await all.fold(many, 1);
  expect(all.lines().length).toBe(2500 + 2500 * 2);
});
