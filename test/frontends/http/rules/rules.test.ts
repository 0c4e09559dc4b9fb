import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../frontends/http/records/record.ts';
import { parseRules } from '../../../../frontends/http/rules/file.ts';
import type { RuleSet } from '../../../../frontends/http/rules/rule-set.ts';
import { createRuleBook, type Rules } from '../../../../frontends/http/rules/rules.ts';
import { kit } from '../../../../src/config/kit.ts';
import { recordIntake } from '../../../helper/intake.ts';

type Given = Readonly<Record<string, unknown>>;

const count = (more: Given = {}) => ({ type: 'count', name: 'hits', ...more });

function setOf(...rules: Given[]): RuleSet {
  const named = rules.map((rule, index) => ({ name: `r${index}`, metrics: [count()], ...rule }));
  const read = parseRules(JSON.stringify({ rules: named }), kit);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return read.set;
}

interface Origin {
  readonly app?: string;
  readonly process?: string;
  readonly severity?: string;
  readonly fields?: JsonObject;
}

function apply(rules: Rules, line: string, { app, process = '', severity, fields }: Origin = {}): number {
  const text = Buffer.from(line).toString('latin1');
  rules.load(text);
  return rules.apply({ start: 0, end: text.length, app, process, severity, fields });
}

function bookOf(set: RuleSet, now: () => number = () => 0) {
  const intake = recordIntake();
  const warned: string[] = [];
  const log = { warn: (message: string) => void warned.push(message) };
  const output = {
    series: (...series: Parameters<typeof intake.series>) => intake.series(...series),
    member: (...member: Parameters<typeof intake.member>) => intake.member(...member),
  };
  const book = createRuleBook(set, { output, intake, log, now });
  const samples = () =>
    intake.samples.map(({ type, name, value, tags = '' }) => `${type} ${name} ${value} ${tags}`.trim());
  return { book, intake, warned, samples };
}

/** What rules make of lines. */
function run(rules: readonly Given[], lines: readonly (string | readonly [string, Origin])[]) {
  const { book, intake, samples } = bookOf(setOf(...rules));
  const reader = book.reader();
  const errors: number[] = [];
  const found = lines.map((line) => {
    const number = typeof line === 'string' ? apply(reader, line) : apply(reader, ...line);
    errors.push(reader.errors);
    return number;
  });
  reader.flush();
  const { members, counted } = intake;
  return { samples: samples(), members, counted: Object.fromEntries(counted), errors, found };
}

describe('when', () => {
  it('asks for all of some texts, in bytes', () => {
    const lines = ['naïve café x', 'café', 'x'];
    expect(run([{ when: { contains: ['café', 'x'] } }], lines).found).toEqual([1, 0, 0]);
  });

  it('asks for apps and processes', () => {
    const when = { app: ['shop', 'shop-*'], proc: 'web.*' };
    const lines = (
      [
        ['shop', 'web.1'],
        ['shop-eu', 'web.2'],
        ['other', 'web.1'],
        ['shop', 'worker.1'],
        [undefined, 'web.1'],
      ] as const
    ).map(([app, process]) => ['x', { ...(app === undefined ? {} : { app }), process }] as const);
    expect(run([{ when }], lines).found).toEqual([1, 1, 0, 0, 0]);
  });

  it('finds a text in the line alone, not in the next', () => {
    const { book } = bookOf(setOf({ when: { contains: 'took' } }));
    const rules = book.reader();
    rules.load('job\ntook\ntoo');
    const at = (start: number, end: number) =>
      rules.apply({ start, end, app: undefined, process: '', severity: undefined, fields: undefined });
    expect([at(0, 3), at(4, 8), at(9, 12), at(0, 6)]).toEqual([0, 1, 0, 0]);
  });
});

describe('where', () => {
  const lines = ['s=200 w=b', 's=404 w=abc', 's=1.5s w=x', 's=none w=', 't=1'];
  it.each<[string, unknown, readonly number[]]>([
    ['==', 200, [1, 0, 0, 0, 0]],
    ['==', '200', [1, 0, 0, 0, 0]],
    ['!=', 200, [0, 1, 1, 1, 1]],
    ['<', 404, [1, 0, 0, 0, 0]],
    ['<=', 404, [1, 1, 0, 0, 0]],
    ['>', 404, [0, 0, 1, 0, 0]],
    ['>=', 404, [0, 1, 1, 0, 0]],
    ['in', [404, 'none'], [0, 1, 0, 1, 0]],
    ['exists', undefined, [1, 1, 1, 1, 0]],
    ['exists', false, [0, 0, 0, 0, 1]],
    ['contains', '0', [1, 1, 0, 0, 0]],
    ['prefix', '4', [0, 1, 0, 0, 0]],
  ])('%s %j', (op, value, expected) => {
    const where = [{ field: 's', op, ...(value === undefined ? {} : { value }) }];
    const rule = { parse: 'logfmt', where, metrics: [count({ tags: { w: '$w', t: '$t' } })] };
    expect(run([rule], lines).found).toEqual(expected);
  });

  it('knows true and false of JSON', () => {
    const rule = { parse: 'json', where: [{ field: 'ok', op: '==', value: true }] };
    expect(run([rule], ['{"ok":true}', '{"ok":false}', '{"ok":"true"}']).found).toEqual([1, 0, 1]);
  });
});

