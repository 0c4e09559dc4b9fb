import type { Labels, Sample } from '../exposition/encoder.ts';
import { createObserved, mergeObserved, type Observed } from '../observers/observer.ts';
import { latestExemplars } from './exemplars.ts';
import { COUNTER, GAUGE, type Group, HISTOGRAM, SET, SUMMARY } from './family.ts';
import type { State } from './state.ts';
import { observedSample, sampler } from './walk.ts';

/**
 * One sample of several series that are one on a page: counters, and sums and counts, add up; of gauges and sets the one counts that was heard
 * of last, of those the one that is the newest on the page; of exemplars the latest. The state is left as it is.
 *
 * `leftOut` is told how many histograms are no part of it, because they have other buckets than the first.
 */
export function merger(
  state: State,
  leftOut: (series: number) => void,
): (rows: readonly number[], group: Group, labels: Labels) => Sample {
  const { ageMs } = state;
  const { values, createdMs, places, counts, observed, seenMs, setMs } = state.table.rows;
  const sampleOf = sampler(state, 'utf-8');

  function began(rows: readonly number[]): number {
    return rows.reduce((least, row) => Math.min(least, createdMs[row]!), Number.POSITIVE_INFINITY);
  }

  /** Of gauges, by when they were set in the window that both were seen in last. */
  function isEarlier(row: number, other: number): boolean {
    if (seenMs[row] !== seenMs[other]) return seenMs[row]! < seenMs[other]!;
    return setMs[row]! < setMs[other]!;
  }

  function summed(rows: readonly number[], labels: Labels): Sample {
    const whole = emptyLike(observed[places[rows[0]!]!]!);
    const parts = rows.filter((row) => mergeObserved(whole, observed[places[row]!]!, ageMs));
    if (parts.length < rows.length) leftOut(rows.length - parts.length);
    const sum = parts.reduce((total, row) => total + values[row]!, 0);
    const count = parts.reduce((total, row) => total + counts[places[row]!]!, 0);
    const buckets = whole.kind === 'histogram' ? whole.counts.length + 1 : 0;
    const exemplars = latestExemplars(state.table.rows, parts, buckets);
    return observedSample(whole, { labels, count, sum, createdMs: began(parts) }, ageMs, exemplars);
  }

  return (rows, group, labels) => {
    switch (group) {
      case COUNTER: {
        const value = rows.reduce((total, row) => total + values[row]!, 0);
        const [exemplar] = latestExemplars(state.table.rows, rows, 1) ?? [];
        return { type: 'counter', labels, value, createdMs: began(rows), exemplar };
      }
      case GAUGE:
      case SET:
        return {
          ...sampleOf(
            rows.reduce((latest, row) => (isEarlier(row, latest) ? latest : row)),
            group,
          ),
          labels,
        };
      case SUMMARY:
      case HISTOGRAM:
        return summed(rows, labels);
      default:
        return group satisfies never;
    }
  };
}

function emptyLike(one: Observed): Observed {
  switch (one.kind) {
    case 'summary':
      return createObserved(one.summary.options);
    case 'histogram':
      return createObserved(one.options);
    default:
      return one satisfies never;
  }
}
