import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, type Lost } from '../../../backends/graphite/encode.ts';
import { namespaced, pathName, pathTags } from '../../../backends/graphite/names.ts';
import { createPacker } from '../../../backends/graphite/pack.ts';
import { readMessages } from '../../helper/pickle.ts';
import { makeWindow, type SeriesInput, type WindowInput } from '../../helper/window.ts';

function linesOf(input: WindowInput, naming = namespaced('stats', 'graphite')): { lines: string[]; lost: Lost } {
  const lost: Lost = new Map();
  const messages = encode(makeWindow(input), naming, createPacker('text'), lost);
  const text = Buffer.concat(Array.from(messages, ({ bytes }) => bytes)).toString();
  if (text === '') return { lines: [], lost };
  expect(text.endsWith('\n')).toBe(true);
  return { lines: text.slice(0, -1).split('\n'), lost };
}

describe('the points of a series', () => {
  it.each<[string, SeriesInput, string[]]>([
    [
      'counter',
      { type: 'counter', name: 'a.b', value: 5 },
      ['stats.counters.a.b.count 5 1700000010', 'stats.counters.a.b.rate 0.5 1700000010'],
    ],
    ['gauge', { type: 'gauge', name: 'load', value: -0.25 }, ['stats.gauges.load -0.25 1700000010']],
    ['set', { type: 'set', name: 'users', value: 7 }, ['stats.sets.users.count 7 1700000010']],
    [
      'timer',
      { type: 'timer', name: 't', values: [1, 2, 3, 6] },
      [
        'stats.timers.t.count 4 1700000010',
        'stats.timers.t.count_ps 0.4 1700000010',
        'stats.timers.t.sum 12 1700000010',
        'stats.timers.t.sum_squares 50 1700000010',
        'stats.timers.t.mean 3 1700000010',
        'stats.timers.t.median 2.5 1700000010',
        'stats.timers.t.std 1.8708286933869707 1700000010',
        'stats.timers.t.lower 1 1700000010',
        'stats.timers.t.upper 6 1700000010',
        'stats.timers.t.upper_75 3 1700000010',
        'stats.timers.t.upper_99_9 6 1700000010',
      ],
    ],
    [
      'a held timer without values',
      { type: 'timer', name: 't', values: [], updated: false },
      ['stats.timers.t.count 0 1700000010', 'stats.timers.t.count_ps 0 1700000010'],
    ],
  ])('%s', (_, series, expected) => {
    const { lines, lost } = linesOf({ series: [series], percentiles: [75, 99.9] });
    expect(lines).toEqual(expected);
    expect(lost.size).toBe(0);
  });

  it('gives histograms and distributions branches of their own', () => {
    const { lines } = linesOf({
      series: [
        { type: 'histogram', name: 'h', values: [4] },
        { type: 'distribution', name: 'd', values: [5] },
      ],
    });
    expect(lines).toContain('stats.histograms.h.upper_90 4 1700000010');
    expect(lines).toContain('stats.distributions.d.upper_90 5 1700000010');
  });

  it('puts tags after the field', () => {
    const { lines } = linesOf({ series: [{ type: 'counter', name: 'c', tags: ['canary', 'env:prod'], value: 1 }] });
    expect(lines[0]).toBe('stats.counters.c.count;canary=true;env=prod 1 1700000010');
  });

  it.each([
    ['', 'drop', 'gauges.g 1 1700000010'],
    ['a.b', 'drop', 'a.b.gauges.g 1 1700000010'],
    ['', 'graphite', 'gauges.g;k=v 1 1700000010'],
  ] as const)('prefix "%s", tags "%s"', (prefix, tags, line) => {
    const series: SeriesInput[] = [{ type: 'gauge', name: 'g', tags: ['k:v'], value: 1 }];
    expect(linesOf({ series }, namespaced(prefix, tags)).lines).toEqual([line]);
  });

  it('prints numbers as JavaScript does', () => {
    const values = [0.1 + 0.2, 1e21, 1e-7, -0, 123456789012];
    const series = values.map((value): SeriesInput => ({ type: 'gauge', name: 'g', value }));
    expect(linesOf({ series }).lines.map((line) => line.split(' ')[1])).toEqual([
      '0.30000000000000004',
      '1e+21',
      '1e-7',
      '0',
      '123456789012',
    ]);
  });

  it('never sends a value that is not finite, and tells how many series that cost', () => {
    const { lines, lost } = linesOf({
      series: [
        { type: 'gauge', name: 'a', value: Number.NaN },
        { type: 'counter', name: 'b', value: Number.POSITIVE_INFINITY },
        { type: 'timer', name: 't', values: [1e200] },
        { type: 'gauge', name: 'c', value: 1 },
      ],
    });
    expect(lines.join('\n')).not.toMatch(/NaN|Infinity/);
    expect(lines).toContain('stats.timers.t.upper 1e+200 1700000010');
    expect(lines).toContain('stats.gauges.c 1 1700000010');
    expect([...lost]).toEqual([['not_finite', 3]]);
  });

  it('leaves out paths that carbon would choke on, and tells how many', () => {
    const { lines, lost } = linesOf({
      series: [
        { type: 'gauge', name: 'x'.repeat(65_536), value: 1 },
        { type: 'gauge', name: 'g', tags: [`k:${'ü'.repeat(2100)}`], value: 2 },
        { type: 'gauge', name: 'g', tags: [`k:${'u'.repeat(2100)}`], value: 3 },
      ],
    });
    expect(lines).toEqual([`stats.gauges.g;k=${'u'.repeat(2100)} 3 1700000010`]);
    expect([...lost]).toEqual([['name_too_long', 2]]);
  });

  it('cuts a large window into chunks of whole lines', () => {
    const series: SeriesInput[] = [];
    for (let i = 0; i < 10_000; i++) series.push({ type: 'gauge', name: `g${i}`, value: i });
    const messages = encode(makeWindow({ series }), namespaced('stats', 'graphite'), createPacker('text'), new Map());
    const chunks = Array.from(messages, ({ bytes }) => Buffer.from(bytes).toString());
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.endsWith('\n')).toBe(true);
    expect(chunks.join('').split('\n')).toHaveLength(10_001);
  });
});

