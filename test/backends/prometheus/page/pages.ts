import { createEncoder } from '../../../../backends/prometheus/exposition/encoders.ts';
import type { Exposition } from '../../../../backends/prometheus/exposition/negotiate.ts';
import { createState, type StateOptions } from '../../../../backends/prometheus/page/state.ts';
import { writtenPage } from '../../../../backends/prometheus/page/walk.ts';
import type { BackendContext, MetricType, SeriesRule } from '../../../../src/plugin.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../../../helper/window.ts';
import { parsePage } from '../exposition.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** Where the first window of a page begins. */
export const T0 = 1_700_000_000_000;

const TEXT: Exposition = { format: 'text-0.0.4', escaping: 'underscores' };

export const OPEN_METRICS: Exposition = { format: 'openmetrics-1.0.0', escaping: 'allow-utf-8' };

export function summaryOf(quantiles: readonly number[] = [0.5, 0.9], maxAgeMs = 10 * MINUTE, ageBuckets = 5) {
  return { kind: 'summary', quantiles, maxAgeMs, ageBuckets } as const;
}

export function histogramOf(buckets: readonly number[], nativeFactor = 0) {
  return { kind: 'histogram', buckets, nativeFactor, nativeMaxBuckets: 160 } as const;
}

export function stateOptions(changes: Partial<StateOptions> = {}): StateOptions {
  return {
    prefix: '',
    names: 'escaped',
    observer: summaryOf(),
    ttl: Number.POSITIVE_INFINITY,
    gaugeTtl: Number.POSITIVE_INFINITY,
    maxSeries: 1000,
    ...changes,
  };
}

/** The order of types in a window: not that in which series came. */
const TYPES: readonly MetricType[] = ['counter', 'gauge', 'set', 'timer', 'histogram', 'distribution'];

/** A page of windows that follow each other without a gap. */
export function openPages(changes: Partial<StateOptions> = {}, ownMetric?: BackendContext['ownMetric']) {
  const options = stateOptions(changes);
  const context = recordingContext(ownMetric && { ownMetric });
  const state = createState(options, context);
  let endMs = T0;
  const all = {
    context,
    state,
    /** A window, ten seconds long where nothing else is said. */
    fold(series: readonly SeriesInput[], lengthMs = 10 * SECOND, more: WindowInput = {}) {
      const startMs = endMs;
      endMs += lengthMs;
      return state.fold(makeWindow({ series, startMs, endMs, ...more }));
    },
    /** Series as they came: their names are made in this order, and the window has them by type. */
    arrive(series: readonly SeriesInput[], types = TYPES) {
      for (const { type, name } of series) state.claim(type, name);
      return all.fold(types.flatMap((type) => series.filter((one) => one.type === type)));
    },
    written(exposition = TEXT) {
      const has = (name: string) => state.table.families.has(name);
      const encoder = createEncoder(exposition, { created: true, has });
      const pieces = [...writtenPage(state, encoder, options.names)];
      encoder.end();
      return Buffer.concat([...pieces, encoder.take()]).toString();
    },
    /** As text, which is looked at as strictly as Prometheus does. */
    text() {
      const text = all.written();
      parsePage(text);
      return text;
    },
    lines: () => samplesOf(all.text()),
    openMetrics: () => samplesOf(all.written(OPEN_METRICS)),
  };
  return all;
}

function samplesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

export function counter(name: string, value: number, ...tags: readonly string[]): SeriesInput {
  return { type: 'counter', name, value, tags };
}

export function gauge(name: string, value: number, ...tags: readonly string[]): SeriesInput {
  return { type: 'gauge', name, value, tags };
}

export function set(name: string, value: number, ...tags: readonly string[]): SeriesInput {
  return { type: 'set', name, value, tags };
}

/** Values are milliseconds. */
export function timer(name: string, values: readonly number[], ...tags: readonly string[]): SeriesInput {
  return { type: 'timer', name, values, tags };
}

export function histogram(name: string, values: readonly number[], ...tags: readonly string[]): SeriesInput {
  return { type: 'histogram', name, values, tags };
}

export function ruled(series: SeriesInput, rule: SeriesRule): SeriesInput {
  return { ...series, rule };
}

/** One that received nothing. */
export function held(series: SeriesInput): SeriesInput {
  return { ...series, updated: false };
}
