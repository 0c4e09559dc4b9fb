import type { Encoder, Family, HistogramSample, Labels, Sample, SummarySample } from '../exposition/encoder.ts';
import { type NameStyle, pairer } from '../naming.ts';
import type { Observed } from '../observers/observer.ts';
import { COUNTER, GAUGE, type Group, HISTOGRAM, SET, SUMMARY, typeNames } from './family.ts';
import type { State } from './state.ts';

/** Bytes that are written before other work may go on, about: 1 ms. */
export const PIECE = 131_072;

/** What is said of families of which no rule says anything. */
export const helps: Readonly<Record<Group, string>> = {
  [COUNTER]: 'StatsD counter, summed up since it was first seen.',
  [GAUGE]: 'StatsD gauge.',
  [SET]: 'StatsD set: distinct members in the last flushInterval.',
  [SUMMARY]: 'StatsD timer (in seconds), histogram or distribution; quantiles of what came lately.',
  [HISTOGRAM]: 'StatsD timer (in seconds), histogram or distribution.',
};

/** Which families: statsdrain's own, all others, or both. */
export type Whose = 'own' | 'others' | 'all';

/**
 * Writes the page, without what ends it, and gives what is written in pieces. The state must not change before the last. HELP says nothing that
 * came over the wire.
 */
export function* writtenPage(
  state: State,
  encoder: Encoder,
  style: NameStyle,
  whose: Whose = 'all',
): Generator<Uint8Array, undefined> {
  const { families } = state.table;
  const { next, names } = state.table.rows;
  const sampleOf = sampler(state, style);
  for (const family of familiesOf(state, whose)) {
    const group = families.group(family);
    encoder.family(familyOf(state, family));
    for (let row = state.table.firstRow(family) - 1; row >= 0; row = next[row]! - 1) {
      if (names[row] === undefined) continue;
      encoder.sample(sampleOf(row, group));
      if (encoder.length >= PIECE) yield encoder.take();
    }
  }
  encoder.endFamily();
  yield encoder.take();
  return undefined;
}

export function* familiesOf({ table: { families } }: State, whose: Whose): Generator<number, undefined> {
  if (whose === 'own') {
    yield* families.own;
    return undefined;
  }
  for (let family = 0; family < families.length; family++) {
    if (families.isOpen(family) && (whose === 'all' || !families.own.has(family))) yield family;
  }
  return undefined;
}

/** The head of a family that is open. */
export function familyOf({ table: { families } }: State, family: number): Family {
  const group = families.group(family);
  return { name: families.names[family]!, type: typeNames[group], help: families.helpOf(family) || helps[group] };
}

/** Gives what is written of a row; the object is used again for the next one. */
export function sampler({ table, ageMs, setsMs }: State, style: NameStyle): (row: number, group: Group) => Sample {
  const { labels, tags, values, createdMs, places, counts, observed, seenMs, exemplars } = table.rows;
  const pairsOf = pairer(style);
  let current = 0;
  // Pairs are for formats without text: of most rows nobody asks for them.
  const own: Labels = {
    get pairs() {
      return pairsOf(tags[current]!);
    },
    get text() {
      return labels[current]!;
    },
  };

  return (row, group) => {
    current = row;
    switch (group) {
      case COUNTER:
        return {
          type: 'counter',
          labels: own,
          value: values[row]!,
          createdMs: createdMs[row]!,
          exemplar: exemplars.size === 0 ? undefined : exemplars.get(row)?.[0],
        };
      case GAUGE:
        return { type: 'gauge', labels: own, value: values[row]! };
      case SET:
        // Nobody was there in the last window with sets where it did not come.
        return { type: 'gauge', labels: own, value: seenMs[row]! < setsMs ? 0 : values[row]! };
      case SUMMARY:
      case HISTOGRAM:
        return observedSample(
          observed[places[row]!]!,
          { labels: own, count: counts[places[row]!]!, sum: values[row]!, createdMs: createdMs[row]! },
          ageMs,
          exemplars.size === 0 ? undefined : exemplars.get(row),
        );
      default:
        return group satisfies never;
    }
  };
}

/** What is written of what values have become. `nowMs`: by the clock of the state. */
export function observedSample(
  one: Observed,
  common: Pick<SummarySample, 'labels' | 'count' | 'sum' | 'createdMs'>,
  nowMs: number,
  exemplars?: HistogramSample['exemplars'],
): SummarySample | HistogramSample {
  switch (one.kind) {
    case 'summary':
      return {
        type: 'summary',
        ...common,
        quantiles: one.summary.options.quantiles,
        values: one.summary.quantiles(nowMs),
      };
    case 'histogram':
      return {
        type: 'histogram',
        ...common,
        bounds: one.options.buckets,
        counts: one.counts,
        native: one.native?.histogram,
        exemplars,
      };
    default:
      return one satisfies never;
  }
}
