import { describe, expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../../helper/window.ts';
import { datadogSettings } from './defaults.ts';

const START = 1_700_000_000;

function encode(series: readonly SeriesInput[], config: Partial<DatadogConfig> = {}, window: WindowInput = {}) {
  const settings = datadogSettings(config);
  const context = recordingContext();
  const label = labeller(settings.tags, settings.hostname ?? '');
  const items = [...seriesEncoder(settings, label, context.lost)(makeWindow({ ...window, series })).series];
  const sent = items.flatMap((item) => (item === undefined ? [] : JSON.parse(`[${item.body}]`)));
  const points = items.reduce((sum, item) => sum + (item?.points ?? 0), 0);
  return { sent, points, losses: context.losses };
}

const host = { resources: [{ type: 'host', name: 'h1' }] };
const at = (value: number) => ({ interval: 10, points: [{ timestamp: START, value }], ...host });

describe('series of a window', () => {
  it.each<{ title: string; series: SeriesInput; config?: Partial<DatadogConfig>; want: unknown[] }>([
    {
      title: 'D2 a counter is a rate of the flush interval',
      series: { type: 'counter', name: 'hits', value: 30 },
      want: [{ metric: 'hits', type: 2, ...at(3) }],
    },
    {
      title: 'D2 or a count',
      series: { type: 'counter', name: 'hits', value: 30 },
      config: { counterType: 'count' },
      want: [{ metric: 'hits', type: 1, ...at(30) }],
    },
    {
      title: 'a counter that is only held',
      series: { type: 'counter', name: 'hits', value: 0, updated: false },
      want: [],
    },
    {
      title: 'a gauge',
      series: { type: 'gauge', name: 'temp', tags: ['room:1', 'x'], value: -1.5 },
      want: [{ metric: 'temp', type: 3, ...at(-1.5), tags: ['room:1', 'x'] }],
    },
    { title: 'an idle gauge', series: { type: 'gauge', name: 'temp', value: 5, updated: false }, want: [] },
    {
      title: 'a set',
      series: { type: 'set', name: 'users', value: 42 },
      want: [{ metric: 'users', type: 3, ...at(42) }],
    },
    { title: 'an idle set', series: { type: 'set', name: 'users', value: 0, updated: false }, want: [] },
    {
      title: 'I5 a histogram',
      series: { type: 'histogram', name: 'size', values: [1, 2, 3, 4] },
      want: [
        { metric: 'size.max', type: 3, ...at(4) },
        { metric: 'size.median', type: 3, ...at(2) },
        { metric: 'size.avg', type: 3, ...at(2.5) },
        { metric: 'size.count', type: 2, ...at(0.4) },
        { metric: 'size.95percentile', type: 3, ...at(4) },
      ],
    },
    {
      title: 'a timer has a unit',
      series: { type: 'timer', name: 't', tags: ['a'], values: [200], weights: [2] },
      config: { histogramAggregates: ['min', 'sum', 'count'], histogramPercentiles: [] },
      want: [
        { metric: 't.min', type: 3, ...at(200), unit: 'millisecond', tags: ['a'] },
        { metric: 't.sum', type: 3, ...at(400), unit: 'millisecond', tags: ['a'] },
        { metric: 't.count', type: 2, ...at(0.2), tags: ['a'] },
      ],
    },
    {
      title: 'counts of histograms follow the type of counters',
      series: { type: 'histogram', name: 'size', values: [1, 2] },
      config: { counterType: 'count', histogramAggregates: ['count'], histogramPercentiles: [] },
      want: [{ metric: 'size.count', type: 1, ...at(2) }],
    },
    {
      title: 'I5 names of percentiles are whole percents, each once',
      series: { type: 'histogram', name: 'size', values: Array.from({ length: 1000 }, (_, i) => i + 1) },
      config: { histogramAggregates: [], histogramPercentiles: [0.5, 0.57, 0.994, 0.999, 1] },
      want: [
        { metric: 'size.50percentile', type: 3, ...at(500) },
        { metric: 'size.57percentile', type: 3, ...at(570) },
        { metric: 'size.99percentile', type: 3, ...at(990) },
        { metric: 'size.100percentile', type: 3, ...at(1000) },
      ],
    },
    {
      title: 'I5 median and percentiles are the ranks of the Agent',
      series: { type: 'histogram', name: 'size', values: [5, 1, 4, 2], weights: [3, 1, 1, 2] },
      config: { histogramAggregates: ['median', 'avg', 'count'], histogramPercentiles: [0.01, 0.43, 0.44, 0.86] },
      // W = 7, sorted 1 2 2 4 5 5 5: the median is the first whose running weight exceeds 3, 43 % the first that exceeds
      // floor((43 · 7 - 1) / 100) = 3, as 44 %; 86 % the first that exceeds 6.
      want: [
        { metric: 'size.median', type: 3, ...at(4) },
        { metric: 'size.avg', type: 3, ...at(24 / 7) },
        { metric: 'size.count', type: 2, ...at(0.7) },
        { metric: 'size.1percentile', type: 3, ...at(1) },
        { metric: 'size.43percentile', type: 3, ...at(4) },
        { metric: 'size.44percentile', type: 3, ...at(4) },
        { metric: 'size.86percentile', type: 3, ...at(5) },
      ],
    },
    { title: 'an idle timer', series: { type: 'timer', name: 't', values: [], updated: false }, want: [] },
    { title: 'a distribution is no series', series: { type: 'distribution', name: 'd', values: [1] }, want: [] },
    {
      title: 'D5 another host',
      series: { type: 'gauge', name: 'g', tags: ['host:web"1"'], value: 1 },
      want: [
        {
          metric: 'g',
          type: 3,
          interval: 10,
          points: [{ timestamp: START, value: 1 }],
          resources: [{ type: 'host', name: 'web"1"' }],
        },
      ],
    },
    {
      title: 'a device',
      series: { type: 'gauge', name: 'g', tags: ['a', 'device:eth0'], value: 1 },
      want: [
        {
          metric: 'g',
          type: 3,
          ...at(1),
          resources: [
            { type: 'host', name: 'h1' },
            { type: 'device', name: 'eth0' },
          ],
          tags: ['a'],
        },
      ],
    },
    {
      title: 'D5 no host',
      series: { type: 'gauge', name: 'g', value: 1 },
      config: { hostname: '' },
      want: [{ metric: 'g', type: 3, interval: 10, points: [{ timestamp: START, value: 1 }] }],
    },
    {
      title: 'static tags',
      series: { type: 'gauge', name: 'g', tags: ['z"\\'], value: 1 },
      config: { tags: ['env:prod'] },
      want: [{ metric: 'g', type: 3, ...at(1), tags: ['env:prod', 'z__'] }],
    },
  ])('$title', ({ series, config, want }) => {
    const { sent, points, losses } = encode([series], config);
    expect(sent).toEqual(want);
    expect(points).toBe(want.length);
    expect(losses).toEqual(new Map());
  });

  it.each([
    { title: 'D5 a host of its own', host: 'own', want: [{ type: 'host', name: 'own' }] },
    { title: 'D5 sent to have none', host: '', want: undefined },
  ])('$title', ({ host, want }) => {
    const series: SeriesInput[] = [
      { type: 'gauge', name: 'g', tags: ['a'], value: 1 },
      { type: 'gauge', name: 'g', tags: ['a'], host, value: 2 },
    ];
    const { sent } = encode(series);
    expect(sent.map(({ resources }) => resources)).toEqual([[{ type: 'host', name: 'h1' }], want]);
  });

  it.each([
    {
      startMs: 1_700_000_004_321,
      endMs: 1_700_000_010_000,
      intervalMs: 10_000,
      timestamp: 1_700_000_004,
      interval: 10,
    },
    { startMs: 1_700_000_000_000, endMs: 1_700_000_001_500, intervalMs: 1500, timestamp: 1_700_000_000, interval: 2 },
    { startMs: 1_700_000_000_100, endMs: 1_700_000_000_200, intervalMs: 100, timestamp: 1_700_000_000, interval: 1 },
  ])('D3 D4 a window of $intervalMs ms', ({ timestamp, interval, ...window }) => {
    const { sent } = encode([{ type: 'counter', name: 'hits', value: 30 }], {}, window);
    expect(sent[0]).toMatchObject({ interval, points: [{ timestamp, value: 30 / interval }] });
  });

  it.each<{ title: string; series: SeriesInput; sent: number; reason: string }>([
    { title: 'D6 NaN', series: { type: 'gauge', name: 'g', value: Number.NaN }, sent: 0, reason: 'not_finite' },
    {
      title: '∞',
      series: { type: 'counter', name: 'c', value: Number.POSITIVE_INFINITY },
      sent: 0,
      reason: 'not_finite',
    },
    {
      title: 'a sum that overflows',
      series: { type: 'timer', name: 't', values: [Number.MAX_VALUE, Number.MAX_VALUE] },
      sent: 4,
      reason: 'not_finite',
    },
    { title: 'D7 no name', series: { type: 'gauge', name: '', value: 1 }, sent: 0, reason: 'bad_name' },
    {
      title: 'D7 a long name',
      series: { type: 'gauge', name: 'x'.repeat(201), value: 1 },
      sent: 0,
      reason: 'bad_name',
    },
    {
      title: 'a name that its suffixes make too long',
      series: { type: 'histogram', name: 'x'.repeat(196), values: [1] },
      sent: 2,
      reason: 'bad_name',
    },
  ])('is counted as lost once: $title', ({ series, sent, reason }) => {
    const result = encode([series]);
    expect(result.sent).toHaveLength(sent);
    expect(result.losses).toEqual(new Map([[reason, 1]]));
  });
});
