import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exemplar, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';
import { createOpenMetricsEncoder } from '../../../../backends/prometheus/exposition/openmetrics.ts';
import { createTextEncoder } from '../../../../backends/prometheus/exposition/text.ts';
import {
  hasPrometheusClient,
  type ParsedFamily,
  type PrometheusClient,
  startPrometheusClient,
} from '../../../helper/prometheus-client.ts';
import { encode, type FamilySamples, pages } from './samples.ts';

type Labels = Readonly<Record<string, string>>;

/** One line of a page. */
interface Line {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar: { readonly labels: Labels; readonly value: number; readonly seconds: number } | undefined;
}

interface Read {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly lines: readonly Line[];
}

describe.skipIf(!hasPrometheusClient)("is read by Prometheus' client for Python", () => {
  let client: PrometheusClient;
  beforeAll(() => {
    client = startPrometheusClient();
  });
  afterAll(() => client.stop());

  it.each([
    ['classic', false],
    ['any', true],
  ])('text with %s names', async (_, isUtf8) => {
    await fc.assert(
      fc.asyncProperty(pages(isUtf8), async (page) => {
        const text = encode(createTextEncoder('allow-utf-8'), page).toString();
        expect((await client.parse('text', text)).map(read)).toEqual(page.map(asText));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['classic', false],
    ['any', true],
  ])('OpenMetrics with %s names', async (_, isUtf8) => {
    const options = { escaping: 'allow-utf-8', created: true, has: () => false } as const;
    await fc.assert(
      fc.asyncProperty(pages(isUtf8), async (page) => {
        const text = encode(createOpenMetricsEncoder(options), page).toString();
        expect((await client.parse('openmetrics', text)).map(read)).toEqual(page.map(asOpenMetrics));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['underscores', 'dots', 'values'] as const)('names that are escaped as %s', async (escaping) => {
    await fc.assert(
      fc.asyncProperty(pages(true), async (page) => {
        const text = encode(createTextEncoder(escaping), page).toString();
        expect(text.replace(/"(\\.|[^"\\])*"|^#.*/gm, '')).not.toMatch(/[^\w:{},=+.\s-]/);
        await client.parse('text', text);
        await client.parse(
          'openmetrics',
          encode(createOpenMetricsEncoder({ escaping, created: true, has: () => false }), page).toString(),
        );
      }),
      { numRuns: 25 },
    );
  });
});

function read({ name, type, help, samples }: ParsedFamily): Read {
  const lines = samples.map(([name, labels, value, exemplar]) => ({
    name,
    labels,
    value: numberOf(value),
    exemplar:
      exemplar === null ? undefined : { labels: exemplar[0], value: numberOf(exemplar[1]), seconds: exemplar[2] },
  }));
  return { name, type, help, lines };
}

function numberOf(text: string): number {
  const value = Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
  return value === 0 ? 0 : value;
}

/** The parser calls counters as OpenMetrics does. */
function asText({ family, samples }: FamilySamples): Read {
  const { type, help } = family;
  const name = type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const lines = samples.flatMap((sample) => linesOf(name, type === 'counter' ? '_total' : '', sample, false));
  return { name, type, help, lines };
}

function asOpenMetrics({ family, samples }: FamilySamples): Read {
  const { type, name, help } = family;
  if (type !== 'counter')
    return { name, type, help, lines: samples.flatMap((sample) => linesOf(name, '', sample, true)) };
  if (!name.endsWith('_total')) {
    const lines = samples.flatMap((sample) => linesOf(name, '', sample, false));
    return { name, type: 'unknown', help, lines };
  }
  const base = name.slice(0, -'_total'.length);
  return { name: base, type, help, lines: samples.flatMap((sample) => linesOf(base, '_total', sample, true)) };
}

/** `isRich`: with what only OpenMetrics has, and whole counts. */
function linesOf(name: string, suffix: string, sample: Sample, isRich: boolean): Line[] {
  const own = labelsFrom(sample.labels.pairs);
  const line = (suffix: string, value: number, more: Labels = {}, exemplar?: Exemplar): Line => ({
    name: name + suffix,
    labels: { ...own, ...more },
    value: value === 0 ? 0 : value,
    exemplar:
      exemplar === undefined || !isRich
        ? undefined
        : {
            labels: labelsFrom(exemplar.pairs),
            value: exemplar.value === 0 ? 0 : exemplar.value,
            seconds: exemplar.timestampMs / 1000,
          },
  });
  const count = (value: number) => (isRich ? Math.round(value) : value);
  const created = (ms: number) => (isRich ? [line('_created', ms / 1000)] : []);
  switch (sample.type) {
    case 'counter':
      return [line(suffix, sample.value, {}, sample.exemplar), ...created(sample.createdMs)];
    case 'gauge':
      return [line(suffix, sample.value)];
    case 'summary':
      return [
        ...sample.quantiles.map((q, i) => line('', sample.values[i]!, { quantile: written(q, isRich) })),
        line('_sum', sample.sum),
        line('_count', count(sample.count)),
        ...created(sample.createdMs),
      ];
    case 'histogram':
      return [
        ...sample.bounds.map((bound, i) =>
          line('_bucket', count(sample.counts[i]!), { le: written(bound, isRich) }, sample.exemplars?.[i]),
        ),
        line('_bucket', count(sample.count), { le: '+Inf' }, sample.exemplars?.[sample.bounds.length]),
        line('_sum', sample.sum),
        line('_count', count(sample.count)),
        ...created(sample.createdMs),
      ];
    default:
      return sample satisfies never;
  }
}

/** The bounds and quantiles of the pages here. */
function written(number: number, isRich: boolean): string {
  if (number === 1e6) return '1e+06';
  if (number === 1e-5) return '1e-05';
  return Number.isInteger(number) && isRich ? `${number}.0` : String(number);
}

function labelsFrom(pairs: readonly string[]): Labels {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...rest] = pair.split(':');
      return [name, rest.join(':')];
    }),
  );
}
