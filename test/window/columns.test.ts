import { describe, expect, it } from 'vitest';
import type { DistributionSeries, TimerSeries } from '../../src/plugin.ts';
import { DDSketch } from '../../src/sketch/ddsketch.ts';
import {
  type SeriesColumns,
  type TimerColumn,
  type ValueColumn,
  type WindowColumns,
  windowOf,
} from '../../src/window/columns.ts';

const noValues: ValueColumn = {
  identities: [],
  rows: new Uint32Array(0),
  updated: new Uint8Array(0),
  values: new Float64Array(0),
};
const noTimers: TimerColumn = {
  identities: [],
  rows: new Uint32Array(0),
  updated: new Uint8Array(0),
  statistics: new Float64Array(0),
  ends: new Uint32Array(0),
  values: new Float64Array(0),
  weights: undefined,
  sketches: new Map(),
};

function open(series: Partial<SeriesColumns> = {}, columns: Partial<WindowColumns> = {}) {
  return windowOf({
    goneBytes: 0,
    startMs: 10_000,
    endMs: 20_000,
    intervalMs: 10_000,
    percentiles: [],
    points: [],
    series: {
      counter: noValues,
      gauge: noValues,
      set: noValues,
      timer: noTimers,
      histogram: noTimers,
      distribution: noTimers,
      ...series,
    },
    events: [],
    serviceChecks: [],
    account: { received: 0, aggregated: 0, rejected: new Map(), dropped: new Map(), examples: [] },
    ...columns,
  });
}

const values = (...rows: (readonly [name: string, value: number, updated: boolean])[]): ValueColumn => ({
  // Rows lie anywhere among the identities of all types.
  identities: [undefined, ...rows.map(([name]) => ({ name, tags: [`tag:${name}`] })), undefined],
  rows: Uint32Array.from(rows, (_, row) => row + 1),
  updated: Uint8Array.from(rows, ([, , updated]) => (updated ? 1 : 0)),
  values: Float64Array.from(rows, ([, value]) => value),
});

/** Statistics of `count, sum, sumSquares, min, max, mean, median, stddev`, then one of each percentile. */
const two: TimerColumn = {
  identities: [
    { name: 'a', tags: [] },
    { name: 'b', tags: ['x'] },
    { name: 'idle', tags: [] },
  ],
  rows: Uint32Array.of(0, 1, 2),
  updated: Uint8Array.of(1, 1, 0),
  statistics: Float64Array.of(
    2,
    30,
    500,
    10,
    20,
    15,
    15.5,
    5,
    91,
    2,
    3,
    3,
    1,
    2,
    1.5,
    1.25,
    0.5,
    92,
    ...Array(9).fill(0),
  ),
  ends: Uint32Array.of(2, 4, 4),
  values: Float64Array.of(10, 20, 1, 2),
  weights: Float64Array.of(1, 1, 1, 3),
  sketches: new Map(),
};

