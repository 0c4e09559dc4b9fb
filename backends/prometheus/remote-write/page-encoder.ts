import type { Encoder, Exemplar, Family, HistogramSample, Sample, SummarySample } from '../exposition/encoder.ts';
import { canonicalNumber } from '../exposition/numbers.ts';
import { type FurtherLabel, mergedLabels, sortedLabels } from './labels.ts';
import { STALE, type Wire } from './wire.ts';

export interface PageEncoderOptions {
  /** Unix time in milliseconds of all samples. */
  readonly timestampMs: number;
  /** Every sample says that its series ended, whatever its value. */
  readonly stale?: boolean;
  /** Whether native histograms are written beside the classic ones. */
  readonly native?: boolean;
  /** Labels of all series that have none of these names. */
  readonly externalLabels: readonly FurtherLabel[];
}

/** The name and the labels that one of the series of a sample has besides those of the sample. */
interface Kind {
  readonly name: string;
  readonly labels: readonly FurtherLabel[];
}

const NONE: readonly Exemplar[] = [];
const NOTHING = new Uint8Array(0);

/** Bytes of a series, about. */
const SERIES_BYTES = 100;

/**
 * What a page has, as the series that a server which scrapes it would make of it. They are in `wire`, which may cut them into requests: `take` gives
 * nothing, and only ends a piece of the work.
 */
export function pageEncoder(wire: Wire, options: PageEncoderOptions): Encoder {
  const { timestampMs, stale = false, native: writesNative = false, externalLabels } = options;
  let family: Family = { name: '', type: 'gauge', help: '' };
  /** Of the family, by what is put behind its name, a bound or quantile included. */
  const kinds = new Map<string, Kind>();
  const labels: string[] = [];
  let series = 0;

  function kindOf(suffix: string, label?: 'le' | 'quantile', bound = 0): Kind {
    const key = label === undefined ? suffix : `${suffix} ${bound}`;
    const known = kinds.get(key);
    if (known !== undefined) return known;
    const name = family.name + suffix;
    // Prometheus 3 makes this of a bound or a quantile, however a page has it.
    const own = label === undefined ? [] : [{ name: label, value: canonicalNumber(bound), wins: true }];
    const made = {
      name,
      labels: sortedLabels([...externalLabels, { name: '__name__', value: name, wins: true }, ...own]),
    };
    kinds.set(key, made);
    return made;
  }

  function add(
    sample: Sample,
    kind: Kind,
    value: number,
    createdMs: number,
    exemplars: readonly Exemplar[] = NONE,
  ): void {
    series++;
    wire.add({
      name: kind.name,
      labels: mergedLabels(sample.labels.pairs, kind.labels, labels),
      type: family.type,
      help: family.help,
      points: [{ value: stale ? STALE : value, timestampMs }],
      exemplars: stale ? NONE : exemplars,
      createdMs: stale ? 0 : createdMs,
    });
  }

  function addSummary(sample: SummarySample): void {
    const { quantiles, values, sum, count, createdMs } = sample;
    for (let at = 0; at < quantiles.length; at++) add(sample, kindOf('', 'quantile', quantiles[at]!), values[at]!, 0);
    add(sample, kindOf('_sum'), sum, createdMs);
    add(sample, kindOf('_count'), count, createdMs);
  }

  function addClassic(sample: HistogramSample): void {
    const { bounds, counts, count, sum, createdMs, exemplars = [] } = sample;
    const bucket = (bound: number, weight: number, exemplar: Exemplar | undefined) =>
      add(sample, kindOf('_bucket', 'le', bound), weight, createdMs, exemplar === undefined ? NONE : [exemplar]);
    for (let at = 0; at < bounds.length; at++) bucket(bounds[at]!, counts[at]!, exemplars[at]);
    bucket(Number.POSITIVE_INFINITY, count, exemplars[bounds.length]);
    add(sample, kindOf('_sum'), sum, createdMs);
    add(sample, kindOf('_count'), count, createdMs);
  }

  function addHistogram(sample: HistogramSample): void {
    const { bounds, count, sum, createdMs } = sample;
    const native = writesNative ? sample.native : undefined;
    if (native === undefined || bounds.length > 0) addClassic(sample);
    if (native === undefined) return;
    const kind = kindOf('');
    if (stale) {
      // A server ends a native histogram with a plain stale marker too.
      add(sample, kind, 0, 0);
      return;
    }
    series++;
    wire.add({
      name: kind.name,
      labels: mergedLabels(sample.labels.pairs, kind.labels, labels),
      type: family.type,
      help: family.help,
      points: [],
      native: { histogram: native, count, sum, timestampMs },
      exemplars: NONE,
      createdMs,
    });
  }

  return {
    family(next) {
      family = next;
      kinds.clear();
    },
    sample(sample) {
      switch (sample.type) {
        case 'counter':
          add(sample, kindOf(''), sample.value, sample.createdMs, sample.exemplar && [sample.exemplar]);
          return;
        case 'gauge':
          add(sample, kindOf(''), sample.value, 0);
          return;
        case 'summary':
          addSummary(sample);
          return;
        case 'histogram':
          addHistogram(sample);
          return;
        default:
          sample satisfies never;
      }
    },
    endFamily: () => undefined,
    // A request has nothing behind its last series.
    end: () => undefined,
    get length() {
      return series * SERIES_BYTES;
    },
    take() {
      series = 0;
      return NOTHING;
    },
  };
}
