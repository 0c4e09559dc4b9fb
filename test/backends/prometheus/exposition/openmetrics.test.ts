import { describe, expect, it } from 'vitest';
import type { Family, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';
import { createOpenMetricsEncoder } from '../../../../backends/prometheus/exposition/openmetrics.ts';
import { encode, labelsOf } from './samples.ts';

const createdMs = 1_700_000_000_250;
const exemplar = { pairs: ['trace_id:x"'], value: 0.5, timestampMs: 1_700_000_000_500 };

function textOf(family: Family, samples: readonly Sample[], created = true, ...others: readonly string[]): string {
  const options = { escaping: 'allow-utf-8', created, has: (name: string) => others.includes(name) } as const;
  return encode(createOpenMetricsEncoder(options), [{ family, samples }]).toString();
}

const counter = (name: string) => ({ name, type: 'counter', help: '' }) as const;
const one = { type: 'counter', labels: labelsOf('a:1'), value: 1, createdMs, exemplar } as const;

describe('counters', () => {
  it('with _total are a family without it', () => {
    expect(textOf(counter('hits_total'), [one])).toBe(
      '# TYPE hits counter\nhits_total{a="1"} 1 # {trace_id="x\\""} 0.5 1700000000.5\nhits_created{a="1"} 1700000000.25\n# EOF\n',
    );
    expect(textOf(counter('http.hits_total'), [one])).toBe(
      '# TYPE "http.hits" counter\n{"http.hits_total",a="1"} 1 # {trace_id="x\\""} 0.5 1700000000.5\n{"http.hits_created",a="1"} 1700000000.25\n# EOF\n',
    );
  });

  it.each(['hits', 'hits_total_count', '_total'])('called %s keep their name, and are of no known type', (name) => {
    expect(textOf(counter(name), [one])).toBe(`# TYPE ${name} unknown\n${name}{a="1"} 1\n# EOF\n`);
  });

  it('whose family would have the name of another keep it too', () => {
    expect(textOf(counter('hits_total'), [one], true, 'hits')).toBe(
      '# TYPE hits_total unknown\nhits_total{a="1"} 1\n# EOF\n',
    );
  });

  it('tell when they began only where that is wanted and no other family has the name', () => {
    expect(textOf(counter('hits_total'), [one], false)).not.toContain('_created');
    expect(textOf(counter('hits_total'), [one], true, 'hits_created')).not.toContain('_created');
  });
});

describe('exemplars', () => {
  const labels = (length: number) => ({ ...one, exemplar: { ...exemplar, pairs: [`id:${'😱'.repeat(length - 2)}`] } });

  it('have at most 128 characters in their labels', () => {
    expect(textOf(counter('hits_total'), [labels(128)], false)).toContain(' # {id="😱');
    expect(textOf(counter('hits_total'), [labels(129)], false)).toBe(
      '# TYPE hits counter\nhits_total{a="1"} 1\n# EOF\n',
    );
  });

  it('have labels', () => {
    const bare = { ...one, exemplar: { ...exemplar, pairs: [] } };
    expect(textOf(counter('hits_total'), [bare], false)).toBe('# TYPE hits counter\nhits_total{a="1"} 1\n# EOF\n');
  });
});

it('summaries have canonical quantiles and whole counts', () => {
  const sample = {
    type: 'summary',
    labels: labelsOf(),
    count: 2.5,
    sum: 7.25,
    createdMs,
    quantiles: [0.5, 1],
    values: [3, Number.NaN],
  } as const;
  expect(textOf({ name: 's', type: 'summary', help: 'say "x" \\ \n' }, [sample])).toBe(
    '# HELP s say \\"x\\" \\\\ \\n\n# TYPE s summary\ns{quantile="0.5"} 3\ns{quantile="1.0"} NaN\ns_sum 7.25\ns_count 3\ns_created 1700000000.25\n# EOF\n',
  );
});

it('histograms have canonical bounds, whole counts and exemplars', () => {
  const sample = {
    type: 'histogram',
    labels: labelsOf(),
    count: 3.75,
    sum: 7.25,
    createdMs,
    bounds: [0.1, 1],
    counts: [0, 3.4],
    exemplars: [undefined, exemplar, { ...exemplar, value: 7 }],
  } as const;
  expect(textOf({ name: 'h', type: 'histogram', help: '' }, [sample])).toBe(
    '# TYPE h histogram\nh_bucket{le="0.1"} 0\nh_bucket{le="1.0"} 3 # {trace_id="x\\""} 0.5 1700000000.5\n' +
      'h_bucket{le="+Inf"} 4 # {trace_id="x\\""} 7 1700000000.5\nh_sum 7.25\nh_count 4\nh_created 1700000000.25\n# EOF\n',
  );
});

it('gauges are as in text', () => {
  const sample = { type: 'gauge', labels: labelsOf(), value: Number.NEGATIVE_INFINITY } as const;
  expect(textOf({ name: 'g_total', type: 'gauge', help: '' }, [sample])).toBe(
    '# TYPE g_total gauge\ng_total -Inf\n# EOF\n',
  );
});

it('a page without families is only its end', () => {
  expect(encode(createOpenMetricsEncoder({ escaping: 'dots', created: true, has: () => false }), []).toString()).toBe(
    '# EOF\n',
  );
});
