import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../../backends/prometheus/exposition/encoders.ts';
import { ESCAPINGS, type Escaping } from '../../../backends/prometheus/exposition/escaping.ts';
import type { Exposition } from '../../../backends/prometheus/exposition/negotiate.ts';
import type { NameStyle } from '../../../backends/prometheus/naming.ts';
import { pageFor } from '../../../backends/prometheus/page/escaped.ts';
import { createState, type State } from '../../../backends/prometheus/page/state.ts';
import { readExporterFile } from '../../../src/config/exporter/read.ts';
import { createMapping, type Mapping } from '../../../src/mapping/mapping.ts';
import { hasPrometheusClient, type PrometheusClient, startPrometheusClient } from '../../helper/prometheus-client.ts';
import { openMerger, openShard, windowsOf } from '../../helper/shard.ts';
import { recordingContext } from '../../helper/window.ts';
import { decodeFamilies, type ModelFamily } from './exposition/client-model.ts';
import { parsePage } from './exposition.ts';

interface Line {
  readonly name: string;
  readonly tags: readonly string[];
  readonly type: 'c' | 'g' | 's' | 'ms' | 'h' | 'd';
  readonly value: number;
  readonly rate: number;
}

interface Given {
  readonly names: NameStyle;
  readonly prefix: string;
  readonly observer: 'summary' | 'histogram';
  /** As in a mapping file of statsd_exporter. */
  readonly rules: readonly object[];
  /** Of one window each. */
  readonly windows: readonly (readonly Line[])[];
}

/** Names that meet: with others, or with the samples of others, once they are escaped or mapped. */
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('x', 'x.y', 'x-y', 'x_y', 'x--y', 'é', 'ü', '1', '_1', 'a.1', 'a-1', 'a') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('x.sum', 'x_count', 'x-bucket', 'x.total', 'x_total', 'x.created', 'x_y.sum'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('up', 'scrape.x', 'statsdrain-x', 'le', 'quantile', '__name__', 'U__x_2e_y'),
  },
  { weight: 1, arbitrary: fc.constantFrom('process.x', 'x_dot_y', 'x__y', '__proto__', 'job.x.y', 'job.y', '😀', '𝒳') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }).map(withoutMeaning) },
);

/** Characters that mean something in a line, or that cannot stand in one. */
function withoutMeaning(text: string): string {
  return `${text.replace(/[\p{Cc}:|@#;,=\s\uFFFD]/gu, '')}z`;
}

const tag = fc.oneof(
  fc
    .tuple(word, fc.constantFrom('1', '2', '"', '\\', ',"', 'a:b', 'ö', '', '{}', ' '))
    .map(([key, value]) => `${key}:${value}`),
  word,
);

const line: fc.Arbitrary<Line> = fc.record({
  name: word,
  tags: fc.array(tag, { maxLength: 3 }),
  type: fc.constantFrom('c', 'c', 'c', 'g', 's', 'ms', 'h', 'd'),
  value: fc.constantFrom(0, 1, 2, 3, 250, 1e6, 0.5, 1e300),
  rate: fc.constantFrom(1, 1, 0.5, 0.1),
});

/** What may stand in a file; what is captured may be anything. */
const template = fc.constantFrom(
  '$1',
  '$1',
  'y_$1',
  '$1_sum',
  'q_$1_$2',
  '$1_total',
  'x',
  'x_y',
  'x_created',
  'up',
  '_1',
);
const labels = fc.dictionary(
  fc.constantFrom('xy', 'x_y', 'a_1', 'tag_le'),
  fc.constantFrom('$1', '1', '', 'v-$1"', '$2'),
  { maxKeys: 2 },
);
const rule = fc
  .record(
    {
      glob: fc.constantFrom('x', 'x.*', '*.y', 'job.*', 'job.*.*', 'a', 'x-y'),
      regex: fc.constantFrom('^x(.*)$', '(.)[-.]?(.*)', '^é', 'y', '^(job)\\.(\\w+)'),
      isGlob: fc.boolean(),
      name: template,
      labels,
      honor_labels: fc.boolean(),
      ttl: fc.constantFrom('1s', '2s', '1m'),
      scale: fc.constantFrom(2, 0.001, 1000),
      observer_type: fc.constantFrom('summary', 'histogram'),
      match_metric_type: fc.constantFrom('counter', 'gauge', 'observer'),
      action: fc.constantFrom('map', 'map', 'map', 'drop'),
      help: fc.constantFrom('One "two" \\ three.', 'Line\nbreak'),
    },
    { requiredKeys: ['glob', 'regex', 'isGlob', 'name', 'action'] },
  )
  .map(({ glob, regex, isGlob, ...rest }) =>
    isGlob ? { match: glob, ...rest } : { match: regex, match_type: 'regex', ...rest },
  );

