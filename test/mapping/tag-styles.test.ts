import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TagStyle, tagStyles } from '../../src/config/frontend-rules.ts';
import { createNameReader } from '../../src/mapping/tag-styles.ts';

const every = createNameReader(tagStyles);
const without = (...styles: readonly TagStyle[]) =>
  createNameReader(tagStyles.filter((style) => !styles.includes(style)));

/** `name` and its tags behind a blank. */
const shown = (read: ReturnType<typeof every>) => [read.name, ...read.tags].join(' ');

// What statsd_exporter 0.30.0 made of these names, in our notation.
describe('tags in names, as statsd_exporter reads them', () => {
  it.each([
    ['foo', 'foo'],
    ['foo#tag1=bar,tag2=baz', 'foo tag1:bar tag2:baz'],
    ['foo,tag1=bar,tag2=baz', 'foo tag1:bar tag2:baz'],
    ['foo.[tag1=bar,tag2=baz]test', 'foo.test tag1:bar tag2:baz'],
    ['[tag1=bar,tag2=baz]foo.test', 'foo.test tag1:bar tag2:baz'],
    ['foo.test[tag1=bar,tag2=baz]', 'foo.test tag1:bar tag2:baz'],
    ['foo.[]test', 'foo.test'],
    // One bracket alone: no tags at all, those of other styles neither.
    ['[tag1=bar,tag2=bazfoo.test', '[tag1=bar,tag2=bazfoo.test'],
    ['tag1=bar,tag2=baz]foo.test', 'tag1=bar,tag2=baz]foo.test'],
    ['foo,a=b]', 'foo,a=b]'],
    // After brackets nothing else is looked for.
    ['foo[a=b],c=d', 'foo,c=d a:b'],
    ['foo,c=d[a=b]', 'foo,c=d a:b'],
    ['foo[a=b]x[c=d]', 'foox[c=d] a:b'],
    // Of `#` and `,` the first one begins the tags, and only `,` parts them.
    ['foo#a=1,b=2,c=3', 'foo a:1 b:2 c:3'],
    ['foo,a=1#b=2', 'foo a:1#b=2'],
    ['foo#a=1#b=2', 'foo a:1#b=2'],
    // A tag without a key or a value is left out.
    ['foo,a', 'foo'],
    ['foo,a=', 'foo'],
    ['foo,=b', 'foo'],
    ['foo,,a=1,', 'foo a:1'],
    ['foo,', 'foo'],
    ['foo,a=b=c', 'foo a:b=c'],
    ['foo,a==', 'foo a:='],
    // Of equal keys the last one counts.
    ['foo,a=1,b=2,a=3', 'foo a:3 b:2'],
    [',a=b', ' a:b'],
    ['[a=b]', ' a:b'],
  ])('%s is %s', (name, expected) => {
    expect(shown(every(name))).toBe(expected);
  });

  it.each<[TagStyle, string, string]>([
    ['influxdb', 'foo,tag1=bar,tag2=baz', 'foo,tag1=bar,tag2=baz'],
    ['signalfx', 'foo.[tag1=bar,tag2=baz]test', 'foo.[tag1=bar tag2:baz]test'],
    ['signalfx', 'foo.[]test', 'foo.[]test'],
    ['librato', 'foo#tag1=bar,tag2=baz', 'foo#tag1=bar tag2:baz'],
    ['graphite', 'foo;a=b', 'foo;a=b'],
  ])('without %s: %s is %s', (style, name, expected) => {
    expect(shown(without(style)(name))).toBe(expected);
  });

  it('brackets the wrong way round, which statsd_exporter does not survive, are as one alone', () => {
    expect(shown(every('a]b[c'))).toBe('a]b[c');
    expect(shown(every('a],x=1[b'))).toBe('a],x=1[b');
  });
});

describe('what clients send', () => {
  it.each([
    // Micrometer: StatsdFlavor.TELEGRAF and .SYSDIG.
    ['my.counter,statistic=count,my_tag=val', 'my.counter statistic:count my_tag:val', 'influxdb'],
    ['my.counter#statistic=count,my_tag=val', 'my.counter statistic:count my_tag:val', 'librato'],
    // smira/go-statsd: TagFormatInfluxDB; its TagFormatGraphite.
    ['req.count,host=web1,status=200', 'req.count host:web1 status:200', 'influxdb'],
    ['req.count;host=web1;status=200', 'req.count host:web1 status:200', 'graphite'],
    // collectd-signalfx.
    ['jvm.heap[region=eu,az=a].used', 'jvm.heap.used region:eu az:a', 'signalfx'],
  ])('%s', (name, expected, style) => {
    const read = every(name);
    expect([shown(read), read.style]).toEqual([expected, style]);
  });
});

describe("Graphite's tags", () => {
  it.each([
    ['a;k=v', 'a k:v'],
    ['a;k=v;b=w=x', 'a k:v b:w=x'],
    ['a;k', 'a k'],
    // Whichever sign comes first says whose they are.
    ['a;k=v,w=x', 'a k:v,w=x'],
    ['a;k=[v]', 'a k:[v]'],
    ['a,k=v;w=x', 'a k:v;w=x'],
    ['a[k=v]b;w=x', 'ab;w=x k:v'],
  ])('%s is %s', (name, expected) => {
    expect(shown(every(name))).toBe(expected);
  });
});

describe('any text', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab=,#;[]:é\0') }));
  const some = fc.subarray([...tagStyles]);

  it('is read, and nothing is added to it', () => {
    fc.assert(
      fc.property(text, some, (name, styles) => {
        const read = createNameReader(styles)(name);
        expect([read.name, ...read.tags].join('').length).toBeLessThanOrEqual(name.length);
        if (read.style === undefined) expect(read).toEqual({ name, tags: [] });
      }),
    );
  });

  it('without signs of a style is a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab.=:é') }), (name) => {
        expect(every(name)).toEqual({ name, tags: [] });
      }),
    );
  });
});
