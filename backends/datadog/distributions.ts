import type { Item } from '../../src/kit/http/endpoint.ts';
import type { DistributionSeries, TimerSeries } from '../../src/plugin.ts';
import type { Labels } from './naming.ts';

/** Values of one series that go over the wire one by one: beyond, a sketch is a fraction of their size. */
const MOST_VALUES = 10_000;

/**
 * The values of a series for `/api/v1/distribution_points`: one of weight 3 three times, of fractional weights as many as their
 * running total says. Undefined where there are too many, or only a sketch was kept.
 */
export function valuesItem(
  name: string,
  { tags, host }: Labels,
  timestamp: number,
  series: Pick<TimerSeries | DistributionSeries, 'values' | 'statistics'>,
): Item | undefined {
  if (series.statistics.count > MOST_VALUES) return undefined;
  const given = series.values();
  if (given === undefined) return undefined;
  const values: number[] = [];
  let running = 0;
  for (const [value, weight] of given) {
    if (!Number.isFinite(value)) return undefined;
    running += weight;
    for (let times = Math.round(running) - values.length; times > 0; times--) values.push(value);
  }
  if (values.length === 0) return undefined;
  const body = JSON.stringify({
    metric: name,
    points: [[timestamp, values]],
    type: 'distribution',
    ...(host === '' ? {} : { host }),
    ...(tags.length === 0 ? {} : { tags }),
  });
  return { name, body, points: 1 };
}
