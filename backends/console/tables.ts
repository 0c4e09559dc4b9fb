import { setImmediate } from 'node:timers/promises';
import { type MetricType, SELF_PREFIX, type Series, type Statistics, type Window } from '../../src/plugin.ts';
import { formatChange, formatNumber } from './number.ts';

/** The series of one type, as far as they are shown. */
export interface Table {
  readonly type: MetricType;
  readonly columns: readonly Column[];
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
  const byType = new Map<MetricType, { rows: Row[]; total: number }>();
  const shown = new Map<string, number>();
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
    const table = byType.get(series.type) ?? { rows: [], total: 0 };
    byType.set(series.type, table);
    table.total++;
    if (table.rows.length >= maxSeries) continue;
    const key = JSON.stringify([series.type, series.name, ...series.tags]);
    const { name, tags, updated } = series;
    table.rows.push({ name, tags, updated, cells: cellsOf(series, before.get(key), statistics) });
    shown.set(key, comparable(series));
  }
  const tables = (Object.keys(TITLES) as MetricType[]).flatMap((type): Table[] => {
    const table = byType.get(type);
    if (table === undefined) return [];
    const { rows, total } = table;
    return [{ type, columns: columnsOf(type, statistics), rows, more: total - rows.length }];
  });
  return { tables, seriesCount, shown };
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
  const cells = [formatNumber(compared), formatChange(compared, before)];
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
