import type { Item } from '../../src/kit/http/endpoint.ts';
import type { BackendContext, DistributionSeries, Series, TimerSeries, Window } from '../../src/plugin.ts';
import { agentSummary, type Summary } from './agent-weights.ts';
import type { DatadogConfig } from './config.ts';
import { valuesItem } from './distributions.ts';
import { type Counter, createIdleCounters } from './idle-counters.ts';
import { type Label, type Labelled, metricName, NAME_LENGTH } from './naming.ts';
import { type NamedPoint, POINT_INTERVAL, takenPoints } from './points.ts';
import { sketchItem } from './sketch.ts';

/** MetricIntakeType of `/api/v2/series`. */
const COUNT = 1;
const RATE = 2;
const GAUGE = 3;

/** Reasons for which an item is not sent. */
type Loss = 'bad_name' | 'not_finite' | 'too_old' | 'in_future';

/**
 * The items of a window. A series that sends nothing gives undefined, so that the caller can pause between any two
 * series; one that cannot be sent is counted. To be walked one after the other, in this order.
 */
export interface EncodedWindow {
  /** All but distributions, for `/api/v2/series`. */
  readonly series: Iterable<Item | undefined>;
  /** Distributions whose values are sent, for `/api/v1/distribution_points`. */
  readonly values: Iterable<Item | undefined>;
  /** The other distributions, for `/api/beta/sketches`. */
  readonly sketches: Iterable<Item | undefined>;
}

export type SeriesConfig = Pick<
  DatadogConfig,
  | 'counterType'
  | 'zeroFill'
  | 'pointAge'
  | 'histogramAggregates'
  | 'histogramPercentiles'
  | 'histogramAs'
  | 'distributionPrefix'
  | 'distributions'
  | 'weights'
>;

/** What follows a value of the samples' own unit. */
const AFTER_VALUE: Readonly<Record<TimerSeries['type'], string>> = {
  timer: '}],"unit":"millisecond"',
  histogram: '}]',
};

/** Lists of tags whose JSON is remembered: most series share theirs with others. */
const REMEMBERED = 4096;

export function seriesEncoder(
  config: SeriesConfig,
  label: Label,
  lost: BackendContext['lost'],
): (window: Window) => EncodedWindow {
  const summaries = summariesOf(config);
  const endOf = endWriter(label);
  const countsAs = config.counterType === 'count' ? COUNT : RATE;
  const idle = config.zeroFill === 0 ? undefined : createIdleCounters(config.zeroFill / 1000);

  return (window) => {
    const timestamp = startSeconds(window);
    // A zero would take the place of what the window before has at the same second.
    const idleHere = window.intervalMs < 1000 ? undefined : idle;
    const write = seriesWriter(window, countsAs, summaries, endOf, lost);
    const distribution = distributionWriter(config, timestamp, label, lost);
    let hasDistributions = true;
    const folded: (TimerSeries | DistributionSeries)[] = [];
    return {
      series: (function* () {
        let found = false;
        let idleNames: ReadonlySet<string> | undefined;
        const changed = new Set<string>();
        idleHere?.begin(timestamp);
        for (const series of window.series) {
          if (!series.updated) {
            yield undefined;
            continue;
          }
          if (series.type === 'counter') {
            idleHere?.seen(series);
          } else if (idleHere !== undefined) {
            // Counters come first: those that were not seen are idle.
            idleNames ??= yield* idleHere.names();
            if (idleNames.has(series.name)) changed.add(series.name);
          }
          found ||= distribution.nameOf(series) !== undefined;
          yield write.series(series);
        }
        hasDistributions = found;
        for (const counter of idleHere?.idle(changed) ?? []) yield counter && write.series(zero(counter));
        const age = { nowSeconds: window.endMs / 1000, maxAgeSeconds: config.pointAge / 1000 };
        for (const point of takenPoints(window.points, label, age, lost)) yield point && write.point(point);
      })(),
      values: (function* () {
        // Most windows have none, and need not be walked again.
        if (!hasDistributions || config.distributions !== 'points') return;
        for (const series of window.series) {
          const name = distribution.nameOf(series);
          if (name === undefined) {
            yield undefined;
            continue;
          }
          const item = distribution.values(name, series as DistributionSeries);
          if (item === undefined) folded.push(series as DistributionSeries);
          yield item;
        }
      })(),
      sketches: (function* () {
        if (!hasDistributions) return;
        for (const series of config.distributions === 'points' ? folded : window.series) {
          const name = distribution.nameOf(series);
          yield name === undefined ? undefined : distribution.sketch(name, series as DistributionSeries);
        }
      })(),
    };
  };
}

function zero(counter: Counter): Series {
  return { ...counter, type: 'counter', updated: false, value: 0, rate: 0 };
}

interface DistributionWriter {
  /** What a series is called as a distribution; undefined where it is none, or empty. */
  nameOf(series: Series): string | undefined;
  values(name: string, series: TimerSeries | DistributionSeries): Item | undefined;
  sketch(name: string, series: TimerSeries | DistributionSeries): Item | undefined;
}

function distributionWriter(
  { histogramAs, distributionPrefix }: SeriesConfig,
  timestamp: number,
  label: Label,
  lost: (reason: Loss, items: number) => void,
): DistributionWriter {
  return {
    nameOf(series) {
      if (!series.updated || !('statistics' in series) || series.statistics.count === 0) return undefined;
      if (series.type === 'distribution') return series.name;
      return histogramAs === 'aggregates' ? undefined : distributionPrefix + series.name;
    },
    values(given, series) {
      const name = metricName(given);
      return name === undefined ? undefined : valuesItem(name, label(series), timestamp, series);
    },
    sketch(given, series) {
      const name = metricName(given);
      const item = name === undefined ? undefined : sketchItem(name, label(series), timestamp, series.sketch);
      if (item === undefined) lost(name === undefined ? 'bad_name' : 'not_finite', 1);
      return item;
    },
  };
}