describe('the time of a window', () => {
  it.each([
    ['a whole window', { startMs: 1_700_000_000_000, endMs: 1_700_000_010_000 }, 1_700_000_010],
    ['the first one after a start', { startMs: 1_700_000_004_321, endMs: 1_700_000_010_000 }, 1_700_000_010],
    ['the last one before a stop', { startMs: 1_700_000_010_000, endMs: 1_700_000_013_456 }, 1_700_000_020],
    ['half seconds', { startMs: 1_700_000_010_000, endMs: 1_700_000_010_500, intervalMs: 500 }, 1_700_000_010],
  ])('%s', (_, times, seconds) => {
    const { lines } = linesOf({ ...times, series: [{ type: 'gauge', name: 'g', value: 1 }] });
    expect(lines).toEqual([`stats.gauges.g 1 ${seconds}`]);
  });

  it('counts per second of the real length', () => {
    const series: SeriesInput[] = [{ type: 'timer', name: 't', values: [1, 2, 3] }];
    const { lines } = linesOf({ startMs: 1_700_000_008_000, endMs: 1_700_000_010_000, series });
    expect(lines).toContain('stats.timers.t.count_ps 1.5 1700000010');
  });
});

describe('names', () => {
  it.each([
    ['.statsdrain.x', '_statsdrain.x'],
    ['stats!drain.x', '_statsdrain.x'],
    ['statsdrain.x', 'statsdrain.x'],
    ['plain.name_1-a', 'plain.name_1-a'],
    ['a b\t c', 'a_b_c'],
    ['a/b', 'a-b'],
    ['größe', 'gre'],
    ['a..b', 'a.b'],
    ['.a.', 'a'],
    ['...', '_'],
    ['', '_'],
    ['温度', '_'],
    ['../../etc/passwd', '-.-etc-passwd'],
    ['a;b=c', 'abc'],
    ['__proto__', '__proto__'],
    ['a\nb 1 2', 'a_b_1_2'],
  ])('%j becomes %j', (name, path) => {
    expect(pathName(name)).toBe(path);
  });

  it.each<[readonly string[], string]>([
    [[], ''],
    [['env:prod', 'region:eu'], ';env=prod;region=eu'],
    [['canary'], ';canary=true'],
    [['k:'], ';k=true'],
    [[':v'], ';_=v'],
    [[''], ';_=true'],
    [['url:http://x/y?a=b'], ';url=http://x/y?a=b'],
    [['a;b=c!d^e:f;g=h!i^j'], ';a_b_c_d_e=f_g=h!i^j'],
    [['k:~v'], ';k=_v'],
    [['k:a b\u00a0c\nd\u0085e\u2028f'], ';k=a_b_c_d_e_f'],
    [['k:{a="b"}'], ';k={a=_b_}'],
    [['name:x'], ';tag_name=x'],
    [['stadt:köln'], ';stadt=köln'],
  ])('tags %j become %j', (tags, path) => {
    expect(pathTags(tags)).toBe(path);
  });

  it('whatever the name and tags, a line has three words, and a path that carbon takes', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 4 }), (name, tags) => {
        const { lines } = linesOf({ series: [{ type: 'gauge', name, tags, value: 1 }] });
        expect(lines).toHaveLength(1);
        const words = lines[0]!.split(/[\s\p{Cc}]+/u);
        expect(words).toHaveLength(3);
        const [path, ...pairs] = words[0]!.split(';');
        expect(path).toMatch(/^stats\.gauges(\.[A-Za-z0-9_-]+)+$/);
        expect(pairs).toHaveLength(tags.length);
        for (const pair of pairs) expect(pair).toMatch(/^[^;!^=]+=[^;~][^;]*$/);
      }),
    );
  });
});

