import { describe, expect, it } from 'vitest';
import { escapeName, labeller, labelNamesOf, labelPairs, pairer } from '../../../backends/prometheus/naming.ts';

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