/** How timers and histograms become aggregates. */
interface Summaries {
  readonly aggregates: readonly Aggregate[];
  readonly summaryOf: (series: TimerSeries) => Summary;
}

function summariesOf(config: SeriesConfig): Summaries {
  return {
    aggregates: config.histogramAs === 'distribution' ? [] : aggregatesOf(config),
    summaryOf: config.weights === 'agent' ? agentSummary : (series) => series,
  };
}

/** What stands behind the names of timers and histograms, `.avg` and the like. */
export function aggregateSuffixes(
  config: Pick<SeriesConfig, 'histogramAggregates' | 'histogramPercentiles'>,
): readonly string[] {
  return aggregatesOf(config).map(({ suffix }) => suffix);
}

function aggregatesOf(
  config: Pick<SeriesConfig, 'histogramAggregates' | 'histogramPercentiles'>,
): readonly Aggregate[] {
  const aggregates = config.histogramAggregates.map(aggregate);
  for (const percent of new Set(config.histogramPercentiles.map(percentOf))) {
    const value = (series: Summary) => series.quantile(percent / 100);
    aggregates.push({ suffix: `.${percent}percentile`, value, kind: 'value' });
  }
  return aggregates;
}

/** As the Agent rounds it: 0.999 is 100. */
function percentOf(quantile: number): number {
  return Math.floor(quantile * 100 + 0.5);
}

interface Aggregate {
  readonly suffix: string;
  /** A `value` has the unit of the samples. */
  readonly kind: 'counter' | 'value';
  readonly value: (series: Summary) => number;
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

/** What follows the points of a series: its host and its tags. */
interface End {
  readonly text: string;
  readonly ascii: boolean;
}

type EndOf = (of: Labelled) => End;

function endWriter(label: Label): EndOf {
  const remembered = new Map<readonly string[], { readonly host: string | undefined; readonly end: End }>();
  return (of) => {
    const known = remembered.get(of.tags);
    if (known !== undefined && known.host === of.host) return known.end;
    const { tags, host } = label(of);
    const end = endOf(tags, host);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(of.tags, { host: of.host, end });
    return end;
  };
}

const DEVICE = 'device:';

/** A tag `device:` becomes a resource, as in the Agent. */
function endOf(tags: readonly string[], host: string): End {
  const device = tags.find((tag) => tag.startsWith(DEVICE));
  const others = device === undefined ? tags : tags.filter((tag) => tag !== device);
  const resources = [
    ...(host === '' ? [] : [{ type: 'host', name: host }]),
    ...(device === undefined ? [] : [{ type: 'device', name: device.slice(DEVICE.length) }]),
  ];
  const shown = resources.length === 0 ? '' : `,"resources":${JSON.stringify(resources)}`;
  const text = `${shown}${others.length === 0 ? '' : `,"tags":${JSON.stringify(others)}`}}`;
  return { text, ascii: /^[\x20-\x7e]*$/.test(text) };
}

/** What writes the items of one window. */
interface SeriesWriter {
  series(series: Series): Item | undefined;
  point(point: NamedPoint): Item;
}

/**
 * Gives the item of a series; undefined when it sends none.
 *
 * Points carry the start of the window. A rate is per second of the flush interval and not of the window's length: the
 * intake multiplies it with the interval to get the count back.
 *
 * Text is put together by hand, without an object for each point: half of the time.
 */
function seriesWriter(
  window: Window,
  countsAs: typeof COUNT | typeof RATE,
  { aggregates, summaryOf }: Summaries,
  endOf: EndOf,
  lost: (reason: Loss, items: number) => void,
): SeriesWriter {
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
    const { text, ascii } = endOf(series);
    return { name, body: `{"metric":"${name}${before}${value}}]${text}`, ascii, points: 1 };
  }

  function summary(series: TimerSeries): Item | undefined {
    const name = metricName(series.name);
    if (name === undefined) {
      lost('bad_name', 1);
      return undefined;
    }
    const { text: end, ascii } = endOf(series);
    const afterValue = AFTER_VALUE[series.type];
    let body = '';
    let points = 0;
    let finite = true;
    const weighed = summaryOf(series);
    for (const { suffix, kind, value: of } of aggregates) {
      const value = of(weighed);
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

  return {
    series(series) {
      switch (series.type) {
        case 'counter':
          return one(series, counter, series.value / divisor);
        case 'gauge':
        case 'set':
          return one(series, gauge, series.value);
        case 'timer':
        case 'histogram':
          return aggregates.length > 0 && series.statistics.count > 0 ? summary(series) : undefined;
        case 'distribution':
          return undefined;
        default:
          return series satisfies never;
      }
    },
    point({ type, name, timestamp, value, ...labels }) {
      const { text, ascii } = endOf(labels);
      const rate = type === 'counter' && countsAs === RATE;
      const kind = type === 'gauge' ? `${GAUGE},"interval":${interval}` : `${countsAs},"interval":${POINT_INTERVAL}`;
      const point = `{"timestamp":${timestamp},"value":${rate ? value / POINT_INTERVAL : value}}`;
      return { name, body: `{"metric":"${name}","type":${kind},"points":[${point}]${text}`, ascii, points: 1 };
    },
  };
}

function startSeconds(window: Window): number {
  return Math.floor(window.startMs / 1000);
}
