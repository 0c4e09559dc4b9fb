import { expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import { writtenMetrics } from '../../../backends/datadog/written.ts';
import type { MetricType } from '../../../src/plugin.ts';
import { datadogSettings } from './defaults.ts';

const label = labeller(['team:a'], 'web1');

it.each<[MetricType, string, Partial<DatadogConfig>, string[]]>([
  ['counter', 'page views', {}, ['page_views{env:prod,team:a,host:web1} (rate)']],
  ['counter', 'c', { counterType: 'count' }, ['c{env:prod,team:a,host:web1} (count)']],
  ['gauge', 'g', {}, ['g{env:prod,team:a,host:web1} (gauge)']],
  ['set', 's', {}, ['s{env:prod,team:a,host:web1} (gauge)']],
  ['distribution', 'd', {}, ['d{env:prod,team:a,host:web1} (distribution)']],
  [
    'timer',
    't',
    { histogramAggregates: ['avg', 'count'], histogramPercentiles: [0.95] },
    [
      't.avg{env:prod,team:a,host:web1} (gauge)',
      't.count{env:prod,team:a,host:web1} (rate)',
      't.95percentile{env:prod,team:a,host:web1} (gauge)',
    ],
  ],
  [
    'histogram',
    'h',
    { histogramAs: 'distribution', distributionPrefix: 'dist.' },
    ['dist.h{env:prod,team:a,host:web1} (distribution)'],
  ],
  ['gauge', '123', {}, []],
])('a %s "%s" is called as it is sent', (type, name, changes, expected) => {
  expect(writtenMetrics(datadogSettings(changes), label, type, { name, tags: ['ENV:prod'] })).toEqual(expected);
});
