import type { TimedPoint } from '../../src/plugin.ts';
import { type Label, type Labels, metricName } from './naming.ts';

/** Seconds by which a point may be ahead. */
const AHEAD = 600;

/** What the Agent sends a counter with a time of its own with, whatever its interval is. Seconds. */
export const POINT_INTERVAL = 10;

/** A point as Datadog knows it. */
export interface NamedPoint extends Labels {
  readonly type: TimedPoint['type'];
  readonly name: string;
  readonly timestamp: number;
  readonly value: number;
}

/** Why a point is not sent. */
export type PointLoss = 'bad_name' | 'not_finite' | 'too_old' | 'in_future';

/**
 * The points of a window that the intake takes, one for each that the window has; undefined for one that is lost. Those that are one for Datadog
 * are one in the window already, see `naming`. `nowSeconds` is the end of their window.
 */
export function* takenPoints(
  points: readonly TimedPoint[],
  label: Label,
  { nowSeconds, maxAgeSeconds }: { readonly nowSeconds: number; readonly maxAgeSeconds: number },
  lost: (reason: PointLoss, points: number) => void,
): Generator<NamedPoint | undefined, undefined, undefined> {
  for (const { type, name: sent, tags, host, timestamp, value } of points) {
    const name = metricName(sent);
    const loss = lossOf(name, timestamp - nowSeconds, maxAgeSeconds, value);
    if (name !== undefined && loss === undefined) {
      yield { type, name, ...label({ tags, host }), timestamp, value };
      continue;
    }
    lost(loss ?? 'bad_name', 1);
    yield undefined;
  }
  return undefined;
}

function lossOf(name: string | undefined, ahead: number, maxAge: number, value: number): PointLoss | undefined {
  if (name === undefined) return 'bad_name';
  if (!Number.isFinite(value)) return 'not_finite';
  if (ahead > AHEAD) return 'in_future';
  return -ahead > maxAge ? 'too_old' : undefined;
}
