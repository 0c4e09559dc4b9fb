import type { HistogramObserver, Observer, SummaryObserver } from '../../plugin.ts';
import { quoted, type Reader } from './check.ts';
import type { Field, Part } from './node.ts';
import { durationOf, numberOf } from './scalars.ts';

type Fields = ReadonlyMap<string, Field>;

const KINDS = new Map([
  ['summary', 'summary'],
  ['histogram', 'histogram'],
] as const);

/** What a file or a rule says of timers, histograms and distributions; what it does not say is as it was above. */
export interface ObserverSettings {
  /** Whether anything says that they become summaries, and of which kind, or that they become histograms. */
  readonly isSaid: boolean;
  /** Undefined where nothing says it. */
  readonly kind: Observer['kind'] | undefined;
  readonly summary: SummaryObserver;
  readonly histogram: HistogramObserver;
}

export const NO_OBSERVER: ObserverSettings = {
  isSaid: false,
  kind: undefined,
  summary: { kind: 'summary', quantiles: [0.5, 0.9, 0.99], maxAgeMs: 600_000, ageBuckets: 5 },
  histogram: {
    kind: 'histogram',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    nativeFactor: 1.1,
    nativeMaxBuckets: 256,
  },
};

export const OBSERVER_KEYS = [
  'observer_type',
  'timer_type',
  'summary_options',
  'histogram_options',
  'buckets',
  'quantiles',
];

/** Undefined where nothing is said of them, and that is left to the back-end. */
export function observerOf({ isSaid, kind, summary, histogram }: ObserverSettings): Observer | undefined {
  if (!isSaid) return undefined;
  return kind === 'histogram' ? histogram : summary;
}

/** Reads the keys of {@link OBSERVER_KEYS}. `above`: what holds for what they leave open. */
export function readObserver(reader: Reader, fields: Fields, above: ObserverSettings): ObserverSettings {
  const own =
    reader.oneOf(fields.get('observer_type'), 'observer_type', KINDS) ??
    reader.oneOf(fields.get('timer_type'), 'timer_type', KINDS);
  const summaryField = fields.get('summary_options');
  const histogramField = fields.get('histogram_options');
  const summaryOptions = reader.map(summaryField?.value, '"summary_options"');
  const histogramOptions = reader.map(histogramField?.value, '"histogram_options"');
  // Defaults may have both: those of the other type are for rules that say so.
  const isRule = above !== NO_OBSERVER;
  if (isRule && own === 'histogram' && summaryOptions) mismatch(reader, summaryField!, 'summary_options', own);
  if (isRule && own === 'summary' && histogramOptions) mismatch(reader, histogramField!, 'histogram_options', own);
  // The old place of quantiles is looked at only where a type says that they are meant.
  const oldQuantiles = own === 'summary' || above === NO_OBSERVER ? fields.get('quantiles') : undefined;
  return {
    isSaid: above.isSaid || own !== undefined || summaryOptions !== undefined || oldQuantiles !== undefined,
    kind: own ?? above.kind,
    summary: readSummary(reader, summaryOptions, oldQuantiles, above.summary),
    histogram: readHistogram(reader, histogramOptions, fields.get('buckets'), above.histogram),
  };
}

function mismatch(reader: Reader, { line }: Field, key: string, kind: string): void {
  reader.fault(line, `"${key}" does not go with the observer type "${kind}"; remove one of them`);
}

function readSummary(
  reader: Reader,
  options: Fields | undefined,
  old: Field | undefined,
  above: SummaryObserver,
): SummaryObserver {
  if (options !== undefined)
    reader.onlyKnown(options, ['quantiles', 'max_age', 'age_buckets', 'buf_cap'], '"summary_options"');
  const quantiles = readQuantiles(reader, options?.get('quantiles') ?? old);
  const age = options?.get('max_age');
  const maxAgeMs = reader.value(age, 'max_age', durationOf, DURATION);
  const buckets = reader.value(options?.get('age_buckets'), 'age_buckets', wholeOf, WHOLE);
  if (maxAgeMs !== undefined && maxAgeMs < 0) reader.fault(age!.line, '"max_age" is below 0');
  return {
    kind: 'summary',
    quantiles: quantiles ?? above.quantiles,
    maxAgeMs: maxAgeMs || above.maxAgeMs,
    ageBuckets: buckets || above.ageBuckets,
  };
}

export const DURATION = 'a duration such as "30s", "10m" or "1h30m"';

/** 0 is what the defaults say. */
const WHOLE = 'a whole number';

function wholeOf(text: string): number | undefined {
  const number = numberOf(text);
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
}

/** Undefined for none, and for an empty list. */
function readQuantiles(reader: Reader, field: Field | undefined): readonly number[] | undefined {
  const quantiles: number[] = [];
  for (const item of reader.list(field, 'quantiles') ?? []) {
    const entry = reader.map(item, 'an entry of "quantiles"');
    if (entry === undefined) continue;
    const quantile = reader.value(entry.get('quantile'), 'quantile', numberOf, 'a number from 0 to 1');
    if (quantile === undefined) continue;
    if (quantile < 0 || quantile > 1) reader.fault(item.line, `the quantile ${quantile} is not from 0 to 1`);
    else quantiles.push(quantile);
    reader.value(entry.get('error'), 'error', numberOf, 'a number');
  }
  return quantiles.length === 0 ? undefined : [...new Set(quantiles)].sort((a, b) => a - b);
}

function readHistogram(
  reader: Reader,
  options: Fields | undefined,
  old: Field | undefined,
  above: HistogramObserver,
): HistogramObserver {
  const known = ['buckets', 'native_histogram_bucket_factor', 'native_histogram_max_buckets'];
  if (options !== undefined) reader.onlyKnown(options, known, '"histogram_options"');
  const nativeFactor = reader.value(
    options?.get('native_histogram_bucket_factor'),
    'native_histogram_bucket_factor',
    numberOf,
    'a number over 1, or 0 for no native histogram',
  );
  const nativeMaxBuckets = reader.value(
    options?.get('native_histogram_max_buckets'),
    'native_histogram_max_buckets',
    wholeOf,
    WHOLE,
  );
  return {
    kind: 'histogram',
    buckets: readBuckets(reader, options?.get('buckets') ?? old) ?? above.buckets,
    nativeFactor: nativeFactor ?? above.nativeFactor,
    nativeMaxBuckets: nativeMaxBuckets || above.nativeMaxBuckets,
  };
}

/** Undefined for none, and for an empty list. */
function readBuckets(reader: Reader, field: Field | undefined): readonly number[] | undefined {
  const items = reader.list(field, 'buckets') ?? [];
  const buckets: number[] = [];
  for (const item of items) {
    const bound = boundOf(item);
    if (bound === undefined) {
      reader.fault(
        item.line,
        `"buckets" has ${item.kind === 'text' ? quoted(item.text) : 'something'} that is no number`,
      );
      return undefined;
    }
    const before = buckets.at(-1);
    if (before !== undefined && bound <= before) {
      reader.fault(item.line, `"buckets" must go up: ${bound} comes behind ${before}`);
      return undefined;
    }
    // That of all values is there anyway.
    if (bound !== Number.POSITIVE_INFINITY) buckets.push(bound);
  }
  return buckets.length === 0 ? undefined : buckets;
}

function boundOf(item: Part): number | undefined {
  return item.kind === 'text' && !item.quoted ? numberOf(item.text) : undefined;
}
