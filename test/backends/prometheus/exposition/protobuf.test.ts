import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Family, NativeHistogram, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';
import type { Escaping } from '../../../../backends/prometheus/exposition/escaping.ts';
import { createProtobufEncoder } from '../../../../backends/prometheus/exposition/protobuf.ts';
import { decodeFamilies, type ModelHistogram, type ModelMetric, type ModelSpan } from './client-model.ts';
import { encode, labelsOf, pages } from './samples.ts';

const createdMs = 1_700_000_000_250;
const created = { seconds: 1_700_000_000, nanos: 250_000_000 };

function decoded(family: Family, sample: Sample, escaping: Escaping = 'underscores'): ModelMetric {
  const [only] = decodeFamilies(encode(createProtobufEncoder(escaping), [{ family, samples: [sample] }]));
  expect(only!.metric).toHaveLength(1);
  return only!.metric[0]!;
}

describe('a page', () => {
  it('is a message for each family, with the names of counters as they are', () => {
    const page = [
      {
        family: { name: 'hits', type: 'counter', help: 'Hits.' },
        samples: [
          { type: 'counter', labels: labelsOf(), value: 1, createdMs },
          { type: 'counter', labels: labelsOf('a:x:y', 'é:火'), value: 2.5, createdMs },
        ],
      },
      { family: { name: 'g', type: 'gauge', help: '' }, samples: [] },
    ] as const;
    expect(decodeFamilies(encode(createProtobufEncoder('allow-utf-8'), page))).toEqual([
      {
        name: 'hits',
        help: 'Hits.',
        type: 'COUNTER',
        metric: [
          { label: [], counter: { value: 1, createdTimestamp: created } },
          {
            label: [
              { name: 'a', value: 'x:y' },
              { name: 'é', value: '火' },
            ],
            counter: { value: 2.5, createdTimestamp: created },
          },
        ],
      },
      { name: 'g', help: '', type: 'GAUGE', metric: [] },
    ]);
  });

  it('has the names that the reader takes', () => {
    const family = { name: 'http.requests', type: 'gauge', help: '' } as const;
    const sample = { type: 'gauge', labels: labelsOf('env.name:p'), value: 1 } as const;
    const [names] = decodeFamilies(encode(createProtobufEncoder('values'), [{ family, samples: [sample] }]));
    expect(names).toMatchObject({ name: 'U__http_2e_requests', metric: [{ label: [{ name: 'U__env_2e_name' }] }] });
  });

  it('is taken family by family', () => {
    const encoder = createProtobufEncoder('underscores');
    encoder.family({ name: 'a', type: 'gauge', help: '' });
    encoder.sample({ type: 'gauge', labels: labelsOf(), value: 1 });
    expect(encoder.length).toBe(0);
    expect(encoder.take()).toHaveLength(0);
    encoder.family({ name: 'b', type: 'gauge', help: '' });
    const { length } = encoder;
    const first = encoder.take();
    expect(first).toHaveLength(length);
    expect(decodeFamilies(first)).toMatchObject([{ name: 'a', metric: [{ gauge: { value: 1 } }] }]);
    encoder.sample({ type: 'gauge', labels: labelsOf(), value: 2 });
    encoder.end();
    expect(decodeFamilies(encoder.take())).toMatchObject([{ name: 'b', metric: [{ gauge: { value: 2 } }] }]);
  });
});

describe('histograms', () => {
  const family = { name: 'h', type: 'histogram', help: '' } as const;
  const histogram = { type: 'histogram', labels: labelsOf(), sum: 9, createdMs, bounds: [0.1, 1] } as const;
  const read = (sample: Omit<Extract<Sample, { type: 'histogram' }>, keyof typeof histogram>) =>
    decoded(family, { ...histogram, ...sample }).histogram!;

  it('with whole counts have no floats', () => {
    expect(read({ count: 4, counts: [1, 3] })).toEqual({
      sampleCount: 4,
      sampleSum: 9,
      bucket: [
        { cumulativeCount: 1, upperBound: 0.1 },
        { cumulativeCount: 3, upperBound: 1 },
      ],
      createdTimestamp: created,
      negativeSpan: [],
      negativeDelta: [],
      negativeCount: [],
      positiveSpan: [],
      positiveDelta: [],
      positiveCount: [],
      exemplars: [],
    });
  });

  it('with one that is not whole have floats beside rounded ones', () => {
    expect(read({ count: 4.75, counts: [1, 3.25] })).toMatchObject({
      sampleCount: 5,
      sampleCountFloat: 4.75,
      bucket: [
        { cumulativeCount: 1, cumulativeCountFloat: 1 },
        { cumulativeCount: 3, cumulativeCountFloat: 3.25 },
      ],
    });
  });

  it('have exemplars in their buckets, that of the last one in one of its own', () => {
    const exemplar = { pairs: ['trace.id:x'], value: 0.05, timestampMs: 1500 };
    const want = {
      label: [{ name: 'trace_id', value: 'x' }],
      value: 0.05,
      timestamp: { seconds: 1, nanos: 500_000_000 },
    };
    expect(
      read({ count: 4, counts: [1, 3], exemplars: [exemplar, undefined, { ...exemplar, value: 7 }] }).bucket,
    ).toEqual([
      { cumulativeCount: 1, upperBound: 0.1, exemplar: want },
      { cumulativeCount: 3, upperBound: 1 },
      { cumulativeCount: 4, upperBound: Number.POSITIVE_INFINITY, exemplar: { ...want, value: 7 } },
    ]);
  });

  const native: NativeHistogram = { schema: -1, zeroThreshold: 0.5, zeroCount: 2, positive: [], negative: [] };

  it('that are native have runs of buckets and differences', () => {
    const positive = [
      [-3, 5],
      [-2, 4],
      [1, 7],
      [9, 1],
    ] as const;
    expect(read({ count: 20, counts: [0, 0], native: { ...native, positive, negative: [[2, 1]] } })).toMatchObject({
      schema: -1,
      zeroThreshold: 0.5,
      zeroCount: 2,
      negativeSpan: [{ offset: 2, length: 1 }],
      negativeDelta: [1],
      positiveSpan: [
        { offset: -3, length: 5 },
        { offset: 7, length: 1 },
      ],
      positiveDelta: [5, -1, -4, 0, 7, -6],
      positiveCount: [],
    });
  });

  it('that are native have floats where one of their weights is not whole', () => {
    const histogram = read({ count: 5.5, counts: [0, 0], native: { ...native, positive: [[0, 3.5]] } });
    expect(histogram).toMatchObject({
      sampleCountFloat: 5.5,
      zeroCountFloat: 2,
      positiveDelta: [],
      positiveCount: [3.5],
    });
    expect(histogram).not.toHaveProperty('zeroCount');
  });

  it('that are native and have no bucket are told from classic ones', () => {
    expect(
      read({ count: 0, counts: [0, 0], native: { ...native, zeroThreshold: 0, zeroCount: 0 } }).positiveSpan,
    ).toEqual([{ offset: 0, length: 0 }]);
  });
});

