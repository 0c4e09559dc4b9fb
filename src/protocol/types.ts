import type { MetricType } from '../plugin.ts';

/** Metric types as they are stored in typed arrays; the index is the code. */
export const metricTypes = [
  'counter',
  'gauge',
  'timer',
  'histogram',
  'distribution',
  'set',
] as const satisfies MetricType[];

export const COUNTER = 0;
export const GAUGE = 1;
export const TIMER = 2;
export const HISTOGRAM = 3;
export const DISTRIBUTION = 4;
export const SET = 5;
/** Added to the type code of a key that was read in the dialect `statsd`: its identity is the original daemon's. */
export const STATSD_KEY = 8;
export type TypeCode =
  | typeof COUNTER
  | typeof GAUGE
  | typeof TIMER
  | typeof HISTOGRAM
  | typeof DISTRIBUTION
  | typeof SET;

export function typeCode(type: MetricType): TypeCode {
  return metricTypes.indexOf(type) as TypeCode;
}
