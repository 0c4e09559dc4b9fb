import type { ByteReader } from '../../../src/kit/byte-reader.ts';
import type { ByteWriter } from '../../../src/kit/byte-writer.ts';
import type { HistogramObserver, Observer, TimerSeries } from '../../../src/plugin.ts';
import { addClassic } from './classic.ts';
import { NativeBuckets } from './native.ts';
import { RollingSummary } from './summary.ts';

/** What the values of one series have become so far, besides their sum and their count. */
export type Observed = ObservedSummary | ObservedHistogram;

export interface ObservedSummary {
  readonly kind: 'summary';
  readonly summary: RollingSummary;
}

export interface ObservedHistogram {
  readonly kind: 'histogram';
  readonly options: HistogramObserver;
  /** Weight of the values at or below each of the bounds. */
  readonly counts: Float64Array;
  /** Absent where the options ask for none. */
  readonly native: NativeBuckets | undefined;
}

export function createObserved(observer: Observer): Observed {
  switch (observer.kind) {
    case 'summary':
      return { kind: 'summary', summary: new RollingSummary(observer) };
    case 'histogram':
      return {
        kind: 'histogram',
        options: observer,
        counts: new Float64Array(observer.buckets.length),
        native: observer.nativeFactor > 1 ? new NativeBuckets(observer) : undefined,
      };
    default:
      return observer satisfies never;
  }
}

/**
 * Adds the values of a series in a window; they are divided by `unit`: 1000 for milliseconds on a page of seconds. `nowMs`: of the clock by
 * which values of summaries grow old.
 */
export function observe(
  to: Observed,
  series: Pick<TimerSeries, 'values' | 'sketch' | 'countsAtOrBelow'>,
  unit: number,
  nowMs: number,
): void {
  switch (to.kind) {
    case 'summary':
      to.summary.add(series, unit, nowMs);
      return;
    case 'histogram':
      addClassic(to.counts, series, to.options.buckets, unit);
      to.native?.add(series, unit);
      return;
    default:
      to satisfies never;
  }
}

/** Adds what another series observed. False, and nothing added, where that cannot be: they are of different kinds, or have other buckets. */
export function mergeObserved(to: Observed, from: Observed, nowMs: number): boolean {
  if (to.kind === 'summary') {
    if (from.kind !== 'summary') return false;
    to.summary.merge(from.summary, nowMs);
    return true;
  }
  if (from.kind !== 'histogram') return false;
  const counts = countsAt(to.options.buckets, from.options.buckets, from.counts);
  if (counts === undefined || (to.native !== undefined && from.native === undefined)) return false;
  for (let i = 0; i < counts.length; i++) to.counts[i]! += counts[i]!;
  if (from.native !== undefined) to.native?.merge(from.native);
  return true;
}

const SUMMARY = 0;
const HISTOGRAM = 1;

export function saveObserved(observed: Observed, writer: ByteWriter, nowMs: number): void {
  switch (observed.kind) {
    case 'summary':
      writer.whole(SUMMARY);
      observed.summary.save(writer, nowMs);
      return;
    case 'histogram': {
      const { options, counts, native } = observed;
      writer.whole(HISTOGRAM);
      writer.whole(counts.length);
      for (const [i, bound] of options.buckets.entries()) {
        writer.number(bound);
        writer.number(counts[i]!);
      }
      writer.whole(native === undefined ? 0 : 1);
      native?.save(writer);
      return;
    }
    default:
      observed satisfies never;
  }
}

/**
 * What `saveObserved` wrote, as `observer` asks for it now. `savedMs`: what the clock that is used from now on was, or would have been, when it
 * was saved. Undefined where what was saved does not tell what is asked for: another kind, bounds that it had not, a native histogram that it
 * had not. It is read to its end then, too.
 */
export function restoreObserved(reader: ByteReader, observer: Observer, savedMs: number): Observed | undefined {
  const kind = reader.whole();
  if (kind === SUMMARY) {
    const wanted = observer.kind === 'summary' ? observer : undefined;
    const summary = RollingSummary.restore(reader, wanted ?? NO_SUMMARY, savedMs);
    return wanted && { kind: 'summary', summary };
  }
  if (kind !== HISTOGRAM)
    throw new RangeError(`what was observed is of kind "${kind}", must be ${SUMMARY} or ${HISTOGRAM}`);
  const bounds: number[] = [];
  const saved: number[] = [];
  for (let left = reader.whole(); left > 0; left--) {
    bounds.push(reader.number());
    saved.push(reader.number());
  }
  const wanted = observer.kind === 'histogram' ? observer : undefined;
  const wantsNative = wanted !== undefined && wanted.nativeFactor > 1;
  const native = reader.whole() === 1 ? NativeBuckets.restore(reader, wantsNative ? wanted : NO_NATIVE) : undefined;
  const counts = wanted && countsAt(wanted.buckets, bounds, saved);
  if (wanted === undefined || counts === undefined || (wantsNative && native === undefined)) return undefined;
  return { kind: 'histogram', options: wanted, counts, native: wantsNative ? native : undefined };
}

/** To read what is not kept. */
const NO_SUMMARY = { kind: 'summary', quantiles: [], maxAgeMs: 1, ageBuckets: 1 } as const;
const NO_NATIVE = { nativeFactor: 2, nativeMaxBuckets: 0 };

/** The counts at some of the bounds that there are counts of; undefined where one of them is not among those. */
function countsAt(
  wanted: readonly number[],
  bounds: readonly number[],
  counts: ArrayLike<number>,
): Float64Array | undefined {
  const places = wanted.map((bound) => bounds.indexOf(bound));
  return places.includes(-1) ? undefined : Float64Array.from(places, (place) => counts[place]!);
}
