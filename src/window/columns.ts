import type {
  Account,
  DistributionSeries,
  Event,
  Series,
  ServiceCheck,
  Sketch,
  Statistics,
  StatsdMetrics,
  Window,
} from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import { quantile, readStatistics, statisticsWidth } from './statistics.ts';

/** Who the rows of a column are: row r is `identities[rows[r]]`. */
interface Rows {
  /** By series; shared by all columns, and by windows that come after this one. */
  readonly identities: readonly (Identity | undefined)[];
  readonly rows: Uint32Array;
}

/** Series of one type in one window, a row each. */
export interface ValueColumn extends Rows {
  /** 1 where the series received something in this window. */
  readonly updated: Uint8Array;
  readonly values: Float64Array;
}

/** Timers, histograms or distributions of one window. */
export interface TimerColumn extends Rows {
  readonly updated: Uint8Array;
  /** Rows of `statisticsWidth(percentiles)`. */
  readonly statistics: Float64Array;
  /** Row r holds the sorted `values[ends[r - 1] or 0, ends[r])`; none for a row that is a sketch. */
  readonly ends: Uint32Array;
  readonly values: Float64Array;
  /** Weights of the values; undefined when all are 1. */
  readonly weights: Float64Array | undefined;
  readonly sketches: ReadonlyMap<number, DDSketch>;
}

export interface WindowColumns {
  readonly startMs: number;
  readonly endMs: number;
  readonly intervalMs: number;
  readonly percentiles: readonly number[];
  readonly counters: ValueColumn;
  readonly gauges: ValueColumn;
  readonly sets: ValueColumn;
  readonly timers: TimerColumn;
  readonly histograms: TimerColumn;
  readonly distributions: TimerColumn;
  readonly events: readonly Event[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly account: Account;
}

/** The window that back-ends are given: a view of the columns that makes series objects only as they are walked. */
export function windowOf(columns: WindowColumns): Window {
  const { counters, gauges, sets, timers, histograms, distributions } = columns;
  const valueColumns = [counters, gauges, sets];
  const timerColumns = [timers, histograms, distributions];
  const all = [...valueColumns, ...timerColumns];
  return {
    startMs: columns.startMs,
    endMs: columns.endMs,
    intervalMs: columns.intervalMs,
    seriesCount: all.reduce((sum, column) => sum + column.rows.length, 0),
    series: { [Symbol.iterator]: () => walk(columns) },
    events: columns.events,
    serviceChecks: columns.serviceChecks,
    account: columns.account,
    byteLength: byteLengthOf(columns, valueColumns, timerColumns),
  };
}

/** The same window with the metrics of the original daemon, which hold `byteLength` more bytes. */
export function withStatsd(window: Window, statsd: StatsdMetrics, byteLength: number): Window {
  return { ...window, statsd, byteLength: window.byteLength + byteLength };
}

/** One loop with one object for each series: delegating to generators by type took four times as long. */
function* walk(columns: WindowColumns): Generator<Series, undefined, undefined> {
  const { counters, percentiles } = columns;
  const seconds = Math.max(columns.endMs - columns.startMs, 1) / 1000;
  for (let row = 0; row < counters.rows.length; row++) {
    const { name, tags } = identityOf(counters, row);
    const value = counters.values[row]!;
    yield { type: 'counter', name, tags, updated: counters.updated[row] === 1, value, rate: value / seconds };
  }
  for (const type of ['gauge', 'set'] as const) {
    const column = type === 'gauge' ? columns.gauges : columns.sets;
    for (let row = 0; row < column.rows.length; row++) {
      const { name, tags } = identityOf(column, row);
      yield { type, name, tags, updated: column.updated[row] === 1, value: column.values[row]! };
    }
  }
  for (const type of ['timer', 'histogram'] as const) {
    const column = type === 'timer' ? columns.timers : columns.histograms;
    const width = statisticsWidth(percentiles);
    for (let row = 0; row < column.rows.length; row++) {
      const { name, tags } = identityOf(column, row);
      yield {
        type,
        name,
        tags,
        updated: column.updated[row] === 1,
        statistics: readStatistics(column.statistics, row * width, percentiles),
        quantile: quantileOf(column, row),
      };
    }
  }
  for (let row = 0; row < columns.distributions.rows.length; row++)
    yield new Distribution(columns.distributions, row, percentiles);
  return undefined;
}

function identityOf({ identities, rows }: Rows, row: number): Identity {
  return identities[rows[row]!]!;
}

function quantileOf({ values, weights, ends, sketches }: TimerColumn, row: number): (q: number) => number {
  const start = row === 0 ? 0 : ends[row - 1]!;
  const end = ends[row]!;
  const sketch = sketches.size === 0 ? undefined : sketches.get(row);
  return (q) => (sketch === undefined ? quantile(values, weights, q, start, end) : sketch.quantile(q));
}

/** With its sketch made when it is asked for. A class, because a getter in an object literal takes 400 ns for each object. */
class Distribution implements DistributionSeries {
  readonly type = 'distribution';
  readonly name: string;
  readonly tags: readonly string[];
  readonly updated: boolean;
  readonly statistics: Statistics;
  readonly quantile: (q: number) => number;
  readonly #column: TimerColumn;
  readonly #row: number;

  constructor(column: TimerColumn, row: number, percentiles: readonly number[]) {
    const { name, tags } = identityOf(column, row);
    this.name = name;
    this.tags = tags;
    this.updated = column.updated[row] === 1;
    this.statistics = readStatistics(column.statistics, row * statisticsWidth(percentiles), percentiles);
    this.quantile = quantileOf(column, row);
    this.#column = column;
    this.#row = row;
  }

  get sketch(): Sketch {
    const { sketches, values, weights, ends } = this.#column;
    const row = this.#row;
    return sketches.get(row) ?? sketchOf(values, weights, row === 0 ? 0 : ends[row - 1]!, ends[row]!);
  }
}

function sketchOf(values: Float64Array, weights: Float64Array | undefined, start: number, end: number): DDSketch {
  const sketch = new DDSketch();
  for (let at = start; at < end; at++) sketch.add(values[at]!, weights?.[at] ?? 1);
  return sketch;
}

/** A reference to an identity, or a small object, in bytes. */
const REFERENCE = 8;
const SKETCH = 4096;
const EVENT = 1024;

function byteLengthOf(
  columns: WindowColumns,
  valueColumns: readonly ValueColumn[],
  timerColumns: readonly TimerColumn[],
): number {
  let bytes = (columns.events.length + columns.serviceChecks.length) * EVENT;
  for (const { rows, updated, values } of [...valueColumns, ...timerColumns]) {
    bytes += rows.length * REFERENCE + rows.byteLength + updated.byteLength + values.byteLength;
  }
  for (const { statistics, ends, weights, sketches } of timerColumns) {
    bytes += statistics.byteLength + ends.byteLength + (weights?.byteLength ?? 0) + sketches.size * SKETCH;
  }
  return bytes;
}