it('any page is read by protobufjs as it was written', () => {
  fc.assert(
    fc.property(pages(true), (page) => {
      const families = decodeFamilies(encode(createProtobufEncoder('allow-utf-8'), page));
      expect(families.map(({ name, help, type }) => [name, help, type])).toEqual(
        page.map(({ family }) => [family.name, family.help, family.type.toUpperCase()]),
      );
      for (const [i, { samples }] of page.entries()) {
        expect(families[i]!.metric).toHaveLength(samples.length);
        for (const [j, sample] of samples.entries()) expectSame(families[i]!.metric[j]!, sample);
      }
    }),
    { numRuns: 200 },
  );
});

function expectSame(metric: ModelMetric, sample: Sample): void {
  expect(metric.label.map(({ name, value }) => `${name}:${value}`)).toEqual(sample.labels.pairs);
  switch (sample.type) {
    case 'counter':
      expect(metric.counter!.value).toBe(sample.value);
      expect(metric.counter!.createdTimestamp.seconds).toBe(Math.floor(sample.createdMs / 1000));
      expect(metric.counter!.exemplar?.value).toBe(sample.exemplar?.value);
      return;
    case 'gauge':
      expect(metric.gauge!.value).toBe(sample.value);
      return;
    case 'summary':
      expect(metric.summary).toMatchObject({ sampleCount: Math.round(sample.count), sampleSum: sample.sum });
      expect(metric.summary!.quantile).toEqual(
        sample.quantiles.map((quantile, i) => ({ quantile, value: sample.values[i] })),
      );
      return;
    case 'histogram': {
      const histogram = metric.histogram!;
      expect(histogram.sampleCountFloat ?? histogram.sampleCount).toBe(sample.count);
      const classic = histogram.bucket.slice(0, sample.bounds.length);
      expect(classic.map(({ upperBound }) => upperBound)).toEqual(sample.bounds);
      expect(classic.map((bucket) => bucket.cumulativeCountFloat ?? bucket.cumulativeCount)).toEqual(
        Array.from(sample.counts),
      );
      if (sample.native === undefined) return;
      expect(histogram.zeroCountFloat ?? histogram.zeroCount).toBe(sample.native.zeroCount);
      expect(bucketsOf(histogram, 'positive')).toEqual([...sample.native.positive]);
      expect(bucketsOf(histogram, 'negative')).toEqual([...sample.native.negative]);
      return;
    }
    default:
      sample satisfies never;
  }
}

/** Read as the description of the format says, without the empty ones. */
function bucketsOf(histogram: ModelHistogram, sign: 'positive' | 'negative'): [index: number, weight: number][] {
  let sum = 0;
  const summed = histogram[`${sign}Delta`].map((delta) => {
    sum += delta;
    return sum;
  });
  const weights = histogram.sampleCountFloat === undefined ? summed : histogram[`${sign}Count`];
  const indexes = spread(histogram[`${sign}Span`]);
  expect(indexes).toHaveLength(weights.length);
  return indexes.map((index, i): [number, number] => [index, weights[i]!]).filter(([, weight]) => weight !== 0);
}

function spread(spans: readonly ModelSpan[]): number[] {
  const indexes: number[] = [];
  let next = 0;
  for (const { offset, length } of spans) {
    next += offset;
    for (let i = 0; i < length; i++) indexes.push(next++);
  }
  return indexes;
}
