import { describe, expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { datadogSettings } from './defaults.ts';
import { readSketches } from './sketch-reader.ts';

function encode(series: readonly SeriesInput[], config: Partial<DatadogConfig> = {}) {
  const context = recordingContext();
  const encoded = seriesEncoder(datadogSettings(config), labeller([], 'h1'), context.lost)(makeWindow({ series }));
  const json = [...encoded.series].flatMap((item) => (item === undefined ? [] : JSON.parse(`[${item.body}]`)));
  const values = [...encoded.values].flatMap((item) => (item === undefined ? [] : JSON.parse(String(item.body))));
  const sketches = [...encoded.sketches].flatMap((item) =>
    item === undefined ? [] : readSketches(Buffer.from(item.body)),
  );
  return { series: json.map(({ metric }) => metric), values, sketches, losses: context.losses };
}

const timer: SeriesInput = { type: 'timer', name: 't', tags: ['a'], values: [1, 2] };
const histogram: SeriesInput = { type: 'histogram', name: 'h', values: [3] };
const distribution: SeriesInput = { type: 'distribution', name: 'd', values: [4, 4, 5], weights: [1, 1, 2.5] };
const counter: SeriesInput = { type: 'counter', name: 'c', value: 1 };
const all = [counter, timer, histogram, distribution];

describe('D1 timers and histograms', () => {
  it.each([
    { histogramAs: 'aggregates' as const, series: ['c', 't.max', 'h.max'], sketches: ['d'] },
    { histogramAs: 'distribution' as const, series: ['c'], sketches: ['pre.t', 'pre.h', 'd'] },
    { histogramAs: 'both' as const, series: ['c', 't.max', 'h.max'], sketches: ['pre.t', 'pre.h', 'd'] },
  ])('as $histogramAs', ({ histogramAs, series, sketches }) => {
    const sent = encode(all, {
      histogramAs,
      distributionPrefix: 'pre.',
      histogramAggregates: ['max'],
      histogramPercentiles: [],
    });
    expect(sent.series).toEqual(series);
    expect(sent.sketches.map(({ metric }) => metric)).toEqual(sketches);
    expect(sent.losses).toEqual(new Map());
  });

  it('have the sketch of their values', () => {
    const [sketch] = encode([timer], { histogramAs: 'distribution' }).sketches;
    expect(sketch).toMatchObject({
      metric: 't',
      host: 'h1',
      tags: ['a'],
      dogSketches: [{ count: 2, sum: 3, min: 1, max: 2, keys: [1338, 1383], counts: [1, 1] }],
    });
  });

  it('that are idle are no distributions', () => {
    const idle = [{ ...timer, values: [], updated: false } as SeriesInput];
    expect(encode(idle, { histogramAs: 'both' })).toMatchObject({ series: [], sketches: [] });
  });
});

describe('D1 distribution points', () => {
  const points = { distributions: 'points' } as const;

  it('are the values, as often as they weigh', () => {
    expect(encode(all, points)).toMatchObject({
      values: [{ metric: 'd', points: [[1_700_000_000, [4, 4, 5, 5, 5]]], type: 'distribution', host: 'h1' }],
      sketches: [],
      losses: new Map(),
    });
  });

  it('of timers too', () => {
    const { values } = encode([timer], { ...points, histogramAs: 'distribution' });
    expect(values).toEqual([
      { metric: 't', points: [[1_700_000_000, [1, 2]]], type: 'distribution', host: 'h1', tags: ['a'] },
    ]);
  });

  it.each<{ title: string; series: SeriesInput }>([
    { title: 'only a sketch is left', series: { type: 'distribution', name: 'x', values: [1, 2], folded: true } },
    {
      title: 'the weight is beyond all bounds',
      series: { type: 'distribution', name: 'x', values: [1], weights: [1e6] },
    },
  ])('are a sketch where $title', ({ series }) => {
    const { values, sketches, losses } = encode([distribution, series], points);
    expect(values.map(({ metric }) => metric)).toEqual(['d']);
    expect(sketches.map(({ metric }) => metric)).toEqual(['x']);
    expect(losses).toEqual(new Map());
  });

  it('that cannot be sent are counted once', () => {
    const bad: SeriesInput[] = [
      { type: 'distribution', name: '...', values: [1] },
      { type: 'distribution', name: 'x', values: [Number.POSITIVE_INFINITY] },
    ];
    expect(encode(bad, points)).toMatchObject({
      values: [],
      sketches: [],
      losses: new Map([
        ['bad_name', 1],
        ['not_finite', 1],
      ]),
    });
  });
});
