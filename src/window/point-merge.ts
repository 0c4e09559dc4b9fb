import { inParts, type Steps } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import { createPoints } from '../partial/points.ts';
import type { TimedPoint } from '../plugin.ts';
import { GAUGE } from '../protocol/codes.ts';
import { type Identity, type Mutable, scaleOf } from '../protocol/identity.ts';
import { addRest } from './rest.ts';
import { FIRST_SERIES } from './series-table.ts';

/** Points of a partial, and the series of each. */
export interface PointInput {
  readonly partial: Partial;
  readonly pointSeries: Uint32Array;
}

/** What it asks of the table. */
interface Identities {
  type(series: number): number;
  identity(series: number): Identity;
  /** False for what stands for a key that is blocked. */
  isLive(series: number): boolean;
}

/** Points that are looked at before other work may go on: 1 ms. */
const POINTS_AT_ONCE = 2048;

/** The points of all shards as back-ends are given them: keys that are one series are one. Of gauges the one that was received last counts. */
export function* mergePoints(inputs: readonly PointInput[], table: Identities): Steps<TimedPoint[]> {
  if (inputs.every(({ partial }) => partial.points.length === 0)) return [];
  const points = createPoints();
  for (const { partial, pointSeries } of inputs) {
    const { length, timestamps, values, setAt } = partial.points;
    yield* inParts(length, POINTS_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        const series = pointSeries[row]!;
        if (!table.isLive(series)) continue;
        if (series < FIRST_SERIES) continue;
        const isGauge = table.type(series) === GAUGE;
        points.add(series, isGauge, timestamps[row]!, values[row]!, setAt[row]!, Number.POSITIVE_INFINITY);
      }
    });
  }
  const { length, ids, timestamps, values } = points.take();
  const merged: TimedPoint[] = [];
  yield* inParts(length, POINTS_AT_ONCE, (from, to) => {
    for (let row = from; row < to; row++) {
      const series = ids[row]!;
      const type = table.type(series) === GAUGE ? 'gauge' : 'counter';
      const identity = table.identity(series);
      const { name, tags } = identity;
      const value = values[row]! * scaleOf(identity);
      const point: Mutable<TimedPoint> = { type, name, tags, timestamp: timestamps[row]!, value };
      addRest(point, identity, 0, 0);
      merged.push(point);
    }
  });
  return merged;
}
