import type { Series, Statistics, Window } from '../../src/plugin.ts';
import type { Naming, SeriesPath } from './names.ts';
import type { Message, Packer } from './pack.ts';

/**
 * Longest path in bytes. Carbon closes the connection at a line of more than 16 KiB and so would lose its neighbours;
 * Whisper cannot store a path of more than 4 KiB (`PATH_MAX`).
 */
const MAX_PATH = 4096;

type Loss = 'name_too_long' | 'not_finite' | 'unsupported';

export type Lost = Map<Loss, number>;

/** One more that could not be sent. */
export function lose(lost: Lost, reason: Loss): void {
  lost.set(reason, (lost.get(reason) ?? 0) + 1);
}

/**
 * The messages for a window. Adds to `lost` the series and points that could not be sent, in whole or in part. Events and service
 * checks have no place in Graphite. A point has the path of a gauge, or of the count of a counter, and its own time: Whisper keeps one value
 * for each step of its resolution, the last.
 */
export function* encode(window: Window, naming: Naming, packer: Packer, lost: Lost): Generator<Message, undefined> {
  const time = timestamp(window);
  const seconds = (window.endMs - window.startMs) / 1000;
  for (const series of window.series) {
    const path = naming(series);
    if (isTooLong(path.head, path.tail)) {
      lose(lost, 'name_too_long');
      continue;
    }
    packer.begin(series.name);
    let finite = true;
    for (const [field, value] of points(series, seconds)) {
      if (Number.isFinite(value)) packer.add(pointPath(path, field), value, time);
      else finite = false;
    }
    if (!finite) lose(lost, 'not_finite');
    const complete = packer.take();
    if (complete.length > 0) yield* complete;
  }
  for (const point of window.points) {
    const path = naming(point);
    packer.begin(point.name);
    if (isTooLong(path.head, path.tail)) lose(lost, 'name_too_long');
    else if (!Number.isFinite(point.value)) lose(lost, 'not_finite');
    else packer.add(pointPath(path, point.type === 'counter' ? 'count' : ''), point.value, point.timestamp);
    const complete = packer.take();
    if (complete.length > 0) yield* complete;
  }
  yield* packer.finish();
}

/**
 * Unix seconds of the window's end. A window that was cut short at the stop counts for the end of its whole interval:
 * Graphite rounds times down to its resolution, so that the real end would overwrite the points of the window before.
 */
function timestamp({ endMs, intervalMs }: Window): number {
  const end = intervalMs > 0 ? Math.ceil(endMs / intervalMs) * intervalMs : endMs;
  return Math.floor(end / 1000);
}

export function pointPath({ head, tail }: SeriesPath, field: string): string {
  return field === '' ? head + tail : `${head}.${field}${tail}`;
}

type Point = readonly [field: string, value: number];

/** The fields that a series of this type has, when it has values. */
export function fieldsOf(type: Series['type'], percentiles: readonly number[]): readonly string[] {
  switch (type) {
    case 'counter':
      return ['count', 'rate'];
    case 'gauge':
      return [''];
    case 'set':
      return ['count'];
    case 'timer':
    case 'histogram':
    case 'distribution':
      return [...STATISTICS_FIELDS, ...percentiles.map(percentileField)];
    default:
      return type satisfies never;
  }
}

const STATISTICS_FIELDS = [
  'count',
  'count_ps',
  'sum',
  'sum_squares',
  'mean',
  'median',
  'std',
  'lower',
  'upper',
] as const;

function percentileField(percentile: number): string {
  return `upper_${String(percentile).replace('.', '_')}`;
}

function points(series: Series, seconds: number): readonly Point[] {
  switch (series.type) {
    case 'counter':
      return [
        ['count', series.value],
        ['rate', series.rate],
      ];
    case 'gauge':
      return [['', series.value]];
    case 'set':
      return [['count', series.value]];
    case 'timer':
    case 'histogram':
    case 'distribution':
      return statisticsPoints(series.statistics, seconds);
    default:
      return series satisfies never;
  }
}

function statisticsPoints(statistics: Statistics, seconds: number): readonly Point[] {
  const { count } = statistics;
  const counts: Point[] = [
    ['count', count],
    ['count_ps', seconds > 0 ? count / seconds : 0],
  ];
  // As in StatsD: without values there is no mean to speak of, and 0 would be a lie.
  if (count === 0) return counts;
  counts.push(
    ['sum', statistics.sum],
    ['sum_squares', statistics.sumSquares],
    ['mean', statistics.mean],
    ['median', statistics.median],
    ['std', statistics.stddev],
    ['lower', statistics.min],
    ['upper', statistics.max],
  );
  for (const [percentile, value] of statistics.percentiles) {
    counts.push([percentileField(percentile), value]);
  }
  return counts;
}

export function isTooLong(head: string, tail = ''): boolean {
  // No UTF-16 unit takes more than three bytes, so that most paths need no counting.
  return (head.length + tail.length) * 3 > MAX_PATH && Buffer.byteLength(head) + Buffer.byteLength(tail) > MAX_PATH;
}
