import { expect, it } from 'vitest';
import { batches } from '../../../../backends/prometheus/remote-write/batches.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { remoteSeries } from './series.ts';

const ofSamples = (name: string, samples: number) =>
  remoteSeries({ name, points: Array.from({ length: samples }, (_, at) => ({ value: 1, timestampMs: at })) });

function cut(samples: readonly number[], maxSamples: number, maxBytes?: number): string[][] {
  const requests = batches(wireV1(), maxSamples, maxBytes);
  const names: string[][] = [];
  for (const [at, count] of samples.entries()) {
    requests.add(ofSamples(`s${at}`, count));
    names.push(...requests.full().map((body) => [...body.names]));
  }
  return [...names, ...requests.rest().map((body) => [...body.names])];
}

it.each([
  ['as many samples as may be', [1, 1, 1, 1, 1], 2, [['s0', 's1'], ['s2', 's3'], ['s4']]],
  ['series as a whole', [1, 2, 2], 3, [['s0', 's1'], ['s2']]],
  ['one that has more alone', [1, 5, 1], 3, [['s0'], ['s1'], ['s2']]],
  ['nothing of nothing', [], 3, []],
])('puts %s into a request', (_, samples, maxSamples, expected) => {
  expect(cut(samples, maxSamples)).toEqual(expected);
});

it('ends a request that has many bytes', () => {
  expect(cut([1, 1, 1], 1000, 1)).toEqual([['s0'], ['s1'], ['s2']]);
});
