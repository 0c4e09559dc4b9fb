import type { BackendContext, DistributionSeries, Series, TimerSeries, Window } from '../../src/plugin.ts';
import type { DatadogConfig } from './config.ts';
import type { Item } from './endpoint.ts';
import { type Labels, metricName, NAME_LENGTH } from './naming.ts';
import { sketchItem } from './sketch.ts';

/** MetricIntakeType of `/api/v2/series`. */
const COUNT = 1;
const RATE = 2;
const GAUGE = 3;

/** Reasons for which an item is not sent. */
type Loss = 'bad_name' | 'not_finite';

/**
 * Encodes the series of windows. A series that sends nothing gives undefined, so that the caller can pause between any
 * two series; one that cannot be sent is counted.
 */
export interface SeriesEncoder {
  /** All but distributions, for `/api/v2/series`. */
  series(window: Window): Generator<Item | undefined>;
  /** Distributions, for `/api/beta/sketches`. */
  sketches(window: Window): Generator<Item | undefined>;
}

export function seriesEncoder(
  config: Pick<DatadogConfig, 'counterType' | 'histogramAggregates' | 'histogramPercentiles'>,
  label: (tags: readonly string[]) => Labels,
  lost: BackendContext['lost'],
): SeriesEncoder {
  const countsAs = config.counterType === 'count' ? COUNT : RATE;
  const aggregates = config.histogramAggregates.map(aggregate);
  for (const q of config.histogramPercentiles) {
    aggregates.push({ suffix: percentileSuffix(q), value: (series) => series.quantile(q), kind: 'value' });
  }

  return {
    *series(window) {
      const point = pointWriter(window, countsAs);
      for (const series of window.series) {
        const points = measure(series, aggregates);
        yield points === undefined ? undefined : seriesItem(series, points, label, point, lost);
      }
    },
    *sketches(window) {
      const timestamp = unixSeconds(window);
      for (const series of window.series) {
        const sends = series.type === 'distribution' && series.updated && series.statistics.count > 0;
        yield sends ? distributionItem(series, timestamp, label, lost) : undefined;
      }
    },
  };
}

interface Point {
  readonly suffix: string;
  readonly kind: 'counter' | 'gauge' | 'milliseconds';
  readonly value: number;
}

interface Aggregate {
  readonly suffix: string;
  /** A `value` has the unit of the samples. */
  readonly kind: 'counter' | 'value';
  readonly value: (series: TimerSeries) => number;
}

function aggregate(name: DatadogConfig['histogramAggregates'][number]): Aggregate {
  const suffix = `.${name}`;
  switch (name) {
    case 'max':
      return { suffix, kind: 'value', value: (series) => series.statistics.max };
    case 'min':
      return { suffix, kind: 'value', value: (series) => series.statistics.min };
    case 'avg':
      return { suffix, kind: 'value', value: (series) => series.statistics.mean };
    case 'sum':
      return { suffix, kind: 'value', value: (series) => series.statistics.sum };
    // The Agent's median is the lower one of the two in the middle, not their mean.
    case 'median':
      return { suffix, kind: 'value', value: (series) => series.quantile(0.5) };
    case 'count':
      return { suffix, kind: 'counter', value: (series) => series.statistics.count };
    default:
      return name satisfies never;
  }
}

/** `0.95` is `.95percentile` as in the Agent, which has no name for `0.999`: `.99_9percentile`. */
function percentileSuffix(q: number): string {
  return `.${String(Number((q * 100).toPrecision(12))).replace('.', '_')}percentile`;
}

/**
 * The points of a series; undefined when it sends none. Only counters are sent when idle, as 0, like the Agent's:
 * a gauge that is held would overwrite what another server reports under its name.
 */
function measure(series: Series, aggregates: readonly Aggregate[]): Point[] | undefined {
  switch (series.type) {
    case 'counter':
      return [{ suffix: '', kind: 'counter', value: series.value }];
    case 'gauge':
    case 'set':
      return series.updated ? [{ suffix: '', kind: 'gauge', value: series.value }] : undefined;
    case 'timer':
    case 'histogram': {
      if (!series.updated || series.statistics.count === 0) return undefined;
      const unit = series.type === 'timer' ? 'milliseconds' : 'gauge';
      return aggregates.map(({ suffix, kind, value }) => ({
        suffix,
        kind: kind === 'value' ? unit : kind,
        value: value(series),
      }));
    }
    case 'distribution':
      return undefined;
    default:
      return series satisfies never;
  }
}

function seriesItem(
  series: Series,
  points: readonly Point[],
  label: (tags: readonly string[]) => Labels,
  write: PointWriter,
  lost: (reason: Loss, items: number) => void,
): Item | undefined {
  const name = metricName(series.name);
  if (name === undefined) {
    lost('bad_name', 1);
    return undefined;
  }
  const { tags, host } = label(series.tags);
  const resources = host === '' ? '' : `,"resources":[{"type":"host","name":${JSON.stringify(host)}}]`;
  const rest = `${resources}${tags.length === 0 ? '' : `,"tags":${JSON.stringify(tags)}`}}`;
  let text = '';
  let written = 0;
  for (const point of points) {
    const metric = name + point.suffix;
    if (Number.isFinite(point.value) && metric.length <= NAME_LENGTH) {
      text += `${written === 0 ? '' : ','}{"metric":"${metric}",${write(point)}${rest}`;
      written++;
    }
  }
  if (written < points.length) lost(points.every(({ value }) => Number.isFinite(value)) ? 'bad_name' : 'not_finite', 1);
  return written === 0 ? undefined : { name, bytes: Buffer.from(text), points: written };
}

function distributionItem(
  series: DistributionSeries,
  timestamp: number,
  label: (tags: readonly string[]) => Labels,
  lost: (reason: Loss, items: number) => void,
): Item | undefined {
  const name = metricName(series.name);
  const item = name === undefined ? undefined : sketchItem(name, label(series.tags), timestamp, series.sketch);
  if (item === undefined) lost(name === undefined ? 'bad_name' : 'not_finite', 1);
  return item;
}

type PointWriter = (point: Point) => string;

/**
 * Points carry the start of the window. A rate is per second of the flush interval and not of the window's length: the
 * intake multiplies it with the interval to get the count back.
 */
function pointWriter(window: Window, countsAs: typeof COUNT | typeof RATE): PointWriter {
  const interval = Math.max(1, Math.round(window.intervalMs / 1000));
  const before = `,"interval":${interval},"points":[{"timestamp":${unixSeconds(window)},"value":`;
  return ({ kind, value }) => {
    if (kind === 'counter') return `"type":${countsAs}${before}${countsAs === RATE ? value / interval : value}}]`;
    return `"type":${GAUGE}${before}${value}}]${kind === 'milliseconds' ? ',"unit":"millisecond"' : ''}`;
  };
}

function unixSeconds(window: Window): number {
  return Math.floor(window.startMs / 1000);
}
