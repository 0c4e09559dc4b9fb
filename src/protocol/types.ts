import type { MetricType } from '../plugin.ts';
import type { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, SET, TIMER } from './codes.ts';

/** Metric types as they are stored in typed arrays; the index is the code. */
export const metricTypes = [
  'counter',
  'gauge',
  'timer',
  'histogram',
  'distribution',
  'set',
] as const satisfies MetricType[];

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
