import { tagsWithHost } from '../../src/kit/tags.ts';
import { unixSeconds } from '../../src/kit/unix-time.ts';
import type { StatsdMetrics, TimedPoint, Window } from '../../src/plugin.ts';
import type { StatsdNames } from './config.ts';
import { isTooLong, type Lost, lose } from './encode.ts';
import type { LinkState } from './flushes.ts';
import type { Message, Packer } from './pack.ts';
import { statsdPaths } from './statsd-names.ts';

/**
 * The messages that the original's back-end `graphite` sends for the metrics hash of `window`: counters, timers, gauges and
 * sets in the order of their keys, then the daemon's own. Numbers are printed as JavaScript prints them. Adds to `lost`
 * the points that could not be sent; the original sends `NaN` and `Infinity`, which carbon cannot store.
 * The points of `own` carry the time of encoding, and those with a time of their own, which the original does not know, theirs:
 * they are counts of counters, and gauges.
 */
export function* encodeStatsd(
  window: Pick<Window, 'startMs' | 'endMs' | 'intervalMs' | 'points'>,
  metrics: StatsdMetrics,
  names: StatsdNames,
  packer: Packer,
  lost: Lost,
  own: LinkState,
): Generator<Message, undefined> {
  const flushTime = timestamp(window, metrics);
  const paths = statsdPaths(names, metrics.prefixStats);
  const add = (path: string, value: number, seconds = flushTime) => {
    if (isTooLong(path)) lose(lost, 'name_too_long');
    else if (Number.isFinite(value)) packer.add(path, value, seconds);
    else lose(lost, 'not_finite');
  };
  function* keys(): Generator<void, undefined> {
    for (const [key, value] of metrics.counters) {
      packer.begin(key);
      add(paths.rate(key), metrics.counterRates.get(key) ?? Number.NaN);
      if (names.flushCounts) add(paths.count(key), value);
      yield;
    }
    for (const [key, { fields, histogram }] of metrics.timerData) {
      packer.begin(key);
      for (const [field, value] of fields) add(paths.timer(key, field), value);
      for (const [bin, value] of histogram ?? []) add(paths.timer(key, `histogram.${bin}`), value);
      yield;
    }
    for (const [key, value] of metrics.gauges) {
      packer.begin(key);
      yield add(paths.gauge(key), value);
    }
    for (const [key, { size }] of metrics.sets) {
      packer.begin(key);
      yield add(paths.set(key), size);
    }
  }

  /** Milliseconds, without those in which messages were written. */
  let calculation = 0;
  let resumed = performance.now();
  let numStats = 0;
  for (const _ of keys()) {
    numStats++;
    const messages = packer.take();
    if (messages.length === 0) continue;
    calculation += performance.now() - resumed;
    yield* messages;
    resumed = performance.now();
  }
  calculation += performance.now() - resumed;

  for (const point of window.points) {
    const key = keyOf(point);
    packer.begin(key);
    if (point.type === 'gauge') add(paths.gauge(key), point.value, point.timestamp);
    else if (names.flushCounts) add(paths.count(key), point.value, point.timestamp);
    else lose(lost, 'unsupported');
    yield* packer.take();
  }

  packer.begin(undefined);
  add(paths.numStats, numStats);
  add(paths.own('graphiteStats.calculationtime'), Math.round(calculation));
  add(paths.own('processing_time'), metrics.processingTime);
  const now = Math.max(unixSeconds(), flushTime);
  for (const name of ['last_exception', 'last_flush', 'flush_time', 'flush_length'] as const) {
    add(paths.own(`graphiteStats.${name}`), own[name], now);
  }
  yield* packer.finish();
}

/** As the original would have made it of the line. */
function keyOf(point: TimedPoint): string {
  const tags = tagsWithHost(point).map((tag) => tag.replace(';', '_').replace(':', '='));
  return [point.name, ...tags].join(';');
}

/**
 * Unix seconds of the flush, but of a window that was cut short at the stop those of the flush that it did not live to
 * see. Whisper rounds times down to its resolution, so that the real time would overwrite the points of the flush before.
 * (The original never delivers its last flush.)
 */
function timestamp(
  { startMs, endMs, intervalMs }: Pick<Window, 'startMs' | 'endMs' | 'intervalMs'>,
  metrics: StatsdMetrics,
) {
  // Windows end at multiples of the interval since 1970 or since the start; the first one may be short as well.
  const regular = (ms: number) => ms % intervalMs === 0 || (ms - metrics.startupTime * 1000) % intervalMs === 0;
  const cutShort = endMs - startMs < intervalMs && regular(startMs) && !regular(endMs);
  return cutShort ? unixSeconds(startMs + intervalMs) : metrics.timestamp;
}
