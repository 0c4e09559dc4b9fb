import { describe, expect, it } from 'vitest';
import { escapeName, labelText } from '../../../backends/prometheus/naming.ts';

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
  it.each([
    [[], ''],
    [['env:prod'], 'env="prod"'],
    [['z:1', 'a:2'], 'a="2",z="1"'],
    [['url:http://x/y'], 'url="http://x/y"'],
    [['a.b:x', '9z:y'], '_9z="y",a_b="x"'],
    [['q:a"b\\c'], 'q="a\\"b\\\\c"'],
    [['q:a\nb\rc\0'], 'q="a\\nb\rc\0"'],
    [['q:größe 温度'], 'q="größe 温度"'],
    [['q:\uD83D'], 'q="\uFFFD"'],
    [['q:🌡'], 'q="🌡"'],
    [['a:1', 'a:2'], 'a="2"'],
    [['a-b:1', 'a.b:2'], 'a_b="2"'],
    [['canary'], 'canary="true"'],
    [['env:', 'a:1'], 'a="1"'],
    [[''], '_="true"'],
    [[':x'], '_="x"'],
    [['le:1', 'quantile:2'], 'tag_le="1",tag_quantile="2"'],
    [['le', 'tag_le:own'], 'tag_le="own"'],
    [['__name__:z', '..x:1', '__proto__:2'], 'tag___name__="z",tag___proto__="2",tag___x="1"'],
    [['constructor:1', 'toString:2'], 'constructor="1",toString="2"'],
  ])('%j', (tags, expected) => {
    expect(labelText(tags)).toBe(expected);
  });
});
