import { type FurtherLabel, mergedLabels, sortedLabels } from './labels.ts';
import type { GaugePoint } from './page.ts';
import type { Point, Wire } from './wire.ts';

/** Writes gauges that came with times of their own, those of one series together and in the order of their times. */
export function* writePoints(
  points: Iterable<GaugePoint>,
  wire: Wire,
  externalLabels: readonly FurtherLabel[],
): Generator<void, undefined> {
  const bySeries = new Map<string, { readonly first: GaugePoint; readonly points: Point[] }>();
  for (const point of points) {
    const key = `${point.family.name}{${point.labels.text}`;
    const known = bySeries.get(key);
    if (known === undefined) bySeries.set(key, { first: point, points: [point] });
    else known.points.push(point);
    yield;
  }
  for (const { first, points: all } of bySeries.values()) {
    const { name, type, help } = first.family;
    const further = sortedLabels([...externalLabels, { name: '__name__', value: name, wins: true }]);
    wire.add({
      name,
      labels: mergedLabels(first.labels.pairs, further, []),
      type,
      help,
      points: all.sort((a, b) => a.timestampMs - b.timestampMs),
      exemplars: [],
      createdMs: 0,
    });
    yield;
  }
}