describe('a window', () => {
  it('lists its series by type', () => {
    const one = (name: string): TimerColumn => ({
      ...noTimers,
      identities: [{ name, tags: [] }],
      rows: Uint32Array.of(0),
      updated: Uint8Array.of(1),
      statistics: new Float64Array(8),
      ends: Uint32Array.of(0),
    });
    const window = open({
      distribution: one('d'),
      histogram: one('h'),
      timer: one('t'),
      set: values(['s', 3, true]),
      gauge: values(['g', 2, true]),
      counter: values(['c', 1, true]),
    });
    expect(Array.from(window.series, ({ type, name }) => `${type} ${name}`)).toEqual([
      'counter c',
      'gauge g',
      'set s',
      'timer t',
      'histogram h',
      'distribution d',
    ]);
    expect(window.seriesCount).toBe(6);
  });

  it('tells of how many lines series were in, where that is known', () => {
    const lines = Uint32Array.of(7, 0, 0);
    const three = values(['a', 1, true], ['own', 2, true], ['idle', 3, false]);
    const all = { counter: three, gauge: three, set: three, timer: two };
    const counted = Object.fromEntries(Object.entries(all).map(([type, column]) => [type, { ...column, lines }]));
    const told = (series: Partial<SeriesColumns>) =>
      Array.from(open(series).series, (one) => ('lines' in one ? one.lines : 'absent'));
    expect(told(counted)).toEqual(Array(4).fill([7, 'absent', 0]).flat());
    expect(told(all)).toEqual(Array(12).fill('absent'));
  });

  it('has what a series has besides, of each type, and no key for what it has not', () => {
    const rule = { scale: 10, series: { help: 'Bytes.' } };
    const identities = [
      { name: 'all', tags: ['t'], host: 'h', sent: ['t'], rule },
      { name: 'plain', tags: [] },
    ];
    const born = Uint32Array.of(7, 0);
    const two = {
      identities,
      rows: Uint32Array.of(0, 1),
      updated: Uint8Array.of(1, 1),
      values: Float64Array.of(3, 4),
      born,
    };
    const statistics = { ...noTimers, ...two, statistics: new Float64Array(16), ends: Uint32Array.of(0, 0) };
    const rest = { host: 'h', rule: rule.series, sent: ['t'], seenMs: 10_000, seenOrder: 7 };
    const all = { name: 'all', tags: ['t'], updated: true, ...rest };
    const plain = { name: 'plain', tags: [], updated: true };

    const { series } = open({
      counter: two,
      gauge: { ...two, setAt: Float64Array.of(5, -Number.MAX_VALUE) },
      set: two,
    });
    expect([...series]).toStrictEqual([
      { type: 'counter', ...all, value: 30, rate: 3 },
      { type: 'counter', ...plain, value: 4, rate: 0.4 },
      { type: 'gauge', ...all, value: 30, setMs: 5 },
      { type: 'gauge', ...plain, value: 4 },
      // A count has no unit.
      { type: 'set', ...all, value: 3 },
      { type: 'set', ...plain, value: 4 },
    ]);
    const [timer, plainTimer] = open({ timer: statistics }).series;
    expect(timer).toMatchObject({ type: 'timer', ...all });
    expect(Object.keys(plainTimer!)).not.toEqual(expect.arrayContaining(['host']));
    expect(Object.keys(rest).filter((key) => key in plainTimer!)).toEqual([]);
  });

  it('without series is empty', () => {
    const window = open();
    expect([[...window.series], window.seriesCount, window.byteLength]).toEqual([[], 0, 0]);
  });

  it('gives rates by its length, not by the interval', () => {
    const counter = values(['a', 12, true], ['b', -3, false]);
    const rates = (startMs: number, endMs: number) =>
      Array.from(open({ counter }, { startMs, endMs }).series, (series) => series.type === 'counter' && series.rate);
    expect(rates(10_000, 20_000)).toEqual([1.2, -0.3]);
    expect(rates(10_000, 10_500)).toEqual([24, -6]);
    expect(rates(10_000, 40_000)).toEqual([0.4, -0.1]);
    expect(rates(10_000, 10_000).every(Number.isFinite)).toBe(true);
    expect(rates(10_000, 9000).every(Number.isFinite)).toBe(true);
  });

  it('gives values and whether they are of this window', () => {
    const window = open({ gauge: values(['a', -1.5, true], ['b', 0, false]) });
    expect([...window.series]).toEqual([
      { type: 'gauge', name: 'a', tags: ['tag:a'], updated: true, value: -1.5 },
      { type: 'gauge', name: 'b', tags: ['tag:b'], updated: false, value: 0 },
    ]);
  });

  it('gives the statistics and the quantiles of each row', () => {
    const [a, b, idle] = [...open({ timer: two }, { percentiles: [90] }).series] as TimerSeries[];
    expect([a!.name, a!.tags, a!.updated]).toEqual(['a', [], true]);
    expect(a!.statistics).toEqual({
      count: 2,
      sum: 30,
      sumSquares: 500,
      min: 10,
      max: 20,
      mean: 15,
      median: 15.5,
      stddev: 5,
      percentiles: new Map([[90, 91]]),
    });
    expect(b!.statistics.percentiles).toEqual(new Map([[90, 92]]));
    expect([0, 0.5, 0.51, 1].map((q) => a!.quantile(q))).toEqual([10, 10, 20, 20]);
    expect([0, 0.25, 0.26, 1].map((q) => b!.quantile(q))).toEqual([1, 1, 2, 2]);
    expect([idle!.updated, idle!.quantile(0.5), idle!.statistics.count]).toEqual([false, 0, 0]);
  });

  it('gives the sketch of a distribution, made of its values where it has none', () => {
    const kept = new DDSketch();
    kept.add(1000, 7);
    const distribution = { ...two, sketches: new Map([[1, kept]]) };
    const [a, b, idle] = [...open({ distribution }, { percentiles: [90] }).series] as DistributionSeries[];
    const of = ({ sketch }: DistributionSeries) => [sketch.count, sketch.sum, sketch.min, sketch.max, sketch.zeroCount];
    expect(of(a!)).toEqual([2, 30, 10, 20, 0]);
    expect([...a!.sketch.positiveBins()].map(([, weight]) => weight)).toEqual([1, 1]);
    expect(of(b!)).toEqual([7, 7000, 1000, 1000, 0]);
    expect(b!.quantile(0.5)).toBe(1000);
    expect(of(idle!)).toEqual([0, 0, 0, 0, 0]);
    expect([...idle!.sketch.positiveBins()]).toEqual([]);
    expect([...a!.values()!]).toEqual([
      [10, 1],
      [20, 1],
    ]);
    expect(b!.values()).toBeUndefined();
    expect([...idle!.values()!]).toEqual([]);
    const [timer] = [...open({ timer: two }, { percentiles: [90] }).series] as TimerSeries[];
    expect([timer!.sketch.count, timer!.sketch.sum]).toEqual([2, 30]);
  });

  it('counts the values at or below bounds, by the sketch where there is nothing else', () => {
    const kept = new DDSketch();
    kept.add(-3, 2);
    kept.add(0);
    kept.add(1000, 7);
    const distribution = { ...two, sketches: new Map([[2, kept]]) };
    const all = [...open({ distribution }, { percentiles: [90] }).series] as DistributionSeries[];
    const counts = all.map((series) => [...series.countsAtOrBelow([-4, -2, 0, 1, 2, 10, 15, 20, 900, 1000, 1e9])]);
    expect(counts).toEqual([
      [0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2],
      [0, 0, 0, 1, 4, 4, 4, 4, 4, 4, 4],
      [0, 2, 3, 3, 3, 3, 3, 3, 3, 10, 10],
    ]);
    expect(all[0]!.countsAtOrBelow([])).toEqual(new Float64Array(0));
  });

  it('can be walked again and again, by several at once', () => {
    const window = open({ counter: values(['a', 1, true], ['b', 2, true]), timer: two }, { percentiles: [90] });
    const names = () => Array.from(window.series, ({ name }) => name);
    expect([names(), names()]).toEqual([
      ['a', 'b', 'a', 'b', 'idle'],
      ['a', 'b', 'a', 'b', 'idle'],
    ]);
    const [first, second] = [window.series[Symbol.iterator](), window.series[Symbol.iterator]()];
    expect([first.next().value.name, first.next().value.name, second.next().value.name]).toEqual(['a', 'b', 'a']);
  });

  it('tells about what it holds', () => {
    const many = values(...Array.from({ length: 1000 }, (_, row) => [`m${row}`, row, true] as const));
    const small = open({ counter: values(['a', 1, true]) }).byteLength;
    expect(open({ counter: values(['a', 1, true]) }, { goneBytes: 5000 }).byteLength).toBe(small + 5000);
    expect(open({ counter: many }).byteLength).toBeGreaterThan(500 * small);
    expect(open({ timer: two }, { percentiles: [90] }).byteLength).toBeGreaterThan(
      two.statistics.byteLength + two.values.byteLength,
    );
  });
});
