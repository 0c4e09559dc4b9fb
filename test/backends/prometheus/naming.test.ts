import { describe, expect, it } from 'vitest';
import {
  escapeName,
  labeller,
  labelNamesOf,
  labelPairs,
  pairer,
  prometheusNaming,
} from '../../../backends/prometheus/naming.ts';
import type { MetricType } from '../../../src/plugin.ts';

it.each([
  ['http_requests', 'http_requests'],
  ['foo.bar-baz', 'foo_bar_baz'],
  ['1st.metric', '_1st_metric'],
  ['a..b--c---d', 'a__b_c_d'],
  ['größe.m', 'gr__e_m'],
  ['🌡', '_'],
  ['a:b', 'a_b'],
  ['-', '_'],
  ['9', '_9'],
  ['', '_'],
  ['__proto__', '__proto__'],
  ['a\nb 1', 'a_b_1'],
  ['x{a="b"}', 'x_a__b__'],
  ['\uD83Dx', '_x'],
])('the name %j becomes %s', (name, expected) => {
  expect(escapeName(name)).toBe(expected);
});

describe('labels', () => {
  it.each<{ tags: string[]; want: string[] }>([
    { tags: [], want: [] },
    { tags: ['env:prod'], want: ['env:prod'] },
    { tags: ['z:1', 'a:2'], want: ['a:2', 'z:1'] },
    { tags: ['url:http://x/y'], want: ['url:http://x/y'] },
    { tags: ['a.b:x', '9z:y'], want: ['_9z:y', 'a_b:x'] },
    { tags: ['q:größe 温度 🌡 "\\\n\0'], want: ['q:größe 温度 🌡 "\\\n\0'] },
    { tags: ['a:1', 'a:2'], want: ['a:2'] },
    { tags: ['a-b:1', 'a.b:2'], want: ['a_b:2'] },
    { tags: ['env:', 'a:1'], want: ['a:1'] },
    { tags: ['canary', 'env:prod'], want: ['env:prod'] },
    { tags: ['canary', '', ':', '#', '#:', '#x'], want: [] },
    { tags: ['#env:prod', 'b:#1'], want: ['b:#1', 'env:prod'] },
    { tags: ['##x:1'], want: ['_x:1'] },
    { tags: ['a:1', 'a:'], want: ['a:1'] },
    { tags: ['a:', 'a:1'], want: ['a:1'] },
    { tags: [':x'], want: [] },
    { tags: ['le:1', 'quantile:2'], want: ['tag_le:1', 'tag_quantile:2'] },
    { tags: ['le:1', 'tag_le:own'], want: ['tag_le:own'] },
    { tags: ['__name__:z', '..x:1', '__proto__:2'], want: ['tag___name__:z', 'tag___proto__:2', 'tag___x:1'] },
    { tags: ['constructor:1', 'toString:2'], want: ['constructor:1', 'toString:2'] },
  ])('of $tags', ({ tags, want }) => {
    expect(labelPairs(tags, 'escaped')).toEqual(want);
    // What a view gave comes once more.
    expect(labelPairs(want, 'escaped')).toEqual(want);
  });

  it.each<{ tags: string[]; want: string[] }>([
    { tags: ['a.b:x', 'a-b:y', '9z:z'], want: ['9z:z', 'a-b:y', 'a.b:x'] },
    { tags: ['größe:1', 'a b:2'], want: ['a b:2', 'größe:1'] },
    { tags: ['le:1', '__name__:x'], want: ['tag___name__:x', 'tag_le:1'] },
    { tags: ['#a.b:1', 'a.b'], want: ['a.b:1'] },
    { tags: ['#a:1'], want: ['a:1'] },
  ])('in UTF-8 of $tags', ({ tags, want }) => {
    expect(labelPairs(tags, 'utf-8')).toEqual(want);
  });

  it('as text, and as names', () => {
    expect(labeller('escaped')(['q:a"b\\c', 'a.b:\n'])).toBe('a_b="\\n",q="a\\"b\\\\c"');
    expect(labeller('utf-8')(['a.b:x'])).toBe('"a.b"="x"');
    expect(labelNamesOf(pairer('escaped')(['b.c:x:y', 'a:1']))).toBe('a,b_c');
  });

  it('are made once for all series that share their tags', () => {
    const tags = ['b:1', 'a:1'];
    const pairsOf = pairer('escaped');
    expect(pairsOf(tags)).toBe(pairsOf(tags));
  });
});

