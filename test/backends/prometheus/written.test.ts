import { expect, it } from 'vitest';
import { type WrittenOptions, writtenNames } from '../../../backends/prometheus/written.ts';
import type { MetricType } from '../../../src/plugin.ts';

const summary = { kind: 'summary', quantiles: [0.5], maxAgeMs: 60_000, ageBuckets: 5 } as const;
const histogram = { kind: 'histogram', buckets: [1], nativeFactor: 0, nativeMaxBuckets: 0 } as const;
const plain: WrittenOptions = { prefix: '', names: 'escaped', observer: summary };

it.each<[MetricType, string, Partial<WrittenOptions>, string[]]>([
  ['counter', 'page.views', {}, ['page_views{env="prod",my_tag="a\\"b"} (counter)']],
  ['gauge', '1load', { prefix: 'app_' }, ['app_1load{env="prod",my_tag="a\\"b"} (gauge)']],
  ['set', 'page.views', { names: 'utf-8' }, ['{"page.views",env="prod","my.tag"="a\\"b"} (gauge)']],
  [
    'timer',
    't',
    {},
    [
      't{env="prod",my_tag="a\\"b"} (summary)',
      't_sum{env="prod",my_tag="a\\"b"}',
      't_count{env="prod",my_tag="a\\"b"}',
    ],
  ],
  ['counter', 'up', {}, []],
])('a %s "%s" has the names of the page', (type, name, changes, expected) => {
  const series = { name, tags: ['env:prod', 'my.tag:a"b', 'novalue'] };
  expect(writtenNames({ ...plain, ...changes }, type, series, undefined)).toEqual(expected);
});

it('a rule says what values become', () => {
  const series = { name: 't', tags: [] };
  expect(writtenNames(plain, 'timer', series, { observer: histogram })).toEqual([
    't (histogram)',
    't_sum',
    't_count',
    't_bucket',
  ]);
  const native = { ...histogram, buckets: [], nativeFactor: 1.1 };
  expect(writtenNames(plain, 'timer', series, { observer: native })).toEqual(['t (histogram)', 't_sum', 't_count']);
});