const given: fc.Arbitrary<Given> = fc.record({
  names: fc.constantFrom('escaped', 'utf-8', 'utf-8'),
  prefix: fc.constantFrom('', '', 'x.', 'app_', '1-'),
  observer: fc.constantFrom('summary', 'histogram'),
  rules: fc.array(rule, { maxLength: 3 }),
  windows: fc.array(fc.array(line, { maxLength: 14 }), { minLength: 1, maxLength: 3 }),
});

/** What a back-end's page has of the lines. */
async function folded({ names, prefix, observer, rules, windows }: Given) {
  const context = recordingContext();
  const isSummary = observer === 'summary';
  const state = createState(
    {
      prefix,
      names,
      observer: isSummary
        ? { kind: 'summary', quantiles: [0.5, 0.99], maxAgeMs: 10_000, ageBuckets: 5 }
        : { kind: 'histogram', buckets: [0.1, 2], nativeFactor: 1.1, nativeMaxBuckets: 20 },
      ttl: Number.POSITIVE_INFINITY,
      gaugeTtl: Number.POSITIVE_INFINITY,
      maxSeries: 1000,
    },
    context,
  );
  state.reserve(['process_x']);
  const file = readExporterFile(JSON.stringify({ mappings: rules }));
  expect(file.faults).toEqual([]);
  const mapping = createMapping({ stages: [{ kind: 'exporter', rules: file.rules, unmapped: 'keep' }] });
  const view = { mapping, updatedOnly: true };
  const next = windowsOf(openMerger({ percentiles: [] }, view));
  const { shard } = openShard();
  const intake = shard.intake('test', 'dogstatsd');
  for (const [index, lines] of windows.entries()) {
    for (const one of lines) intake.lines(Buffer.from(textOf(one)));
    const window = next(shard.handOver(index, false));
    const { rejected, dropped } = window.account;
    expect([...rejected, ...dropped]).toEqual([]);
    await state.fold(window);
  }
  return { state, mapping };
}

function textOf({ name, tags, type, value, rate }: Line): string {
  const hasRate = rate !== 1 && type !== 'g' && type !== 's';
  const list = tags.length === 0 ? '' : `|#${tags.map((one) => one.replaceAll(',', '')).join(',')}`;
  return `${name}:${value}|${type}${hasRate ? `|@${rate}` : ''}${list}`;
}

function written(state: State, names: NameStyle, exposition: Exposition): Buffer {
  const { has, written: pieces } = pageFor(state, names, exposition.escaping);
  const encoder = createEncoder(exposition, { created: true, has });
  const page = [...pieces(encoder)];
  encoder.end();
  return Buffer.concat([...page, encoder.take()]);
}

/** The names and labels of all samples that a server makes of a page. */
function samplesOf(families: readonly ModelFamily[]): string[] {
  return families.flatMap(({ name, metric }) =>
    metric.flatMap(({ label, summary, histogram }) => {
      const keys = label.map((one) => [one.name, one.value]).sort();
      const sample = (suffix: string, ...more: string[]) => JSON.stringify([name + suffix, ...keys, ...more]);
      const both = [sample('_sum'), sample('_count')];
      if (summary) return [...summary.quantile.map(({ quantile }) => sample('', `q${quantile}`)), ...both];
      if (histogram === undefined) return [sample('')];
      return [...histogram.bucket.map(({ upperBound }) => sample('_bucket', `le${upperBound}`)), ...both];
    }),
  );
}

function once(what: string, all: readonly string[]): void {
  const twice = all.filter((one, index) => all.indexOf(one) !== index);
  expect(twice, `${what} that stand twice`).toEqual([]);
}

function noSharedNames(families: readonly ModelFamily[]): void {
  const all = families.flatMap(({ name, type }) => {
    if (type === 'HISTOGRAM') return [name, `${name}_sum`, `${name}_count`, `${name}_bucket`];
    return type === 'SUMMARY' ? [name, `${name}_sum`, `${name}_count`] : [name];
  });
  once('names', all);
}

/** By family: the sum of its counters. */
function countersOf(families: readonly ModelFamily[]): Map<string, number> {
  return new Map(
    families
      .filter(({ type }) => type === 'COUNTER')
      .map(({ name, metric }) => [name, metric.reduce((sum, { counter }) => sum + (counter?.value ?? 0), 0)]),
  );
}

