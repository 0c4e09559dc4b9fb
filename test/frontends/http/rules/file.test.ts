import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRules, readRules } from '../../../../frontends/http/rules/file.ts';
import { kit } from '../../../../src/config/kit.ts';
import { folderWith } from '../../../config/temporary.ts';

const good = { name: 'a', metrics: [{ type: 'count', name: 'hits' }] };
const withMetric = (metric: object, more: object = { parse: 'logfmt' }) => ({ ...good, ...more, metrics: [metric] });
const regex = (pattern: string, more: object = {}) => ({
  ...good,
  when: { contains: 'x' },
  parse: 'regex',
  regex: pattern,
  ...more,
});

function problemsOf(text: string): readonly string[] {
  const read = parseRules(text, kit);
  return read.ok ? [] : read.problems;
}

describe('rules', () => {
  it('are completed', () => {
    expect(parseRules(JSON.stringify({ rules: [{ ...good, when: { contains: 'x' } }] }), kit)).toEqual({
      ok: true,
      set: {
        rules: [
          {
            name: 'a',
            when: { contains: ['x'] },
            parse: 'none',
            missing: ['', '-'],
            where: [],
            maps: {},
            metrics: [{ type: 'count', name: 'hits', scale: 1, tags: {} }],
            limits: { maxSeries: 1000, maxTagLength: 64, idle: 600_000 },
            final: false,
          },
        ],
        tests: [],
      },
    });
  });

  it.each<[string, object, readonly string[]]>([
    [
      'a key that there is not',
      { ...good, wen: {} },
      [
        'rule "a": rules[0].wen: unknown key; did you mean "when"? (valid keys: name, when, parse, pattern, regex, missing, where, maps, metrics, limits, final)',
      ],
    ],
    [
      'an operator that there is not',
      { ...good, parse: 'logfmt', where: [{ field: 's', op: '~', value: 1 }] },
      [
        'rule "a": rules[0].where[0].op: "~" is not a valid value (valid values: ==, !=, <, <=, >, >=, in, exists, contains, prefix)',
      ],
    ],
    [
      'a type that there is not',
      withMetric({ type: 'sum', name: 'x' }),
      ['rule "a": rules[0].metrics[0].type: "sum" is not a valid value (valid values: count, measure, sample, unique)'],
    ],
    ['no metrics', { name: 'a' }, ['rule "a": rules[0].metrics: required key is missing (a list)']],
    ['no name', { metrics: good.metrics }, ['rules[0].name: required key is missing (a string)']],
    [
      'a value that its operator cannot use',
      { ...good, parse: 'logfmt', where: [{ field: 's', op: '<', value: '5' }] },
      ['rule "a": rules[0].where[0].value: the operator "<" needs "value" to be a number'],
    ],
    [
      'a bad regular expression',
      regex('a(b'),
      ['rule "a": rules[0].regex: "a(b" is no regular expression of Go: missing closing ) at character 2, "(b"'],
    ],
    [
      'a regular expression that looks ahead',
      regex('a(?=b)'),
      [
        'rule "a": rules[0].regex: "a(?=b)" is no regular expression of Go: invalid or unsupported Perl syntax at character 2, "(?=b)"',
      ],
    ],
    [
      'a regular expression without a text',
      { ...good, parse: 'regex', regex: 'a' },
      [
        'rule "a": rules[0].when.contains: is missing; a rule with a regular expression needs a text that its lines have, since only those are tried',
      ],
    ],
    [
      'a pattern that is too long',
      { ...good, parse: 'pattern', pattern: `<a> ${'x'.repeat(1024)}` },
      [`rule "a": rules[0].pattern: "<a> ${'x'.repeat(75)}…" has 1028 characters; 1024 are allowed`],
    ],
    [
      'no pattern',
      { ...good, parse: 'pattern' },
      ['rule "a": rules[0].pattern: is missing; "parse": "pattern" needs it'],
    ],
    [
      'a pattern that nothing reads',
      { ...good, parse: 'logfmt', pattern: '<a>' },
      ['rule "a": rules[0].pattern: belongs to "parse": "pattern", and "parse" is "logfmt"'],
    ],
    [
      'a field that the pattern has not',
      withMetric({ type: 'count', name: 'x', tags: { a: '$jb' } }, { parse: 'pattern', pattern: '<job> <_>' }),
      [
        'rule "a": rules[0].metrics[0].tags.a: "$jb" is no field that "parse" gives (there are: job); did you mean "job"?',
      ],
    ],
    [
      'a field of a rule that parses nothing',
      withMetric({ type: 'count', name: 'x', value: '$n' }, {}),
      ['rule "a": rules[0].metrics[0].value: "$n" is no field that "parse" gives (there is none)'],
    ],
    [
      'an origin that there is not',
      withMetric({ type: 'count', name: 'x', tags: { a: '$@host' } }),
      [
        'rule "a": rules[0].metrics[0].tags.a: "$@host" is none of what is known beside the text of a line (@app, @proc, @severity)',
      ],
    ],
    [
      'a map that there is not',
      withMetric({ type: 'count', name: 'x', tags: { a: `\${s:map}` } }),
      [`rule "a": rules[0].metrics[0].tags.a: "\${s:map}" needs a map "s" in "maps" of the rule (it has none)`],
    ],
    [
      'a value of two fields',
      withMetric({ type: 'measure', name: 'x', value: '$a$b' }),
      [
        `rule "a": rules[0].metrics[0].value: "$a$b" is not one field, such as "$ms" or "\${duration}", or a number; for what is missing there is "default"`,
      ],
    ],
    [
      'a value that is a text',
      withMetric({ type: 'measure', name: 'x', value: '12' }),
      [
        `rule "a": rules[0].metrics[0].value: "12" is not one field, such as "$ms" or "\${duration}", or a number; for what is missing there is "default"`,
      ],
    ],
    [
      'no value',
      withMetric({ type: 'measure', name: 'x' }),
      ['rule "a": rules[0].metrics[0].value: is missing; "measure" needs a number or a field'],
    ],
    [
      'a unit of a text',
      withMetric({ type: 'unique', name: 'x', value: '$u', unit: 's' }),
      ['rule "a": rules[0].metrics[0].unit: belongs to a number, and the value of "unique" is a text'],
    ],
    [
      'a count that takes away',
      withMetric({ type: 'count', name: 'x', value: -1 }),
      ['rule "a": rules[0].metrics[0].value: -1 is negative, and a count only adds'],
    ],
    [
      'a name of the server itself',
      withMetric({ type: 'count', name: 'statsdrain.x' }),
      [
        'rule "a": rules[0].metrics[0].name: "statsdrain.x" must not start with "statsdrain.": these are the names of the server itself',
      ],
    ],
    [
      'a name with a blank',
      withMetric({ type: 'count', name: 'a b' }),
      ['rule "a": rules[0].metrics[0].name: "a b" has characters other than A-Z a-z 0-9 _ . : / and -'],
    ],
    [
      'a key of a tag that cannot be',
      withMetric({ type: 'count', name: 'x', tags: { 'a:b': '1' } }),
      ['rule "a": rules[0].metrics[0].tags["a:b"]: the key cannot be empty, nor have a ":", a ",", a "|" or a blank'],
    ],
    [
      'a limit out of range',
      { ...good, limits: { maxSeries: 0 } },
      ['rule "a": rules[0].limits.maxSeries: 0 is out of range (1 to 100000)'],
    ],
  ])('are refused with %s', (_what, rule, expected) => {
    expect(problemsOf(JSON.stringify({ rules: [rule] }))).toEqual(expected);
  });

  it('tell all mistakes, in the order of the file', () => {
    const text = JSON.stringify({
      tests: [{ line: 1, expect: [] }],
      rules: [
        { ...good, final: 'yes' },
        { ...good, x: 1 },
      ],
      more: 1,
    });
    expect(problemsOf(text)).toEqual([
      'tests[0].line: 1 is not a string',
      'rule "a": rules[0].final: "yes" is not true or false',
      'rule "a": rules[1].x: unknown key (valid keys: name, when, parse, pattern, regex, missing, where, maps, metrics, limits, final)',
      'more: unknown key (valid keys: rules, tests)',
    ]);
  });

  it('have names of their own', () => {
    expect(problemsOf(JSON.stringify({ rules: [good, good] }))).toEqual([
      'rule "a": rules[1].name: "a" is the name of rules[0] too; names must be unique',
    ]);
  });

  it('are JSON, with each key once', () => {
    expect(problemsOf('{\n "rules": [,]\n}')).toEqual(['line 2, column 12: expected a value, found ","']);
    expect(problemsOf('{\n "rules": [],\n "rules": []\n}')).toEqual(['rules: given twice (lines 2 and 3)']);
  });

  it('stand in a file', () => {
    const folder = folderWith({ 'a.json': { rules: [good] }, 'b.json': { rules: 1 } });
    const [a, b, c] = ['a.json', 'b.json', 'c.json'].map((name) => join(folder, name));
    expect(readRules(a!, kit)).toMatchObject({ ok: true });
    expect(readRules(b!, kit)).toEqual({ ok: false, problems: [`"${b}": rules: 1 is not a list`] });
    expect(readRules(c!, kit)).toEqual({
      ok: false,
      problems: [
        `the rules "${c}" cannot be read: no such file; put it there, readable for the user of this process, or correct "rules"`,
      ],
    });
  });
});
