import { expect, it } from 'vitest';
import { encode } from '../../../backends/graphite/encode.ts';
import { namespaced } from '../../../backends/graphite/names.ts';
import { createPacker } from '../../../backends/graphite/pack.ts';
import { writtenPaths } from '../../../backends/graphite/written.ts';
import { makeWindow, type SeriesInput } from '../../helper/window.ts';

const naming = namespaced('stats', 'graphite');

it.each<SeriesInput>([
  { type: 'counter', name: 'a b', value: 5, tags: ['env:prod'] },
  { type: 'gauge', name: 'load', value: 1, tags: ['x'] },
  { type: 'set', name: 'users', value: 7 },
  { type: 'timer', name: 't', values: [1, 2], tags: ['env:prod'] },
  { type: 'histogram', name: 'h', values: [4] },
  { type: 'distribution', name: 'd', values: [5] },
])('the paths of a $type are those that are sent', (series) => {
  const percentiles = [75, 99.9];
  const messages = encode(makeWindow({ series: [series], percentiles }), naming, createPacker('text'), new Map());
  const text = Buffer.concat(Array.from(messages, ({ bytes }) => bytes)).toString();
  const sent = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  expect(writtenPaths(naming, percentiles, series.type, { name: series.name, tags: series.tags ?? [] })).toEqual(sent);
});

it('are none for what carbon cannot store', () => {
  expect(writtenPaths(naming, [], 'gauge', { name: 'a'.repeat(5000), tags: [] })).toEqual([]);
});
