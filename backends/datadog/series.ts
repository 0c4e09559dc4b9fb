import type { Item } from '../../src/kit/http/endpoint.ts';
import { tagsWithHost } from '../../src/kit/tags.ts';
import type { BackendContext, DistributionSeries, Series, TimerSeries, Window } from '../../src/plugin.ts';
import type { DatadogConfig } from './config.ts';
import { type Labels, metricName, NAME_LENGTH } from './naming.ts';
import { sketchItem } from './sketch.ts';

/** MetricIntakeType of `/api/v2/series`. */
const COUNT = 1;
const RATE = 2;
const GAUGE = 3;

/** Reasons for which an item is not sent. */
type Loss = 'bad_name' | 'not_finite';

/**
 * The items of a window. A series that sends nothing gives undefined, so that the caller can pause between any two
 * series; one that cannot be sent is counted.
 */
export interface EncodedWindow {
  /** All but distributions, for `/api/v2/series`. To be walked first. */
  readonly series: Iterable<Item | undefined>;
  /** Distributions, for `/api/beta/sketches`. */
  readonly sketches: Iterable<Item | undefined>;
}

/** What follows a value of the samples' own unit. */
const AFTER_VALUE: Readonly<Record<TimerSeries['type'], string>> = {
  timer: '}],"unit":"millisecond"',
  histogram: '}]',
};

/** Lists of tags whose JSON is remembered: most series share theirs with others. */
const REMEMBERED = 4096;

export function seriesEncoder(
  config: Pick<DatadogConfig, 'counterType' | 'histogramAggregates' | 'histogramPercentiles'>,
  label: (tags: readonly string[]) => Labels,
  lost: BackendContext['lost'],
): (window: Window) => EncodedWindow {
  const aggregates = config.histogramAggregates.map(aggregate);
  for (const q of config.histogramPercentiles) {
    aggregates.push({ suffix: percentileSuffix(q), value: (series) => series.quantile(q), kind: 'value' });
  }
  const endOf = endWriter(label);
  const countsAs = config.counterType === 'count' ? COUNT : RATE;

  return (window) => {
    const timestamp = startSeconds(window);
    const write = seriesWriter(window, countsAs, aggregates, endOf, lost);
    let hasDistributions = true;
    return {
      series: (function* () {
        let found = false;
        for (const series of window.series) {
          found ||= series.type === 'distribution';
          yield write(series);
        }
        hasDistributions = found;
      })(),
      sketches: (function* () {
        // Most windows have none, and need not be walked again.
        if (!hasDistributions) return;
        for (const series of window.series) {
          const sends = series.type === 'distribution' && series.updated && series.statistics.count > 0;
          yield sends ? distributionItem(series, timestamp, label, lost) : undefined;
        }
      })(),
    };
  };
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

/** What follows the points of a series: its host and its tags. */
interface End {
  readonly text: string;
  readonly ascii: boolean;
}

function endWriter(label: (tags: readonly string[]) => Labels): (tags: readonly string[]) => End {
  const remembered = new Map<readonly string[], End>();
  return (given) => {
    const known = remembered.get(given);
    if (known !== undefined) return known;
    const { tags, host } = label(given);
    const resources = host === '' ? '' : `,"resources":[{"type":"host","name":${JSON.stringify(host)}}]`;
    const text = `${resources}${tags.length === 0 ? '' : `,"tags":${JSON.stringify(tags)}`}}`;
    const end = { text, ascii: /^[\x20-\x7e]*$/.test(text) };
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(given, end);
    return end;
  };
}

/**
 * Gives the item of a series; undefined when it sends none. Only counters are sent when idle, as 0, like the Agent's: a
 * gauge that is held would overwrite what another server reports under its name.
 *
 * Points carry the start of the window. A rate is per second of the flush interval and not of the window's length: the
 * intake multiplies it with the interval to get the count back.
 *
 * Text is put together by hand, without an object for each point: half of the time.
 */
function seriesWriter(
  window: Window,
  countsAs: typeof COUNT | typeof RATE,
  aggregates: readonly Aggregate[],
  endOf: (tags: readonly string[]) => End,
  lost: (reason: Loss, items: number) => void,
): (series: Series) => Item | undefined {
  const interval = Math.max(1, Math.round(window.intervalMs / 1000));
  const beforeValue = `,"interval":${interval},"points":[{"timestamp":${startSeconds(window)},"value":`;
  const counter = `","type":${countsAs}${beforeValue}`;
  const gauge = `","type":${GAUGE}${beforeValue}`;
  const divisor = countsAs === RATE ? interval : 1;

  function one(series: Series, before: string, value: number): Item | undefined {
    const name = metricName(series.name);
    if (name === undefined || !Number.isFinite(value)) {
      lost(name === undefined ? 'bad_name' : 'not_finite', 1);
      return undefined;
    }
    const { text, ascii } = endOf(tagsWithHost(series));
    return { name, body: `{"metric":"${name}${before}${value}}]${text}`, ascii, points: 1 };
  }

  function summary(series: TimerSeries): Item | undefined {
    const name = metricName(series.name);
    if (name === undefined) {
      lost('bad_name', 1);
      return undefined;
    }
    const { text: end, ascii } = endOf(tagsWithHost(series));
    const afterValue = AFTER_VALUE[series.type];
    let body = '';
    let points = 0;
    let finite = true;
    for (const { suffix, kind, value: of } of aggregates) {
      const value = of(series);
      finite &&= Number.isFinite(value);
      if (!Number.isFinite(value) || name.length + suffix.length > NAME_LENGTH) continue;
      const start = points === 0 ? '{"metric":"' : ',{"metric":"';
      body +=
        kind === 'counter'
          ? `${start}${name}${suffix}${counter}${value / divisor}}]${end}`
          : `${start}${name}${suffix}${gauge}${value}${afterValue}${end}`;
      points++;
    }
    if (points < aggregates.length) lost(finite ? 'bad_name' : 'not_finite', 1);
    return points === 0 ? undefined : { name, body, ascii, points };
  }

  return (series) => {
    switch (series.type) {
      case 'counter':
        return one(series, counter, series.value / divisor);
      case 'gauge':
      case 'set':
        return series.updated ? one(series, gauge, series.value) : undefined;
      case 'timer':
      case 'histogram':
        return series.updated && series.statistics.count > 0 ? summary(series) : undefined;
      case 'distribution':
        return undefined;
      default:
        return series satisfies never;
    }
  };
}

function distributionItem(
  series: DistributionSeries,
  timestamp: number,
  label: (tags: readonly string[]) => Labels,
  lost: (reason: Loss, items: number) => void,
): Item | undefined {
  const name = metricName(series.name);
  const item = name === undefined ? undefined : sketchItem(name, label(tagsWithHost(series)), timestamp, series.sketch);
  if (item === undefined) lost(name === undefined ? 'bad_name' : 'not_finite', 1);
  return item;
}

function startSeconds(window: Window): number {
  return Math.floor(window.startMs / 1000);
}
