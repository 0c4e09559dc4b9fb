import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExporterFile } from '../../src/config/exporter/read.ts';
import type { ExporterStage } from '../../src/config/mapping-rules.ts';
import { createExporterRules } from '../../src/mapping/exporter.ts';
import { createMapping } from '../../src/mapping/mapping.ts';
import type { MetricType } from '../../src/plugin.ts';
import type { Identity } from '../../src/protocol/identity.ts';

function stageOf(text: string, more: Partial<ExporterStage> = {}): ExporterStage {
  const { rules, faults } = readExporterFile(text);
  expect(faults).toEqual([]);
  return { kind: 'exporter', rules, unmapped: 'keep', ...more };
}

/** Rules in the flow style of YAML, one on each line. */
const rules = (...given: readonly string[]) => `mappings:\n${given.map((one) => `- {${one}}\n`).join('')}`;

/** `name#tag,tag` with the host behind `@`. */
function identity(text: string): Identity {
  const [, name = '', tags = '', host] = /^([^#@]*)(?:#([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  return { name, tags: tags === '' ? [] : tags.split(','), ...(host === undefined ? {} : { host }) };
}

function shown(result: Identity | undefined): string | undefined {
  if (result === undefined) return undefined;
  const tags = result.tags.length === 0 ? '' : `#${result.tags.join(',')}`;
  return `${result.name}${tags}${result.host === undefined ? '' : `@${result.host}`}`;
}

function mapped(text: string, sent: string, type: MetricType = 'counter'): string | undefined {
  const given = Object.freeze(identity(sent));
  Object.freeze(given.tags);
  return shown(createExporterRules(stageOf(text))(type, given).result);
}

const jobs = rules(
  'match: "job.run.*.*.*", name: job_runs_total, labels: {worker: "$1", step: "$2", result: "$3", kind: batch}',
  `match: "*.login.*.*", name: logins_total, labels: {provider: "$2", result: "$3", site: "\${1}_site"}`,
);
const status = rules(
  `match: '(.*)\\.(.*)--(.*)\\.status\\.(.*)\\.count', match_type: regex, name: requests_total, labels: {host: "$1", exec: "$2", protocol: "$3", code: "$4"}`,
);
const ordered = rules('match: "q.*", name: general, labels: {x1: "$1"}', 'match: "q.r", name: special');
const disabled = `defaults: {glob_disable_ordering: true}\n${ordered}`;
const all = rules(`match: ".+", match_type: regex, name: "$0", labels: {statsd_name: "$0"}`);
const dropRest = rules(
  'match: "keep.*", name: kept_total, labels: {what: "$1"}',
  'match: ".", match_type: regex, action: drop, name: dropped',
);

// The vectors of the exporter's tests and README, in other words; each was run on it.
describe('one rule is taken', () => {
  it.each<[string, string, string | undefined]>([
    [jobs, 'job.run.W.send.ok', 'job_runs_total#kind:batch,result:ok,step:send,worker:W'],
    [jobs, 'shop.login.mail.bad', 'logins_total#provider:mail,result:bad,site:shop_site'],
    [jobs, 'job.other-x.a.b', 'job.other-x.a.b'],
    [status, 'web1.nginx--http.status.200.count', 'requests_total#code:200,exec:nginx,protocol:http@web1'],
    [status, 'web1.nginx--http.status.count', 'web1.nginx--http.status.count'],
    [all, 'my.counter', 'my.counter#statsd_name:my.counter'],
    [ordered, 'q.r', 'general#x1:r'],
    [disabled, 'q.r', 'special'],
    [disabled, 'q.z', 'general#x1:z'],
    [dropRest, 'keep.a', 'kept_total#what:a'],
    [dropRest, 'noise.b', undefined],
    [rules('match: "a.**", name: rest, labels: {path: "$1"}'), 'a.b.c', 'rest#path:b.c'],
    // Globs go first, wherever they stand.
    [rules(`match: "a\\\\.b", match_type: regex, name: by_regex`, 'match: a.b, name: by_glob'), 'a.b', 'by_glob'],
    [rules(`match: "b$", match_type: regex, name: one`, `match: "^a", match_type: regex, name: two`), 'a.b', 'one'],
  ])('%#: %s', (text, sent, result) => {
    expect(mapped(text, sent)).toBe(result);
  });

  it.each<[MetricType, string]>([
    ['counter', 'as_counter'],
    ['gauge', 'as_gauge'],
    ['set', 'as_gauge'],
    ['timer', 'as_observer'],
    ['histogram', 'as_observer'],
    ['distribution', 'as_observer'],
  ])('by the type, too: %s', (type, name) => {
    const kinds = [
      ['counter', 'counter'],
      ['gauge', 'gauge'],
      ['observer', 'timer'],
    ];
    const globs = kinds.map(([kind, word]) => `match: "a.*", match_metric_type: ${word}, name: as_${kind}`);
    const regexes = kinds.map(
      ([kind, word]) => `match: "^b", match_type: regex, match_metric_type: ${word}, name: as_${kind}`,
    );
    expect(mapped(rules(...globs), 'a.b', type)).toBe(name);
    expect(mapped(rules(...regexes), 'b.b', type)).toBe(name);
  });
});

describe('templates', () => {
  const glob = (labels: string) => rules(`match: "x.*", name: n, labels: {${labels}}`);
  const regex = (labels: string) =>
    rules(`match: "x\\\\.(?P<what>.*)", match_type: regex, name: n, labels: {${labels}}`);
  it.each<[string, string, string]>([
    [glob(`aa: "$1_foo", bb: "\${1}_foo"`), 'x.a', 'n#bb:a_foo'],
    [glob('aa: "$$1", bb: "$2", cc: "$0"'), 'x.a', 'n'],
    [glob('aa: "pre-$1-post"'), 'x.a', 'n#aa:pre-a-post'],
    [glob('aa: "$1"'), 'x.', 'n'],
    [regex(`aa: "$1_foo", bb: "\${1}_foo"`), 'x.a', 'n#bb:a_foo'],
    [regex('aa: "$$1", bb: "$2", cc: "$0"'), 'x.a', 'n#aa:$1,cc:x.a'],
    [regex('aa: "$what"'), 'x.a', 'n#aa:a'],
    [rules('match: "a.*", name: "$1"'), 'a.b', 'b'],
  ])('%#: of %s', (text, sent, result) => {
    expect(mapped(text, sent)).toBe(result);
  });

  it('that leave no name block', () => {
    const rule = createExporterRules(stageOf(rules('match: "a.*", name: "$1"')));
    expect(rule('counter', identity('a.'))).toEqual({
      rule: 'mappings[0]',
      says: 'blocked: it matches "a.*", which gives it the empty name "$1"',
      result: undefined,
    });
  });
});

describe('labels and tags', () => {
  const label = (value: string, honor = false) =>
    rules(`match: a, name: n, honor_labels: ${honor}, labels: {pod_id: "${value}"}`);
  it.each<[string, string, string]>([
    [label('7'), 'a#env:x', 'n#env:x,pod_id:7'],
    [label('7'), 'a#pod.id:1,pod_id:2', 'n#pod_id:7'],
    [label('7'), 'a#pod-id', 'n#pod_id:7'],
    [label(''), 'a#pod.id:1,z', 'n#z'],
    [label('7', true), 'a#pod.id:1', 'n#pod.id:1'],
    [label('7', true), 'a#pod.id:', 'n#pod.id:,pod_id:7'],
    [label('', true), 'a#pod.id:1', 'n#pod.id:1'],
    [rules('match: a, name: n, labels: {host: web}'), 'a#b@old', 'n#b@web'],
    [rules('match: a, name: n, labels: {host: ""}'), 'a#b@old', 'n#b'],
    [rules('match: a, name: n, honor_labels: true, labels: {host: web}'), 'a@old', 'n@old'],
    [rules('match: a, name: n, honor_labels: true, labels: {host: web}'), 'a', 'n@web'],
    [rules('match: a, name: n, labels: {aa: "x:y,z"}'), 'a', 'n#aa:x:y,z'],
  ])('%#: %s', (text, sent, result) => {
    expect(mapped(text, sent)).toBe(result);
  });
});

describe('what a rule says besides', () => {
  const file = `defaults: {ttl: 1s}
mappings:
- {match: "a.*", name: n, scale: 1e-6, help: "means $1", ttl: 1h}
- {match: "b.*", name: m, observer_type: histogram, histogram_options: {buckets: [1, 2]}}
- {match: "c.*", name: o, ttl: 0}
`;
  const rule = createExporterRules(stageOf(file, { file: 'm.yml' }));
  const ruleOf = (name: string) => rule('timer', identity(name)).result?.rule;

  it('goes with the series', () => {
    expect(ruleOf('a.x')).toEqual({ scale: 1e-6, series: { help: 'means $1', ttlMs: 3_600_000 } });
    expect(ruleOf('b.x')).toEqual({
      scale: 1,
      series: {
        ttlMs: 1000,
        observer: { kind: 'histogram', buckets: [1, 2], nativeFactor: 1.1, nativeMaxBuckets: 256 },
      },
    });
    expect(ruleOf('c.x')).toEqual({ scale: 1, series: { ttlMs: 1000 } });
    expect(ruleOf('other')).toEqual({ scale: 1, series: { ttlMs: 1000 } });
  });

  it('is one object for all of its series', () => {
    expect(ruleOf('a.x')).toBe(ruleOf('a.y'));
    expect(ruleOf('other')).toBe(ruleOf('another'));
  });

  it('is absent where nothing is said', () => {
    const plain = createExporterRules(stageOf(rules('match: a, name: n')));
    expect(plain('counter', identity('a')).result).toEqual({ name: 'n', tags: [] });
    const other = identity('b');
    expect(plain('counter', other).result).toBe(other);
  });

  it('is told with the line', () => {
    expect(rule('timer', identity('b.x'))).toMatchObject({
      rule: 'mappings[1]',
      says: 'matches "b.*" (m.yml, line 4)',
    });
    expect(rule('timer', identity('other'))).toMatchObject({ rule: 'mappings', says: 'no rule matches' });
  });
});

it('what no rule matches may be blocked', () => {
  const rule = createExporterRules(stageOf(jobs, { unmapped: 'drop' }));
  expect(rule('gauge', identity('a'))).toEqual({
    rule: 'unmapped',
    says: 'blocked: no rule matches',
    result: undefined,
    unmapped: true,
  });
});

it('what no rule matches is told by the name that it was sent with', () => {
  const told: string[] = [];
  const stages = [{ kind: 'profiles', profiles: [{ name: 'p', prefix: '*', mappings: [] }] }, stageOf(jobs)] as const;
  const mapping = createMapping({ stages }, (type, name) => told.push(`${type} ${name}`));
  for (const name of ['a', 'shop.login.mail.bad', 'b']) mapping.apply('gauge', identity(name));
  mapping.explain('gauge', identity('c'));
  expect(told).toEqual(['gauge a', 'gauge b']);
});

it('random names, tags and rules: nothing throws, and the result is the same each time', () => {
  const part = fc.constantFrom('a', 'b', 'web-1', '', 'é', '*', '$1');
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `n${parts.join('.')}`);
  const tag = fc
    .tuple(fc.constantFrom('aa', 'a.a', 'host', 'x', ''), fc.constantFrom('', ':', ':1', ':a:b'))
    .map((pair) => pair.join(''));
  const match = fc.constantFrom('na.*', '*.b', 'na.**', '**', 'na.b', '*.*.*');
  const regex = fc.constantFrom('.+', '(a)|b', '^(?P<x>.*)\\.(.*)$', '(?i)A', '[^a]+', 'web-(\\d)');
  const template = fc.constantFrom('', '$1', `\${2}_x`, '$0', '$x', '$$1', 'text');
  const rule = fc.record({
    line: fc.constant(1),
    pattern: fc.oneof(
      match.map((text) => ({ match: text, matchType: 'glob' as const })),
      regex.map((text) => ({ match: text, matchType: 'regex' as const })),
    ),
    action: fc.constantFrom('map' as const, 'map' as const, 'drop' as const),
    name: template,
    labels: fc.array(fc.record({ key: fc.constantFrom('aa', 'host', 'x1'), value: template }), { maxLength: 2 }),
    honorLabels: fc.boolean(),
    scale: fc.double(),
    series: fc.constantFrom({}, { ttlMs: 5 }),
  });
  const type = fc.constantFrom<MetricType>('counter', 'gauge', 'set', 'timer', 'histogram', 'distribution');
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 6 }),
      fc.boolean(),
      name,
      fc.uniqueArray(tag),
      type,
      (given, inOrder, sent, tags, kind) => {
        const stage: ExporterStage = {
          kind: 'exporter',
          unmapped: 'keep',
          rules: {
            globsInOrder: inOrder,
            defaults: {},
            rules: given.map(({ pattern, ...one }) => ({ ...one, ...pattern })),
          },
        };
        const series = Object.freeze({
          name: sent,
          tags: Object.freeze(tags.filter((one) => one !== '' && !one.startsWith('host')).sort()),
        });
        const rules = createExporterRules(stage);
        const step = rules(kind, series);
        expect(rules(kind, series)).toEqual(step);
        expect(createExporterRules(stage)(kind, series)).toEqual(step);
        const { result } = step;
        if (result === undefined) return;
        expect(result.name).not.toBe('');
        expect(result.tags).toEqual([...new Set(result.tags)].sort());
        expect(result.tags.some((one) => one === '' || one.startsWith('host:'))).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});
