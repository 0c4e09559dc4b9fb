import { describe, expect, it } from 'vitest';
import type { Escaping } from '../../../../backends/prometheus/exposition/escaping.ts';
import { createTextEncoder } from '../../../../backends/prometheus/exposition/text.ts';
import { encode, type FamilySamples, labelsOf } from './samples.ts';

const textOf = (page: readonly FamilySamples[], escaping: Escaping = 'underscores') =>
  encode(createTextEncoder(escaping), page).toString();

const createdMs = 1_700_000_000_000;

describe('text 0.0.4', () => {
  it('has HELP and TYPE once per family, and the name of a counter as it is', () => {
    const samples = [
      { type: 'counter', labels: labelsOf(), value: 3, createdMs },
      { type: 'counter', labels: labelsOf('a:1', 'b:x'), value: 0.1, createdMs },
    ] as const;
    expect(textOf([{ family: { name: 'hits', type: 'counter', help: 'Hits.' }, samples }])).toBe(
      '# HELP hits Hits.\n# TYPE hits counter\nhits 3\nhits{a="1",b="x"} 0.1\n',
    );
  });

  it('escapes HELP and the values of labels', () => {
    const samples = [{ type: 'gauge', labels: labelsOf('a:"\\\n'), value: -1 }] as const;
    expect(textOf([{ family: { name: 'g', type: 'gauge', help: 'a "b" \\ \n c' }, samples }])).toBe(
      '# HELP g a "b" \\\\ \\n c\n# TYPE g gauge\ng{a="\\"\\\\\\n"} -1\n',
    );
  });

  it('has no HELP where there is nothing to say', () => {
    expect(textOf([{ family: { name: 'g', type: 'gauge', help: '' }, samples: [] }])).toBe('# TYPE g gauge\n');
  });

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [-0, '0'],
    [1e300, '1e+300'],
  ])('writes %d', (value, text) => {
    const samples = [{ type: 'gauge', labels: labelsOf(), value }] as const;
    expect(textOf([{ family: { name: 'g', type: 'gauge', help: '' }, samples }])).toBe(`# TYPE g gauge\ng ${text}\n`);
  });

  it('writes summaries', () => {
    const summary = {
      type: 'summary',
      count: 2.5,
      sum: 7,
      createdMs,
      quantiles: [0.5, 1],
      values: [3, Number.NaN],
    } as const;
    const samples = [
      { ...summary, labels: labelsOf() },
      { ...summary, labels: labelsOf('a:1'), quantiles: [] },
    ];
    expect(textOf([{ family: { name: 's', type: 'summary', help: '' }, samples }])).toBe(
      '# TYPE s summary\ns{quantile="0.5"} 3\ns{quantile="1"} NaN\ns_sum 7\ns_count 2.5\ns_sum{a="1"} 7\ns_count{a="1"} 2.5\n',
    );
  });

  it('writes histograms, whose bounds are as Go writes them, without exemplars', () => {
    const exemplar = { pairs: ['trace_id:x'], value: 1, timestampMs: 5 };
    const histogram = { type: 'histogram', count: 4, sum: 9, createdMs, bounds: [0.1, 1e6], counts: [1, 3.5] } as const;
    const samples = [{ ...histogram, labels: labelsOf('a:1'), exemplars: [exemplar, exemplar, exemplar] }];
    expect(textOf([{ family: { name: 'h', type: 'histogram', help: '' }, samples }])).toBe(
      '# TYPE h histogram\nh_bucket{a="1",le="0.1"} 1\nh_bucket{a="1",le="1e+06"} 3.5\nh_bucket{a="1",le="+Inf"} 4\nh_sum{a="1"} 9\nh_count{a="1"} 4\n',
    );
  });

  it('keeps the bounds of two histograms apart', () => {
    const histogram = { type: 'histogram', count: 1, sum: 1, createdMs, labels: labelsOf(), counts: [1] } as const;
    const samples = [
      { ...histogram, bounds: [1] },
      { ...histogram, bounds: [2] },
    ];
    const text = textOf([{ family: { name: 'h', type: 'histogram', help: '' }, samples }]);
    expect(text.match(/le="\d"/g)).toEqual(['le="1"', 'le="2"']);
  });
});

describe('names of any characters', () => {
  const page = [
    {
      family: { name: 'http.requests', type: 'summary', help: 'x' },
      samples: [
        { type: 'summary', labels: labelsOf('env.name:p'), count: 1, sum: 2, createdMs, quantiles: [1], values: [2] },
        { type: 'summary', labels: labelsOf(), count: 1, sum: 2, createdMs, quantiles: [], values: [] },
      ],
    },
  ] as const;

  it('stand in quotes in text 1.0.0', () => {
    expect(textOf(page, 'allow-utf-8')).toBe(
      '# HELP "http.requests" x\n# TYPE "http.requests" summary\n{"http.requests","env.name"="p",quantile="1"} 2\n' +
        '{"http.requests_sum","env.name"="p"} 2\n{"http.requests_count","env.name"="p"} 1\n{"http.requests_sum"} 2\n{"http.requests_count"} 1\n',
    );
  });

  it('are escaped for others', () => {
    expect(textOf(page, 'dots')).toContain('http_dot_requests_sum{env_dot_name="p"} 2\nhttp_dot_requests_count{');
    expect(textOf(page)).toContain('# TYPE http_requests summary\nhttp_requests{env_name="p",quantile="1"} 2\n');
  });
});

it('a sample without a family is a fault of the caller', () => {
  expect(() => createTextEncoder('dots').sample({ type: 'gauge', labels: labelsOf(), value: 1 })).toThrow(
    'without a family',
  );
});

it('tells its length, and gives each line once', () => {
  const encoder = createTextEncoder('underscores');
  encoder.family({ name: 'g', type: 'gauge', help: '' });
  expect(encoder.length).toBe('# TYPE g gauge\n'.length);
  expect(Buffer.from(encoder.take()).toString()).toBe('# TYPE g gauge\n');
  encoder.sample({ type: 'gauge', labels: labelsOf(), value: 1 });
  encoder.end();
  expect(Buffer.from(encoder.take()).toString()).toBe('g 1\n');
  expect(encoder.take()).toHaveLength(0);
});
