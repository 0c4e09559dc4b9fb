import { tagsWithHost } from '../../src/kit/tags.ts';
import type { Event, Series, ServiceCheck, Statistics, TimedPoint, Window } from '../../src/plugin.ts';
import { printableJson } from './escape.ts';

/** Characters in one chunk, about. */
const CHUNK = 65_536;

/** Lists of tags whose JSON is kept during a window: series share them, and most windows have fewer. */
const KEPT_TAGS = 4096;

/**
 * A line per series, point, event and service check, then one with the account that closes the window. In chunks of lines. All
 * of them bear `id`, the number of the window: what else is said of a series could be said of it in another window too.
 */
export function* jsonChunks(window: Window, id: number): Generator<string, undefined> {
  const end = Math.round(window.endMs) / 1000;
  const head = `{"window":${end},"id":${id},"name":`;
  const tags = tagsWriter();
  let chunk = '';
  for (const series of window.series) {
    chunk += `${head}${textOf(series.name)},"type":"${series.type}","tags":${tags(tagsWithHost(series))}${figures(series)}}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  for (const entry of otherEntries(window, { window: end, id })) {
    chunk += `${printableJson(entry)}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** How each line begins. */
interface Head {
  /** Unix seconds of the end. */
  readonly window: number;
  readonly id: number;
}

function* otherEntries(window: Window, head: Head): Generator<object, undefined> {
  for (const point of window.points) yield pointEntry(point, head);
  for (const event of window.events) yield eventEntry(event, head);
  for (const check of window.serviceChecks) yield serviceCheckEntry(check, head);
  const { received, rejected, dropped, examples } = window.account;
  yield {
    ...head,
    type: 'window',
    interval: (window.endMs - window.startMs) / 1000,
    series: window.seriesCount,
    received,
    rejected: Object.fromEntries(rejected),
    dropped: Object.fromEntries(dropped),
    ...(examples.length > 0 ? { examples } : {}),
  };
}

/** The fields behind the tags. By hand: an object and its serialisation took three times as long. */
function figures(series: Series): string {
  switch (series.type) {
    case 'counter':
      return `,"value":${numberOf(series.value)},"rate":${numberOf(series.rate)}`;
    case 'gauge':
    case 'set':
      return `,"value":${numberOf(series.value)}`;
    case 'timer':
    case 'histogram':
    case 'distribution':
      return statisticsOf(series.statistics);
    default:
      return series satisfies never;
  }
}

function statisticsOf({ count, sum, min, max, mean, median, stddev, percentiles }: Statistics): string {
  let text = '';
  for (const [percentile, value] of percentiles) {
    text += `${text === '' ? '' : ','}"${percentile}":${numberOf(value)}`;
  }
  return (
    `,"count":${numberOf(count)},"sum":${numberOf(sum)},"min":${numberOf(min)},"max":${numberOf(max)}` +
    `,"mean":${numberOf(mean)},"median":${numberOf(median)},"stddev":${numberOf(stddev)},"percentiles":{${text}}`
  );
}

/** What JSON.stringify makes of a number. */
function numberOf(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null';
}

/** Printable ASCII that needs no escape in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

function textOf(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : printableJson(text);
}

function tagsWriter(): (tags: readonly string[]) => string {
  const kept = new Map<readonly string[], string>();
  return (tags) => {
    if (tags.length === 0) return '[]';
    const known = kept.get(tags);
    if (known !== undefined) return known;
    const text = printableJson(tags);
    if (kept.size >= KEPT_TAGS) kept.clear();
    kept.set(tags, text);
    return text;
  };
}

/** Of a type of its own: it is no part of the sums and rates of a window. */
function pointEntry(point: TimedPoint, { window, id }: Head): object {
  const { name, type, timestamp, value } = point;
  return { window, id, name, type: `timed_${type}`, tags: tagsWithHost(point), timestamp, value };
}

function eventEntry(event: Event, head: Head): object {
  const { title, text, timestamp, priority, alertType, host, aggregationKey, sourceType, tags } = event;
  return {
    ...head,
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

function serviceCheckEntry(check: ServiceCheck, head: Head): object {
  const { name, status, timestamp, host, message, tags } = check;
  return { ...head, type: 'service_check', name, status, timestamp, host, message, tags };
}
