import { setImmediate } from 'node:timers/promises';
import { tagsWithHost } from '../../src/kit/tags.ts';
import { type MetricType, SELF_PREFIX, type Series, type Statistics, type Window } from '../../src/plugin.ts';
import { formatChange, formatNumber } from './number.ts';
import { createTop, type Top } from './top.ts';

/** The series of one type, as far as they are shown. */
export interface Table {
  readonly type: MetricType;
  readonly columns: readonly Column[];
  /** By value, or by count where there are many values; then by name. */
  readonly rows: readonly Row[];
  /** Series that are not shown. */
  readonly more: number;
}

export type Column =
  | 'value'
  | 'change'
  | 'rate/s'
  | 'count'
  | 'min'
  | 'mean'
  | 'median'
  | `p${number}`
  | 'max'
  | 'stddev';

export interface Row {
  readonly name: string;
  readonly tags: readonly string[];
  readonly updated: boolean;
  /** One for each column, formatted. */
  readonly cells: readonly string[];
}

/** The value or count of each series that was shown, to compare the next window with. */
export type Shown = ReadonlyMap<string, number>;

export interface TableOptions {
  readonly percentiles: readonly number[];
  readonly selfMetrics: boolean;
  readonly maxSeries: number;
}

export interface Tables {
  /** One for each type that has series, in a fixed order. */
  readonly tables: readonly Table[];
  /** Series, whether shown or not, but for those that are hidden. */
  readonly seriesCount: number;
  readonly shown: Shown;
}

/** Stands for the change of a series that received nothing and is only held. */
const IDLE = 'idle';

/** Series that are walked without letting the rest of the thread run. */
const STRIDE = 4096;

/** In the order in which their tables are shown. */
export const TITLES: Readonly<Record<MetricType, string>> = {
  counter: 'counters',
  gauge: 'gauges',
  timer: 'timers (ms)',
  histogram: 'histograms',
  distribution: 'distributions',
  set: 'sets',
};

/** Rejects when `signal` aborts. `before`: what the window before this one gave as `shown`. */
export async function tablesOf(
  window: Window,
  { percentiles, selfMetrics, maxSeries }: TableOptions,
  before: Shown,
  signal: AbortSignal,
): Promise<Tables> {
  const statistics = statisticsColumns(percentiles);
  const byType = new Map<MetricType, { readonly top: Top<Series>; total: number }>();
  let seriesCount = 0;
  let walked = 0;
  for (const series of window.series) {
    walked++;
    if (walked % STRIDE === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    if (!selfMetrics && series.name.startsWith(SELF_PREFIX)) continue;
    seriesCount++;
    const collected = byType.get(series.type) ?? { top: createTop(maxSeries, byValueAndName), total: 0 };
    byType.set(series.type, collected);
    collected.total++;
    collected.top.add(series);
  }
  const shown = new Map<string, number>();
  const rowOf = (series: Series): Row => {
    const { name, updated } = series;
    const tags = tagsWithHost(series);
    const key = JSON.stringify([series.type, name, ...tags]);
    shown.set(key, comparable(series));
    return { name, tags, updated, cells: cellsOf(series, before.get(key), statistics) };
  };
  const tables = (Object.keys(TITLES) as MetricType[]).flatMap((type): Table[] => {
    const collected = byType.get(type);
    if (collected === undefined) return [];
    const rows = collected.top.take().map(rowOf);
    return [{ type, columns: columnsOf(type, statistics), rows, more: collected.total - rows.length }];
  });
  return { tables, seriesCount, shown };
}

/** The greatest first, and what is no number last. */
function byValueAndName(a: Series, b: Series): number {
  const [left, right] = [comparable(a), comparable(b)];
  if (left > right || (Number.isNaN(right) && !Number.isNaN(left))) return -1;
  if (left < right || (Number.isNaN(left) && !Number.isNaN(right))) return 1;
  return compareTexts(a.name, b.name) || compareTexts(tagsWithHost(a).join(), tagsWithHost(b).join());
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function columnsOf(type: MetricType, statistics: readonly StatisticsColumn[]): readonly Column[] {
  switch (type) {
    case 'counter':
      return ['value', 'change', 'rate/s'];
    case 'gauge':
    case 'set':
      return ['value', 'change'];
    case 'timer':
    case 'histogram':
    case 'distribution':
      return ['count', 'change', ...statistics.map(([title]) => title)];
    default:
      return type satisfies never;
  }
}

type StatisticsColumn = readonly [title: Column, value: (statistics: Statistics) => number];

/** The median has a column of its own only where it is not one of the percentiles. */
function statisticsColumns(percentiles: readonly number[]): readonly StatisticsColumn[] {
  return [
    ['min', ({ min }) => min],
    ['mean', ({ mean }) => mean],
    ...(percentiles.includes(50) ? [] : [['median', ({ median }) => median] satisfies StatisticsColumn]),
    ...percentiles.map((p): StatisticsColumn => [`p${p}`, (statistics) => statistics.percentiles.get(p) ?? Number.NaN]),
    ['max', ({ max }) => max],
    ['stddev', ({ stddev }) => stddev],
  ];
}

function comparable(series: Series): number {
  return 'statistics' in series ? series.statistics.count : series.value;
}

function cellsOf(
  series: Series,
  before: number | undefined,
  statistics: readonly StatisticsColumn[],
): readonly string[] {
  const compared = comparable(series);
  const change = formatChange(compared, before);
  const cells = [formatNumber(compared), change === '' && !series.updated ? IDLE : change];
  switch (series.type) {
    case 'counter':
      return [...cells, formatNumber(series.rate)];
    case 'gauge':
    case 'set':
      return cells;
    case 'timer':
    case 'histogram':
    case 'distribution':
      return [
        ...cells,
        ...statistics.map(([, value]) => (compared === 0 ? '' : formatNumber(value(series.statistics)))),
      ];
    default:
      return series satisfies never;
  }
}