describe('metrics', () => {
  it('have types, units, scales and defaults', () => {
    const metrics = [
      count({ value: '$n' }),
      { type: 'measure', name: 'time', value: '$d', unit: 's' },
      { type: 'measure', name: 'scaled', value: '$d', scale: 1000 },
      { type: 'sample', name: 'size', value: '$z', unit: 'kB' },
      { type: 'sample', name: 'preset', value: '$z', default: 7 },
      { type: 'count', name: 'three', value: 3 },
      { type: 'unique', name: 'who', value: '$u@$n' },
    ];
    const { samples, members } = run([{ parse: 'logfmt', metrics }], ['n=2 d=0.5 z=4 u=bob', 'd=250ms z=x']);
    expect(samples).toEqual([
      'counter hits 2',
      'timer time 500',
      'histogram scaled 500',
      'gauge size 4096',
      'gauge preset 4',
      'counter three 3',
      'timer time 250',
      'histogram scaled 250',
      'gauge preset 7',
      'counter three 3',
    ]);
    expect(members).toEqual([{ name: 'who', member: 'bob@2' }]);
  });

  it('tell a value that is missing from one that is none', () => {
    const metrics = [count({ value: '$n' }), { type: 'measure', name: 'm', value: '$t', unit: 'ms' }];
    const rule = { parse: 'logfmt', missing: ['-', '-1'], metrics };
    const lines = ['n=- t=-1', 'n=x t=5kB', 'n=-2 t=1'];
    const { samples, counted, errors, found } = run([rule], lines);
    expect(samples).toEqual(['timer m 1']);
    expect(found).toEqual([0, 2, 2]);
    expect(counted).toEqual({ 'drain.rule_matches rule:r0': 3, 'drain.rule_value_errors rule:r0': 3 });
    expect(errors).toEqual([0, 2, 1]);
  });

  it('take a number of JSON for missing where the rule says so', () => {
    const rule = { parse: 'json', missing: ['-1'], metrics: [{ type: 'sample', name: 's', value: '$v' }] };
    expect(run([rule], ['{"v":-1}', '{"v":-2}', '{"v":null}']).samples).toEqual(['gauge s -2']);
  });

  it('have names and tags by templates and filters', () => {
    const tags = {
      class: `\${status:class}`,
      method: `\${method:method|none}`,
      low: `\${Host:lower}`,
      level: `\${level:map}`,
      both: '$a/$b',
      proc: `\${@proc:type}`,
      gone: '$gone',
    };
    const maps = { level: { values: { '30': 'info' }, default: 'other' } };
    const rule = { parse: 'logfmt', maps, metrics: [count({ name: `http.$a.x\${b|none}`, tags })] };
    const lines = [
      ['status=204 method=GET Host=ABC level=30 a=p b=q', { process: 'web.1' }],
      ['status=999 method=EVIL level=31 a=p/é', {}],
    ] as const;
    expect(run([rule], lines).samples).toEqual([
      'counter http.p.xq 1 class:2xx,method:GET,low:abc,level:info,both:p/q,proc:web',
      'counter http.p/_.xnone 1 method:other,level:other',
    ]);
  });

  it('are none where a part of their name is missing', () => {
    const rule = { parse: 'logfmt', metrics: [count({ name: 'a.$b', value: '$v' })] };
    const { samples, counted } = run([rule], ['v=1']);
    expect(samples).toEqual([]);
    expect(counted).toMatchObject({ 'drain.rule_value_errors rule:r0': 1 });
  });

  it('let no text of a line end a tag, or pass for another', () => {
    const rule = { parse: 'logfmt', metrics: [count({ tags: { a: '$a', b: '$b' } })] };
    const lines = ['a="x,admin:1|y\u0001" b=ü', 'a="1 1 2" b=3', 'a=1 b="1 2 1 3"', 'a="1 2" b=3', 'a=1 b="2 3"'];
    expect(run([rule], lines).samples).toEqual([
      'counter hits 1 a:x_admin:1_y_,b:ü',
      'counter hits 1 a:1 1 2,b:3',
      'counter hits 1 a:1,b:1 2 1 3',
      'counter hits 1 a:1 2,b:3',
      'counter hits 1 a:1,b:2 3',
    ]);
  });

  it('have the app as a tag, unless the rule has one', () => {
    const rules = [{ metrics: [count()] }, { metrics: [count({ name: 'own', tags: { app: 'x' } })] }];
    expect(run(rules, [['', { app: 'shop' }], ''] as const).samples).toEqual([
      'counter hits 1 app:shop',
      'counter own 1 app:x',
      'counter hits 1',
      'counter own 1 app:x',
    ]);
  });
});

