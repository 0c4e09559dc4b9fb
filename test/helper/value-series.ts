import type { TimerSeries } from '../../src/plugin.ts';
import { makeWindow } from './window.ts';

export type WeightedValue = readonly [value: number, weight: number];

/** A timer of one window. `folded`: there were too many values to keep them. */
export function timerOf(points: readonly WeightedValue[], folded = false): TimerSeries {
  const values = points.map(([value]) => value);
  const weights = points.map(([, weight]) => weight);
  for (const series of makeWindow({ series: [{ type: 'timer', name: 't', values, weights, folded }] }).series) {
    if (series.type === 'timer') return series;
  }
  throw new Error('there is no timer');
}
