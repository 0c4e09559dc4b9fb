import { inParts, type Steps } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import type { Exemplar } from '../plugin.ts';
import { FIRST_SERIES } from './series-table.ts';

/** By series: its exemplars in one window, in the order in which their values came. */
export type ExemplarsBySeries = ReadonlyMap<number, readonly Exemplar[]>;

/** The exemplars of one merge. Where no key has labels for one, nothing is looked at but the number of keys that have. */
export interface Exemplars {
  /** `labels`: of a key that is new, or has taken the id of one that was retired. */
  learn(shard: number, id: number, labels: readonly string[] | undefined): void;
  /** Takes the last value of each key that has labels. `counterSeries` and `timerSeries`: by row of the partial. */
  absorb(partial: Partial, counterSeries: Uint32Array, timerSeries: Uint32Array): Steps<void>;
  /** Forgets the keys that a partial retired. */
  retire(partial: Partial): void;
  /** Those since the last call; undefined where there are none. */
  take(): ExemplarsBySeries | undefined;
}

/** Of one window, those that came last. */
const MOST = 4096;

/** Values that are looked at before other work may go on: 1 ms. */
const VALUES_AT_ONCE = 4096;

interface Taken {
  readonly series: number;
  readonly exemplar: Exemplar;
}

export function createExemplars(): Exemplars {
  /** By shard and id of the key. */
  const labelsByKey: Map<number, readonly string[]>[] = [];
  /** By series and class of the value, in the order in which they came. */
  const taken = new Map<number, Taken>();

  function take(series: number, labels: readonly string[], value: number, at: number): void {
    if (series < FIRST_SERIES) return;
    const key = series * CLASSES + at;
    taken.delete(key);
    if (taken.size >= MOST) taken.delete(taken.keys().next().value!);
    taken.set(key, { series, exemplar: { labels, value } });
  }

  return {
    learn(shard, id, labels) {
      if (labels === undefined) {
        labelsByKey[shard]?.delete(id);
        return;
      }
      labelsByKey[shard] ??= new Map();
      labelsByKey[shard].set(id, labels);
    },
    *absorb({ shard, counters, timers }, counterSeries, timerSeries) {
      const known = labelsByKey[shard];
      if (known === undefined || known.size === 0) return;
      yield* inParts(counters.length, VALUES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const labels = known.get(counters.ids[row]!);
          if (labels !== undefined) take(counterSeries[row]!, labels, counters.sums[row]!, 0);
        }
      });
      for (const { length, rows, values } of timers.chunks) {
        yield* inParts(length, VALUES_AT_ONCE, (from, to) => {
          for (let at = from; at < to; at++) {
            const row = rows[at]!;
            const labels = known.get(timers.ids[row]!);
            if (labels !== undefined) take(timerSeries[row]!, labels, values[at]!, classOf(values[at]!));
          }
        });
      }
    },
    retire({ shard, retired }) {
      const known = labelsByKey[shard];
      if (known === undefined || known.size === 0) return;
      for (const id of retired) known.delete(id);
    },
    take() {
      if (taken.size === 0) return undefined;
      const bySeries = new Map<number, Exemplar[]>();
      for (const { series, exemplar } of taken.values()) {
        const others = bySeries.get(series);
        if (others === undefined) bySeries.set(series, [exemplar]);
        else others.push(exemplar);
      }
      taken.clear();
      return bySeries;
    },
  };
}

/** 32 classes from one power of 2 to the next, upper bounds inclusive: narrower than any bucket that a back-end may sort values into. */
const PER_DOUBLING = 32;
/** Over the classes that doubles of one sign have: powers from -1074 to 1024. */
const ONE_SIGN = 4096 * PER_DOUBLING;
const CLASSES = 2 * ONE_SIGN;

function classOf(value: number): number {
  if (value === 0) return 0;
  const power = Math.ceil(Math.log2(Math.abs(value)) * PER_DOUBLING);
  return power + ONE_SIGN / 2 + (value < 0 ? ONE_SIGN : 0);
}