describe('limits', () => {
  it('fold what is over the number of series, and cut tags', () => {
    const rule = {
      parse: 'logfmt',
      metrics: [count({ name: 'n.$a', tags: { a: '$a', fixed: 'x' } })],
      limits: { maxSeries: 2, maxTagLength: 3 },
    };
    const lines = ['a=1', 'a=22222', 'a=3', 'a=4', 'a=1'];
    const { samples, counted } = run([rule], lines);
    expect(samples).toEqual([
      'counter n.1 1 a:1,fixed:x',
      'counter n.22222 1 a:222,fixed:x',
      'counter n.other 1 a:other,fixed:x',
      'counter n.other 1 a:other,fixed:x',
      'counter n.1 1 a:1,fixed:x',
    ]);
    expect(counted).toMatchObject({ 'drain.rule_series_dropped rule:r0': 2 });
  });

  it('let apps have series of what is folded, up to a hundred', () => {
    const rule = { parse: 'logfmt', metrics: [count({ tags: { a: '$a' } })], limits: { maxSeries: 1 } };
    const lines = Array.from({ length: 102 }, (_, n) => [`a=${n}`, { app: `app${n}` }] as const);
    const { samples } = run([rule], lines);
    expect(samples.slice(1, 3)).toEqual(['counter hits 1 a:other,app:app1', 'counter hits 1 a:other,app:app2']);
    expect(samples.slice(100)).toEqual(['counter hits 1 a:other,app:app100', 'counter hits 1 a:other,app:other']);
  });

  it('keep long lines from all rules but those of structured fields', () => {
    const rules = [
      { parse: 'logfmt', metrics: [count({ name: 'logfmt', tags: { a: '$a' } })] },
      { parse: 'json', metrics: [count({ name: 'json' })] },
      { metrics: [count({ name: 'none' })] },
    ];
    const line = `a=1 ${'x'.repeat(8192)}`;
    const { samples, counted } = run(rules, [[line, { fields: { a: 1 } }], line]);
    expect(samples).toEqual(['counter json 1', 'counter none 1', 'counter none 1']);
    expect(counted).toMatchObject({ 'drain.rule_long_lines': 2 });
  });

  it('stop a rule that takes more than its share of the CPU, and no other', () => {
    let nowMs = 0;
    const set = setOf({ when: { contains: 'slow' } }, { when: { contains: 'quick' } });
    const { book, intake, warned } = bookOf(set, () => nowMs);
    const rules = book.reader();
    // What takes the time of a rule here is to hand over a sample.
    const { sample } = intake;
    Object.assign(intake, {
      sample(...given: Parameters<typeof sample>) {
        nowMs += 700;
        sample(...given);
      },
    });
    const found = Array.from({ length: 4 }, () => apply(rules, 'slow'));
    expect(found).toEqual([1, 1, 1, 0]);
    expect(apply(rules, 'quick')).toBe(1);
    expect(warned).toEqual([
      'the rule "r0" took more than 20 % of the CPU of 10 s, and reads no line until these are over; ask for a rarer text in "contains", or a simpler "none"',
    ]);
    rules.flush();
    expect(Object.fromEntries(intake.counted)).toMatchObject({
      'drain.rule_skipped_lines rule:r0': 1,
      'drain.rule_ns rule:r0': 2_100_000_000,
      'drain.rule_ns rule:r1': 700_000_000,
    });
    nowMs = 10_000;
    expect(apply(rules, 'slow')).toBe(1);
  });
});

describe('a set', () => {
  it('is asked in order, up to a rule that is final and reads the line', () => {
    const rules = [
      { parse: 'logfmt', where: [{ field: 'a', op: 'exists' }], metrics: [count({ name: 'one' })], final: true },
      { metrics: [count({ name: 'two' })] },
    ];
    const { book, samples } = bookOf(setOf(...rules));
    const reader = book.reader();
    expect([apply(reader, 'a=1'), reader.final]).toEqual([1, true]);
    expect([apply(reader, 'b=1'), reader.final]).toEqual([1, false]);
    expect(samples()).toEqual(['counter one 1', 'counter two 1']);
  });

  it('is exchanged between two bodies', () => {
    const { book, samples } = bookOf(setOf({ metrics: [count({ name: 'old' })] }));
    const reader = book.reader();
    const input = { start: 0, end: 1, app: undefined, process: '', severity: undefined, fields: undefined };
    reader.load('ab');
    reader.apply(input);
    book.replace(setOf({ metrics: [count({ name: 'new' })] }));
    reader.apply(input);
    reader.flush();
    reader.load('ab');
    reader.apply(input);
    expect(samples()).toEqual(['counter old 1', 'counter old 1', 'counter new 1']);
  });

  it('reads UTF-8, also by a regular expression', () => {
    const regex = '(?<who>\\p{L}+) kauft (?<what>\\S+)';
    const rule = {
      when: { contains: 'kauft' },
      parse: 'regex',
      regex,
      metrics: [count({ tags: { who: '$who', what: '$2' } })],
    };
    expect(run([rule], ['Jörg kauft Äpfel']).samples).toEqual(['counter hits 1 who:Jörg,what:Äpfel']);
  });
});
