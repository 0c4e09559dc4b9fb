import { expect, it } from 'vitest';
import type { GaugePoint } from '../../../../backends/prometheus/remote-write/page.ts';
import { writePoints } from '../../../../backends/prometheus/remote-write/points.ts';
import { wireV1 } from '../../../../backends/prometheus/remote-write/wire-v1.ts';
import { readVersion1 } from '../../../helper/remote-write-messages.ts';

const point = (name: string, pairs: readonly string[], timestampMs: number, value: number): GaugePoint => ({
  family: { name, type: 'gauge', help: '' },
  labels: { pairs, text: pairs.join() },
  timestampMs,
  value,
});

it('puts the points of a series together, in the order of their times', () => {
  const wire = wireV1();
  const points = [
    point('b', [], 2000, 1),
    point('a', ['x:1'], 9000, 2),
    point('b', [], 1000, 3),
    point('a', ['x:2'], 5000, 4),
  ];
  const outer = [{ name: 'zone', value: 'z', wins: false }];
  for (const _ of writePoints(points, wire, outer));
  const found = readVersion1(wire.take().bytes).map(({ labels, samples }) => [
    labels.map((pair) => pair.join('=')).join(),
    ...samples.map(({ timestamp, value }) => `${value}@${timestamp}`),
  ]);
  expect(found).toEqual([
    ['__name__=b,zone=z', '3@1000', '1@2000'],
    ['__name__=a,x=1,zone=z', '2@9000'],
    ['__name__=a,x=2,zone=z', '4@5000'],
  ]);
});
