import type { Event, Series, ServiceCheck, Window } from '../../src/plugin.ts';
import { printableJson } from './escape.ts';

/** Characters in one chunk, about. */
const CHUNK = 65_536;

/** A line per series, event and service check, then one with the account that closes the window. In chunks of lines. */
export function* jsonChunks(window: Window): Generator<string, undefined> {
  let chunk = '';
  for (const entry of entries(window)) {
    chunk += `${printableJson(entry)}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

function* entries(window: Window): Generator<object, undefined> {
  const end = Math.round(window.endMs) / 1000;
  for (const series of window.series) yield seriesEntry(series, end);
  for (const event of window.events) yield eventEntry(event, end);
  for (const check of window.serviceChecks) yield serviceCheckEntry(check, end);
  const { received, rejected, dropped } = window.account;
  yield {
    window: end,
    type: 'window',
    interval: (window.endMs - window.startMs) / 1000,
    series: window.seriesCount,
    received,
    rejected: Object.fromEntries(rejected),
    dropped: Object.fromEntries(dropped),
  };
}

function seriesEntry(series: Series, window: number): object {
  const { name, type, tags } = series;
  switch (series.type) {
    case 'counter':
      return { window, name, type, tags, value: series.value, rate: series.rate };
    case 'gauge':
    case 'set':
      return { window, name, type, tags, value: series.value };
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const { count, sum, min, max, mean, median, stddev, percentiles } = series.statistics;
      const statistics = { count, sum, min, max, mean, median, stddev, percentiles: Object.fromEntries(percentiles) };
      return { window, name, type, tags, ...statistics };
    }
    default:
      return series satisfies never;
  }
}

function eventEntry(event: Event, window: number): object {
  const { title, text, timestamp, priority, alertType, host, aggregationKey, sourceType, tags } = event;
  return {
    window,
    type: 'event',
    title,
    text,
    timestamp,
    priority,
    alertType,
    host,
    aggregationKey,
    sourceType,
    tags,
  };
}

function serviceCheckEntry(check: ServiceCheck, window: number): object {
  const { name, status, timestamp, host, message, tags } = check;
  return { window, type: 'service_check', name, status, timestamp, host, message, tags };
}
