import { describe, expect, it } from 'vitest';
import type { Labels, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';
import { type PageEncoderOptions, pageEncoder } from '../../../../backends/prometheus/remote-write/page-encoder.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { wireV2 } from '../../../../backends/prometheus/remote-write/wire-v2.ts';
import { type ReceivedTimeSeries, readVersion1, readVersion2 } from '../../../helper/remote-write-messages.ts';

const NOW = 1_700_000_010_000;
const BEGAN = 1_700_000_000_000;
const LABELS: Labels = { pairs: ['path:/a'], text: 'path="/a"' };

function written(sample: Sample, changes: Partial<PageEncoderOptions> = {}): readonly ReceivedTimeSeries[] {
  const wire = wireV2();
  const encoder = pageEncoder(wire, { timestampMs: NOW, externalLabels: [], native: true, ...changes });
  encoder.family({ name: 'm', type: sample.type, help: 'What it is.' });
  encoder.sample(sample);
  encoder.end();
  return readVersion2(wire.take().bytes);
}

/** `name{labels} value`, or `stale` in place of a value. */
function lines(all: readonly ReceivedTimeSeries[]): string[] {
  return all.map(({ labels, samples }) => {
    const name = labels.find(([key]) => key === '__name__')?.[1];
    const others = labels.filter(([key]) => key !== '__name__').map(([key, value]) => `${key}="${value}"`);
    return `${name}{${others.join(',')}} ${samples.map(({ value, isStale }) => (isStale ? 'stale' : value)).join(' ')}`;
  });
}

const summary: Sample = {
  type: 'summary',
  labels: LABELS,
  count: 3,
  sum: 6,
  createdMs: BEGAN,
  quantiles: [0.5, 1],
  values: [2, Number.NaN],
};

const histogram: Sample = {
  type: 'histogram',
  labels: LABELS,
  count: 4,
  sum: 9,
  createdMs: BEGAN,
  bounds: [0.5, 1],
  counts: [1, 3],
  exemplars: [undefined, { pairs: ['trace_id:t1'], value: 0.7, timestampMs: NOW - 1 }, undefined],
};

describe('what a scrape would find', () => {
  it('of a counter and of a gauge: one sample, with what it is', () => {
    const [counter] = written({ type: 'counter', labels: LABELS, value: 7, createdMs: BEGAN });
    expect(counter).toEqual({
      labels: [
        ['__name__', 'm'],
        ['path', '/a'],
      ],
      samples: [{ value: 7, isStale: false, timestamp: NOW, start: BEGAN }],
      histograms: [],
      exemplars: [],
      metadata: { type: 1, help: 'What it is.' },
      created: BEGAN,
    });
    expect(written({ type: 'gauge', labels: LABELS, value: -1 })).toMatchObject([
      { samples: [{ value: -1 }], metadata: { type: 2 }, created: 0 },
    ]);
  });

  it('of a summary: its quantiles, which have no beginning, its sum and its count', () => {
    const series = written(summary);
    expect(lines(series)).toEqual([
      'm{path="/a",quantile="0.5"} 2',
      'm{path="/a",quantile="1.0"} NaN',
      'm_sum{path="/a"} 6',
      'm_count{path="/a"} 3',
    ]);
    expect(series.map(({ created }) => created)).toEqual([0, 0, BEGAN, BEGAN]);
    expect(series.map(({ metadata }) => metadata?.type)).toEqual([5, 5, 5, 5]);
  });

  it('of a histogram: cumulative buckets, and the exemplar of each', () => {
    const series = written(histogram);
    expect(lines(series)).toEqual([
      'm_bucket{le="0.5",path="/a"} 1',
      'm_bucket{le="1.0",path="/a"} 3',
      'm_bucket{le="+Inf",path="/a"} 4',
      'm_sum{path="/a"} 9',
      'm_count{path="/a"} 4',
    ]);
    const exemplars = series.map(({ exemplars: [first] }) => first);
    expect(exemplars).toEqual([
      undefined,
      { labels: [['trace_id', 't1']], value: 0.7, timestamp: NOW - 1 },
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('adds external labels where the series has none of that name', () => {
    const externalLabels = ['cluster', 'path'].map((name) => ({ name, value: 'x', wins: false }));
    expect(lines(written({ type: 'gauge', labels: LABELS, value: 1 }, { externalLabels }))).toEqual([
      'm{cluster="x",path="/a"} 1',
    ]);
  });
});

describe('a native histogram', () => {
  const native = {
    schema: 3,
    zeroThreshold: 1e-128,
    zeroCount: 0.5,
    // Two empty buckets are written, three are left out.
    positive: [
      [-4, 1.5],
      [-3, 2],
      [0, 4],
      [4, 1],
    ] as const,
    negative: [[7, 3]] as const,
  };

  it.each([
    ['1', () => wireV1(), readVersion1, 0],
    ['2', () => wireV2(), readVersion2, BEGAN],
  ])('is spans and counts, beside its classic buckets, in version %s', (_, make, read, start) => {
    const wire = make();
    const encoder = pageEncoder(wire, { timestampMs: NOW, externalLabels: [], native: true });
    encoder.family({ name: 'm', type: 'histogram', help: '' });
    encoder.sample({ ...histogram, native } as Sample);
    const series = read(wire.take().bytes);
    expect(series.map(({ samples }) => samples.length)).toEqual([1, 1, 1, 1, 1, 0]);
    expect(series.at(-1)?.histograms).toMatchObject([
      {
        countFloat: 4,
        sum: 9,
        schema: 3,
        zeroThreshold: 1e-128,
        zeroCountFloat: 0.5,
        negativeSpans: [{ offset: 7, length: 1 }],
        negativeCounts: [3],
        positiveSpans: [
          { offset: -4, length: 5 },
          { offset: 3, length: 1 },
        ],
        positiveCounts: [1.5, 2, 0, 0, 4, 1],
        timestamp: NOW,
        start,
      },
    ]);
  });

  it('is left out where it is not asked for', () => {
    const alone = { ...histogram, bounds: [], counts: [], exemplars: [], native } as Sample;
    expect(lines(written(alone, { native: false }))).toEqual([
      'm_bucket{le="+Inf",path="/a"} 4',
      'm_sum{path="/a"} 9',
      'm_count{path="/a"} 4',
    ]);
  });

  it('is alone where there are no classic bounds, and ends with a plain marker', () => {
    const alone = { ...histogram, bounds: [], counts: [], native } as Sample;
    expect(written(alone)).toMatchObject([{ samples: [], histograms: [{ schema: 3 }], created: BEGAN }]);
    expect(lines(written(alone, { stale: true }))).toEqual(['m{path="/a"} stale']);
  });
});

it('ends every series that it has written, under the same labels', () => {
  for (const sample of [summary, histogram]) {
    const ends = written(sample, { stale: true });
    expect(ends.map(({ labels }) => labels)).toEqual(written(sample).map(({ labels }) => labels));
    expect(ends.every(({ samples }) => samples[0]?.isStale)).toBe(true);
    expect(ends.map(({ exemplars, created }) => [exemplars, created])).toEqual(ends.map(() => [[], 0]));
  }
});