describe('what a view calls series', () => {
  const open = (style: 'escaped' | 'utf-8', exemplarTags?: readonly string[]) => {
    return { naming: prometheusNaming('page', style, exemplarTags) };
  };

  it('those that look alike on the page are called the same', () => {
    const { naming } = open('escaped');
    const one = naming.rename('counter', { name: 'a.b-c', tags: ['x.y:1', 'b:2'] });
    const other = naming.rename('counter', { name: 'a_b--c', tags: ['b:2', 'x-y:1'] });
    expect(one).toEqual({ name: 'a_b_c', tags: ['b:2', 'x_y:1'] });
    expect(other).toEqual(one);
  });

  it.each<{ name: string; tags?: string[] }>([
    { name: '' },
    { name: 'a\uFFFD' },
    { name: 'a', tags: ['b:1', 'c:\uFFFDx'] },
    { name: 'a', tags: ['\uFFFD:1'] },
  ])('$name with $tags is refused: it was no UTF-8, or nothing', ({ name, tags = [] }) => {
    for (const style of ['escaped', 'utf-8'] as const) {
      const { naming } = open(style);
      expect(naming.rename('gauge', { name, tags })).toBeUndefined();
    }
  });

  it('a digit at the start stays: a prefix may come before it', () => {
    expect(open('escaped').naming.rename('gauge', { name: '1st.x', tags: [] })?.name).toBe('1st_x');
  });

  it('a host is a label', () => {
    expect(open('escaped').naming.rename('gauge', { name: 'a', tags: ['k:v'], host: 'h' })?.tags).toEqual([
      'host:h',
      'k:v',
    ]);
  });

  it('in UTF-8 names stay, and tags are labels none the less', () => {
    expect(open('utf-8').naming.rename('set', { name: 'a.b c', tags: ['x.y:1', 'le:2', 'b:'] })).toEqual({
      name: 'a.b c',
      tags: ['tag_le:2', 'x.y:1'],
    });
  });

  it("statsdrain's own keep their names", () => {
    const { naming } = open('escaped');
    expect(naming.rename('counter', { name: 'statsdrain.lines', tags: ['why:x'] })).toEqual({
      name: 'statsdrain.lines',
      tags: ['why:x'],
    });
  });

  it.each<{
    title: string;
    type?: MetricType;
    tags: string[];
    sent?: string[];
    want: { tags: string[]; exemplar?: string[] };
  }>([
    { title: 'none of the tags', tags: ['a:1'], want: { tags: ['a:1'] } },
    { title: 'one', tags: ['a:1', 'trace.id:x'], want: { tags: ['a:1'], exemplar: ['trace_id:x'] } },
    { title: 'both, by name', tags: ['trace.id:x', 'span:y'], want: { tags: [], exemplar: ['span:y', 'trace_id:x'] } },
    { title: 'colons in the value', tags: ['span:a:b'], want: { tags: [], exemplar: ['span:a:b'] } },
    { title: 'a key that only begins so', tags: ['spanner:1'], want: { tags: ['spanner:1'] } },
    { title: 'a key that looks alike on the page', tags: ['trace_id:x'], want: { tags: ['trace_id:x'] } },
    { title: 'no value', tags: ['a:1', 'span', 'trace.id:'], want: { tags: ['a:1'] } },
    { title: '# before a tag', tags: ['#span:y'], want: { tags: [], exemplar: ['span:y'] } },
    {
      title: 'the last one as sent',
      tags: ['span:1', 'span:2'],
      sent: ['span:2', 'span:1'],
      want: { tags: [], exemplar: ['span:1'] },
    },
    { title: 'a gauge has no exemplar', type: 'gauge', tags: ['a:1', 'span:y'], want: { tags: ['a:1'] } },
    { title: 'nor has a set', type: 'set', tags: ['span:y'], want: { tags: [] } },
    ...(['timer', 'histogram', 'distribution'] as const).map((type) => ({
      title: `a ${type} has one`,
      type,
      tags: ['span:y'],
      want: { tags: [], exemplar: ['span:y'] },
    })),
    {
      title: '128 characters, the name among them',
      tags: [`span:${'é'.repeat(124)}`],
      want: { tags: [], exemplar: [`span:${'é'.repeat(124)}`] },
    },
    { title: '129 characters', tags: [`span:${'😱'.repeat(125)}`], want: { tags: [] } },
  ])('tags for exemplars: $title', ({ type = 'counter', tags, sent, want }) => {
    const { naming } = open('escaped', ['trace.id', 'span']);
    const series = { name: 'a', tags, ...(sent && { sent }) };
    expect(naming.rename(type, series)).toEqual({ name: 'a', ...want });
  });

  it('tags for exemplars: in UTF-8 they keep their names', () => {
    const { naming } = open('utf-8', ['trace.id', 'host']);
    expect(naming.rename('counter', { name: 'a', tags: ['b:1', 'trace.id:x'], host: 'h' })).toEqual({
      name: 'a',
      tags: ['b:1'],
      exemplar: ['host:h', 'trace.id:x'],
    });
  });

  it("tags for exemplars: statsdrain's own series have none", () => {
    const { naming } = open('escaped', ['why']);
    expect(naming.rename('counter', { name: 'statsdrain.lines', tags: ['why:x'] })).toEqual({
      name: 'statsdrain.lines',
      tags: ['why:x'],
    });
  });

  it('views are shared by those of one back-end and one style alone', () => {
    const ids = [
      prometheusNaming('page', 'escaped'),
      prometheusNaming('page', 'escaped'),
      prometheusNaming('page', 'utf-8'),
      prometheusNaming('other', 'escaped'),
      prometheusNaming('page', 'escaped', ['trace_id']),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toBe(ids[1]);
  });
});
