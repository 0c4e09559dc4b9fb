import type { Account, Event, Series, ServiceCheck, Statistics, Window } from '../plugin.ts';
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

function* walk(columns: WindowColumns): Generator<Series, undefined, undefined> {
  const seconds = Math.max(columns.endMs - columns.startMs, 1) / 1000;
  yield* walkValues(columns.counters, (value, base) => ({ type: 'counter', ...base, value, rate: value / seconds }));
  yield* walkValues(columns.gauges, (value, base) => ({ type: 'gauge', ...base, value }));
  yield* walkValues(columns.sets, (value, base) => ({ type: 'set', ...base, value }));
  yield* walkTimers(columns.timers, columns.percentiles, (summary) => ({ type: 'timer', ...summary }));
  yield* walkTimers(columns.histograms, columns.percentiles, (summary) => ({ type: 'histogram', ...summary }));
  yield* walkTimers(columns.distributions, columns.percentiles, (summary, sketch) => ({
    type: 'distribution',
    ...summary,
    get sketch() {
      return sketch();
    },
  }));
  return undefined;
}

type Base = Pick<Series, 'name' | 'tags' | 'updated'>;

function* walkValues(column: ValueColumn, make: (value: number, base: Base) => Series): Generator<Series> {
  const { identities, rows, updated, values } = column;
  for (let row = 0; row < rows.length; row++) {
    const { name, tags } = identities[rows[row]!]!;
    yield make(values[row]!, { name, tags, updated: updated[row] === 1 });
  }
}

type Summary = Base & { readonly statistics: Statistics; quantile(q: number): number };

function* walkTimers(
  column: TimerColumn,
  percentiles: readonly number[],
  make: (summary: Summary, sketch: () => DDSketch) => Series,
): Generator<Series> {
  const { identities, rows, updated, statistics, ends, values, weights, sketches } = column;
  const width = statisticsWidth(percentiles);
  for (let row = 0; row < rows.length; row++) {
    const { name, tags } = identities[rows[row]!]!;
    const start = row === 0 ? 0 : ends[row - 1]!;
    const end = ends[row]!;
    const rowSketch = sketches.get(row);
    const summary: Summary = {
      name,
      tags,
      updated: updated[row] === 1,
      statistics: readStatistics(statistics, row * width, percentiles),
      quantile(q) {
        if (rowSketch !== undefined) return rowSketch.quantile(q);
        return start === end ? 0 : quantile(values.subarray(start, end), weights?.subarray(start, end), q);
      },
    };
    yield make(summary, () => rowSketch ?? sketchOf(values, weights, start, end));
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
