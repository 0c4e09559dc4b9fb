import { expect, it } from 'vitest';
import { labeller } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';
import { datadogSettings } from './defaults.ts';

const third = 1 / 0.3;

// By hand: W is the sum of ⌊1/r⌋, the sum has 1/r of each value, and the value of rank ⌊(pW - 1) / 100⌋ is the percentile.
it.each([
  ['exact', [1, 2], [third, third], false, { max: 2, median: 1, avg: 1.5, count: 2 / 3, '95percentile': 2 }],
  ['agent', [1, 2], [third, third], false, { max: 2, median: 1, avg: 10 / 6, count: 0.6, '95percentile': 2 }],
  ['agent', [1, 2, 9], [2.5, 1, 1], false, { max: 9, median: 1, avg: 13.5 / 4, count: 0.4, '95percentile': 9 }],
  ['exact', [1, 2, 9], [2.5, 1, 1], false, { max: 9, median: 1, avg: 3, count: 0.45, '95percentile': 9 }],
  // ⌊(95 · 21 - 1) / 100⌋ is 19, and the first twenty are ones; with the fraction 95 % are reached at the nine.
  ['agent', [1, 9], [20.9, 1], false, { max: 9, median: 1, avg: 29.9 / 21, count: 2.1, '95percentile': 1 }],
  ['agent', [4, 4], [2, 2], false, { max: 4, median: 4, avg: 4, count: 0.4, '95percentile': 4 }],
  ['agent', [1, 2, 9], [2.5, 1, 1], true, { max: 9, median: 1, avg: 3, count: 0.45, '95percentile': 9 }],
] as const)('I5 weights "%s" of %j with %j', (weights, values, weighing, folded, want) => {
  const label = labeller([], '');
  const encode = seriesEncoder(datadogSettings({ weights }), label, recordingContext().lost);
  const window = makeWindow({ series: [{ type: 'timer', name: 't', values, weights: weighing, folded }] });
  const items = [...encode(window).series].flatMap((item) => (item === undefined ? [] : JSON.parse(`[${item.body}]`)));
  const sent = Object.fromEntries(items.map(({ metric, points }) => [metric.slice(2), points[0].value]));
  expect(Object.keys(sent)).toEqual(Object.keys(want));
  for (const [name, value] of Object.entries(want)) expect(sent[name], name).toBeCloseTo(value, 12);
});
