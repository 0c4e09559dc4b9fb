import type { StatsdSettings } from '../config/settings.ts';
import type { StatsdHistogram } from '../plugin.ts';

/** What the original computes of a timer, from its settings: names once, numbers in rows. */
export interface TimerFields {
  readonly thresholds: readonly Threshold[];
  /** Of the fields in {@link TOTALS}: whether they are wanted. */
  readonly totals: readonly boolean[];
  /** Whether an idle timer has `count` and `count_ps`. */
  readonly idle: readonly (readonly [name: string, value: number])[];
  readonly hasHistogram: boolean;
  readonly histogram: readonly StatsdHistogram[];
}

export interface Threshold {
  /** As configured; negative or 0 for the top ones. */
  readonly percent: number;
  /** Of its five fields: names, and whether they are wanted. */
  readonly names: readonly string[];
  readonly wanted: readonly boolean[];
}

/** Fields of a threshold, in the original's order. */
export const THRESHOLD_WIDTH = 5;
/** Fields of all values, in the original's order. */
export const TOTALS = ['std', 'upper', 'lower', 'count', 'count_ps', 'sum', 'sum_squares', 'mean', 'median'] as const;

export function timerFields(settings: StatsdSettings): TimerFields {
  const { percentThreshold, calculatedTimerMetrics, histogram = [] } = settings;
  const isWanted = (name: string) => isAllowed(name, calculatedTimerMetrics);
  return {
    thresholds: percentThreshold.map((percent) => {
      const suffix = String(percent).replace('.', '_').replace('-', 'top');
      const bound = percent > 0 ? 'upper' : 'lower';
      const names = ['count', 'mean', bound, 'sum', 'sum_squares'].map((name) => `${name}_${suffix}`);
      return { percent, names, wanted: names.map(isWanted) };
    }),
    totals: TOTALS.map(isWanted),
    idle: (['count_ps', 'count'] as const).filter(isWanted).map((name) => [name, 0] as const),
    hasHistogram: isWanted('histogram'),
    histogram,
  };
}

/**
 * Whether the list of fields lets one through: with its number as `percent`. The original folds only the digits after the
 * last `_`, so that `upper_99_9` needs `upper_99_percent`; here `upper_percent` does as well.
 */
function isAllowed(name: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  return (
    allowed.includes(name.replace(/_(top)?\d+$/, '_percent')) ||
    allowed.includes(name.replace(/_(top)?\d+(_\d+)?$/, '_percent'))
  );
}

/** Of the first entry whose `metric` is in the key; none where there is no such entry or it has none. */
export function binsFor(key: string, histogram: readonly StatsdHistogram[]): readonly (number | 'inf')[] {
  return histogram.find(({ metric }) => key.includes(metric))?.bins ?? [];
}