describe('points with a time of their own', () => {
  const points = [
    { type: 'counter', name: 'a', tags: ['k:v'], timestamp: 5, value: 3 },
    { type: 'counter', name: 'a', tags: ['k:v'], host: 'h', timestamp: 5, value: 4 },
    { type: 'gauge', name: 'g', tags: [], timestamp: 1_700_000_001, value: -0.5 },
    { type: 'gauge', name: 'bad', tags: [], timestamp: 6, value: Number.NaN },
    { type: 'gauge', name: 'x'.repeat(5000), tags: [], timestamp: 6, value: 1 },
  ] as const;

  it('are sent with it, behind the series', () => {
    const { lines, lost } = linesOf({ series: [{ type: 'gauge', name: 'g', value: 1 }], points });
    expect(lines).toEqual([
      'stats.gauges.g 1 1700000010',
      'stats.counters.a.count;k=v 3 5',
      'stats.counters.a.count;host=h;k=v 4 5',
      'stats.gauges.g -0.5 1700000001',
    ]);
    expect([...lost]).toEqual([
      ['not_finite', 1],
      ['name_too_long', 1],
    ]);
  });

  it('are sent with it in pickle too', () => {
    const messages = encode(
      makeWindow({ points: points.slice(0, 3) }),
      namespaced('', 'graphite'),
      createPacker('pickle'),
      new Map(),
    );
    const bytes = Buffer.concat(Array.from(messages, (message) => message.bytes));
    expect(readMessages(bytes).points).toEqual([
      ['counters.a.count;k=v', '5', '3'],
      ['counters.a.count;host=h;k=v', '5', '4'],
      ['gauges.g', '1700000001', '-0.5'],
    ]);
  });

  it('have the prefix and the tags of series', () => {
    const { lines } = linesOf({ points: points.slice(1, 3) }, namespaced('', 'drop'));
    expect(lines).toEqual(['counters.a.count 4 5', 'gauges.g -0.5 1700000001']);
  });
});

it('a host is a tag like others', () => {
  const series = [{ type: 'gauge', name: 'g', value: 1, tags: ['a:1', 'z'], host: 'web' }] as const;
  expect(linesOf({ series }).lines).toEqual(['stats.gauges.g;a=1;host=web;z=true 1 1700000010']);
});
