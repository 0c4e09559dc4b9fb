import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExporterFile } from '../../../src/config/exporter/read.ts';

const told = (text: string) => {
  const { faults, warnings } = readExporterFile(text);
  return [
    ...faults.map(({ line, says }) => `${line}: ${says}`),
    ...warnings.map(({ line, says }) => `${line}: warning: ${says}`),
  ];
};
/** A rule whose other keys are on its third line. */
const rule = (keys: string) => `mappings:\n- match: a.*\n  ${keys}\n  name: n\n`;
const glob =
  'parts between dots are "*", or letters, digits, "_" and "-", and the last one may be "**"; use "match_type: regex" for others';

describe('mistakes have their line', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['mappings: []', []],
    ['defaults: {observer_type: histogram, summary_options: {max_age: 1m}}', []],
    ['defaults: {observer_type: summary, histogram_options: {buckets: [1]}}', []],
    ['mappings: 5', ['1: "mappings" is "5"; it must be a list']],
    ['- a', ['1: the file is a list; it must be a map of keys and values']],
    ['mappings:\n- match: [', ['2: Flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['mappings:\n- name: n\n', ['2: a rule has no "match"']],
    ['mappings:\n- match: a\n', ['2: a rule has no "name"; one that drops needs it too']],
    [
      'mappings:\n- match: a\n  name: 1x\n',
      ['2: "name" is "1x"; it must be letters, digits, "_" and references such as "$1", and not begin with a digit'],
    ],
    ['mappings:\n- name: n\n  match: a.b*\n', [`3: "match" is "a.b*", which has the part "b*"; ${glob}`]],
    ['mappings:\n- name: n\n  match: a.**.b\n', [`3: "match" is "a.**.b", which has the part "**"; ${glob}`]],
    ['mappings:\n- name: n\n  match: 1.a\n', ['3: "match" is "1.a"; it must not begin with a digit or "-"']],
    [
      'mappings:\n- name: n\n  match_type: regex\n  match: a(b\n',
      ['4: "match" "a(b" is no regular expression of Go: missing closing ) at character 2, "(b"'],
    ],
    [rule('action: maybe'), ['3: "action" is "maybe"; it must be one of "map", "drop"']],
    [
      rule('match_metric_type: set'),
      ['3: "match_metric_type" is "set"; it must be one of "counter", "gauge", "observer", "timer"'],
    ],
    [rule('scale: much'), ['3: "scale" is "much"; it must be a number']],
    [rule('ttl: 1d'), ['3: "ttl" is "1d"; it must be a duration such as "30s", "10m" or "1h30m"']],
    [rule('ttl: 30'), ['3: warning: "ttl" is "30", which is that many nanoseconds; write "30s"']],
    [rule('honor_labels: maybe'), ['3: "honor_labels" is "maybe"; it must be "true" or "false"']],
    [
      rule('labels: {k: v}'),
      ['3: the label "k" must be a letter or "_", and then one or more of letters, digits and "_"'],
    ],
    [rule('labels: {le: v}'), ['3: the label "le" cannot be used: it is that of the bounds of histograms']],
    [
      rule('labels: {quantile: v}'),
      ['3: the label "quantile" cannot be used: it is that of the quantiles of summaries'],
    ],
    [
      rule('labels: {__name__: v}'),
      ['3: the label "__name__" cannot be used: names that begin with "__" are Prometheus\' own'],
    ],
    [rule('buckets: [1, 10, 5]'), ['3: "buckets" must go up: 5 comes behind 10']],
    [rule('buckets: [1, 1]'), ['3: "buckets" must go up: 1 comes behind 1']],
    [rule('summary_options: {quantiles: [{quantile: 1.5}]}'), ['3: the quantile 1.5 is not from 0 to 1']],
    [rule('lables: {a: b}'), ['3: warning: unknown key "lables" in a rule: it is ignored']],
    [rule('Help: x'), ['3: warning: unknown key "Help" in a rule: it is ignored; "help" is meant']],
    [
      'mappings:\n- {match: a, name: n, help: one}\n- {match: b, name: n, help: two}\n- {match: c, name: n}\n',
      ['3: warning: "help" is another one than in the first rule with the name "n": only one is shown'],
    ],
    ['mappings: []\n---\nmappings: 5\n', ['2: warning: a second document begins here: it is ignored']],
  ])('%#: %s', (text, remarks) => {
    expect(told(text)).toEqual(remarks);
  });
});

describe('old and new spellings', () => {
  const observer = (keys: string, defaults = '') =>
    readExporterFile(`defaults: {${defaults}}\n${rule(keys)}`).rules.rules[0]?.series.observer;
  it.each<[string, string, object | undefined]>([
    ['help: x', '', undefined],
    ['timer_type: histogram', '', { kind: 'histogram', nativeFactor: 1.1, nativeMaxBuckets: 256 }],
    ['observer_type: summary', '', { kind: 'summary', quantiles: [0.5, 0.9, 0.99], maxAgeMs: 600_000, ageBuckets: 5 }],
    ['observer_type: summary', 'timer_type: histogram', { kind: 'summary' }],
    ['help: x', 'observer_type: histogram, buckets: [1, 2]', { kind: 'histogram', buckets: [1, 2] }],
    ['help: x', 'quantiles: [{quantile: 0.3}]', { kind: 'summary', quantiles: [0.3] }],
    ['quantiles: [{quantile: 0.3}]', '', undefined],
    [
      'summary_options: {quantiles: [{quantile: 0.3}], max_age: 60s, age_buckets: 2}',
      '',
      { quantiles: [0.3], maxAgeMs: 60_000, ageBuckets: 2 },
    ],
    ['summary_options: {max_age: 0, age_buckets: 0, buf_cap: 0}', '', { maxAgeMs: 600_000, ageBuckets: 5 }],
    ['histogram_options: {native_histogram_max_buckets: 0}', 'observer_type: histogram', { nativeMaxBuckets: 256 }],
  ])('%#: %s', (keys, defaults, expected) => {
    const found = observer(keys, defaults);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it('values keep the text as it is written', () => {
    const { rules } = readExporterFile(rule('labels: {aa: 0x10, bb: 1.50, cc: on, dd: True, ee: , ff: "007"}'));
    expect(rules.rules[0]?.labels.map(({ value }) => value)).toEqual(['0x10', '1.50', 'on', 'True', '', '007']);
  });

  it.each([
    ['1_000', 1000],
    ['0x10', 16],
    ['1e-6', 1e-6],
    ['.5', 0.5],
  ])('the scale %s is a number', (written, scale) => {
    expect(readExporterFile(rule(`scale: ${written}`)).rules.rules[0]?.scale).toBe(scale);
  });

  it('JSON with a mark at its beginning is a file too', () => {
    const text = `\uFEFF${JSON.stringify({ mappings: [{ match: 'a', name: 'n' }] })}`;
    expect(readExporterFile(text)).toMatchObject({ faults: [], rules: { rules: [{ match: 'a', name: 'n' }] } });
  });
});

it('never throws', () => {
  const piece = fc.constantFrom(
    'mappings:',
    '- ',
    'match: ',
    'a.*',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    '*x',
    '&x',
    '<<: ',
    '"',
    ': ',
    '|',
    '---',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      readExporterFile(pieces.join(''));
    }),
    { numRuns: 300 },
  );
});