/** Of what was sent, by the name that a page has it under: those that no rule drops. */
function sentCounters({ names, prefix, windows }: Given, mapping: Mapping): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, value, rate, type, tags } of windows.flat()) {
    const mapped = type === 'c' ? mapping.apply('counter', { name, tags: [...tags].sort() }) : undefined;
    if (mapped === undefined) continue;
    const own = names === 'utf-8' ? prefix + mapped.name : statsdExporterName(prefix + mapped.name);
    sums.set(own, (sums.get(own) ?? 0) + (value / rate) * (mapped.rule?.scale ?? 1));
  }
  return sums;
}

function statsdExporterName(name: string): string {
  const escaped = name.replace(/-+|[^A-Za-z0-9_]/gu, '_');
  return /^[0-9]/.test(escaped) ? `_${escaped}` : escaped;
}

/** The scheme `underscores` of https://prometheus.io/docs/instrumenting/escaping_schemes/ */
function underscores(name: string): string {
  return [...name].map((one, at) => (/[A-Za-z_:]/.test(one) || (at > 0 && /[0-9]/.test(one)) ? one : '_')).join('');
}

function near(found: number | undefined, sum: number, name: string): void {
  expect(Math.abs((found ?? Number.NaN) - sum), `the counters "${name}"`).toBeLessThanOrEqual(1e-9 * sum);
}

/** Undefined where a family has the name that the time of another could have, and has not: this reader alone minds. */
async function readOpenMetrics(client: PrometheusClient, page: string) {
  try {
    return await client.parse('openmetrics', page);
  } catch (error) {
    if (/^Clashing name: \S*_created in the page/.test((error as Error).message)) return undefined;
    throw error;
  }
}

const escapingsOf = (names: NameStyle): readonly Escaping[] => (names === 'utf-8' ? ESCAPINGS : ['underscores']);

describe('whatever is sent, under whatever rules', () => {
  let client: PrometheusClient | undefined;
  beforeAll(() => {
    if (hasPrometheusClient) client = startPrometheusClient();
  });
  afterAll(() => client?.stop());

  it('no series and no family stands twice on any page, and counters are the sums of what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { state, mapping } = await folded(one);
        const pages = new Map(
          escapingsOf(one.names).map((escaping) => {
            const families = decodeFamilies(written(state, one.names, { format: 'protobuf', escaping }));
            once(
              'families',
              families.map(({ name }) => name),
            );
            once('series', samplesOf(families));
            noSharedNames(families);
            expect(families.filter(({ name }) => /^(?:up$|scrape_|statsdrain_|process_x$)/.test(name))).toEqual([]);
            return [escaping, families] as const;
          }),
        );
        const whole = countersOf(pages.get('allow-utf-8') ?? pages.get('underscores')!);
        const refused = new Set(state.conflicts.list().map(({ name }) => name));
        if (!one.rules.some((each) => 'ttl' in each)) {
          for (const [name, sum] of sentCounters(one, mapping))
            if (!refused.has(name)) near(whole.get(name), sum, name);
        }
        for (const [name, sum] of countersOf(pages.get('underscores')!)) {
          const like = [...whole].filter(([other]) => underscores(other) === name);
          near(
            sum,
            like.reduce((total, [, value]) => total + value, 0),
            name,
          );
        }
      }),
      { numRuns: 120 },
    );
  });

  it('pages of text are read by others', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { state } = await folded(one);
        for (const escaping of escapingsOf(one.names)) {
          const text = written(state, one.names, { format: 'text-1.0.0', escaping }).toString();
          if (escaping !== 'allow-utf-8') parsePage(text);
          const open = written(state, one.names, { format: 'openmetrics-1.0.0', escaping }).toString();
          for (const page of [text, open]) once('heads', page.match(/^# TYPE .*(?= \w+$)/gm) ?? []);
          if (client === undefined) continue;
          // It takes the suffix from a counter's name, and minds that nothing is left.
          if (text.includes('# TYPE _total ')) continue;
          // TYPE stands before the samples: else the family would be of none.
          for (const { type } of await client.parse('text', text)) expect(type).not.toMatch(/^(?:untyped|unknown)$/);
          const families = await readOpenMetrics(client, open);
          if (families === undefined) continue;
          once(
            'families',
            families.map(({ name }) => name),
          );
          const samples = families.flatMap((family) => family.samples);
          once(
            'samples',
            samples.map(([name, own]) => JSON.stringify([name, ...Object.entries(own).sort()])),
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});
