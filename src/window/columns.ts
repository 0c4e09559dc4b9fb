import type {
  Account,
  CounterSeries,
  DistributionSeries,
  Event,
  Exemplar,
  GaugeSeries,
  MetricType,
  Series,
  SeriesRule,
  ServiceCheck,
  SetSeries,
  Sketch,
  Statistics,
  StatsdMetrics,
  TimedPoint,
  TimerSeries,
  Window,
} from '../plugin.ts';
import { type Identity, type Mutable, scaleOf } from '../protocol/identity.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import type { ExemplarsBySeries } from './exemplars.ts';
import { addRest } from './rest.ts';
import { scaledValues } from './scaled.ts';
import { countsAtOrBelow, quantile, readStatistics, sketchCountsAtOrBelow, statisticsWidth } from './statistics.ts';

/** Who the rows of a column are: row r is `identities[rows[r]]`. */
interface Rows {
  /** By series; shared by all columns, and by windows that come after this one. */
  readonly identities: readonly (Identity | undefined)[];
  readonly rows: Uint32Array;
  /** 1 where the series received something in this window. */
  readonly updated: Uint8Array;
  /** By row: over 0 where the series is new, and higher for those that came later. Undefined where none is. */
  readonly born?: Uint32Array | undefined;
  /** By row: lines that the series was in; 0 although it is updated: they are not known. Undefined where nobody wants to know. */
  readonly lines?: Uint32Array | undefined;
}

/** Series of one type in one window, a row each. */
export interface ValueColumn extends Rows {
  readonly values: Float64Array;
  /** Of gauges: when they were set last. */
  readonly setAt?: Float64Array;
}

/** Timers, histograms or distributions of one window. */
export interface TimerColumn extends Rows {
  /** Rows of `statisticsWidth(percentiles)`. */
  readonly statistics: Float64Array;
  /** Row r holds the sorted `values[ends[r - 1] or 0, ends[r])`; none for a row that is a sketch. */
  readonly ends: Uint32Array;
  readonly values: Float64Array;
  /** Weights of the values; undefined when all are 1. */
  readonly weights: Float64Array | undefined;
  readonly sketches: ReadonlyMap<number, DDSketch>;
}

/** By type: its series. */
export interface SeriesColumns extends Readonly<Record<MetricType, ValueColumn | TimerColumn>> {
  readonly counter: ValueColumn;
  readonly gauge: ValueColumn;
  readonly set: ValueColumn;
  readonly timer: TimerColumn;
  readonly histogram: TimerColumn;
  readonly distribution: TimerColumn;
}

export interface WindowColumns {
  readonly startMs: number;
  readonly endMs: number;
  readonly intervalMs: number;
  readonly setsGoOn?: boolean;
  readonly percentiles: readonly number[];
  readonly series: SeriesColumns;
  readonly exemplars?: ExemplarsBySeries | undefined;
  readonly points: readonly TimedPoint[];
  readonly events: readonly Event[];
  readonly serviceChecks: readonly ServiceCheck[];
  readonly account: Account;
  /**
   * Bytes of names and tags that only windows before this one still have: counted here, since it is with this one that a queue of
   * windows holds more than there is.
   */
  readonly goneBytes: number;
}

/** The window that back-ends are given: a view of the columns that makes series objects only as they are walked. */
export function windowOf(columns: WindowColumns): Window {
  const all = Object.values(columns.series);
  return {
    startMs: columns.startMs,
    endMs: columns.endMs,
    intervalMs: columns.intervalMs,
    ...(columns.setsGoOn === true ? { setsGoOn: true } : {}),
    seriesCount: all.reduce((sum, column) => sum + column.rows.length, 0),
    series: { [Symbol.iterator]: () => walk(columns) },
    points: columns.points,
    events: columns.events,
    serviceChecks: columns.serviceChecks,
    account: columns.account,
    byteLength: byteLengthOf(columns, all),
  };
}

/** The same window with the metrics of the original daemon, which hold `byteLength` more bytes. */
export function withStatsd(window: Window, statsd: StatsdMetrics, byteLength: number): Window {
  return { ...window, statsd, byteLength: window.byteLength + byteLength };
}

/** Types in the order in which a window lists its series. */
const order = Object.keys({
  counter: 0,
  gauge: 1,
  set: 2,
  timer: 3,
  histogram: 4,
  distribution: 5,
} satisfies Record<MetricType, number>) as readonly MetricType[];

/** One generator with one object for each series: delegating to generators by type took four times as long. */
function* walk({
  series,
  startMs,
  endMs,
  percentiles,
  exemplars,
}: WindowColumns): Generator<Series, undefined, undefined> {
  for (const type of order) {
    switch (type) {
      case 'counter': {
        const column = series.counter;
        const { rows, updated, born, values } = column;
        const seconds = Math.max(endMs - startMs, 1) / 1000;
        for (let row = 0; row < rows.length; row++) {
          const identity = identityOf(column, row);
          const { name, tags } = identity;
          const scale = scaleOf(identity);
          const value = values[row]! * scale;
          const rate = (values[row]! / seconds) * scale;
          const isUpdated = updated[row] === 1;
          const lines = linesOf(column, row);
          const one: Mutable<CounterSeries> =
            lines === undefined
              ? { type, name, tags, updated: isUpdated, value, rate }
              : { type, name, tags, updated: isUpdated, value, rate, lines };
          addRest(one, identity, born?.[row] ?? 0, startMs);
          const ofRow = exemplars === undefined ? undefined : exemplarsOf(exemplars, rows[row]!, identity);
          if (ofRow !== undefined) one.exemplars = ofRow;
          yield one;
        }
        break;
      }
      case 'gauge': {
        const column = series.gauge;
        const { rows, updated, born, values, setAt } = column;
        for (let row = 0; row < rows.length; row++) {
          const identity = identityOf(column, row);
          const { name, tags } = identity;
          const value = values[row]! * scaleOf(identity);
          const isUpdated = updated[row] === 1;
          const setMs = setAt?.[row] ?? NEVER;
          const lines = linesOf(column, row);
          const one: Mutable<GaugeSeries> =
            setMs > NEVER
              ? { type, name, tags, updated: isUpdated, value, setMs }
              : { type, name, tags, updated: isUpdated, value };
          if (lines !== undefined) one.lines = lines;
          addRest(one, identity, born?.[row] ?? 0, startMs);
          yield one;
        }
        break;
      }
      case 'set': {
        const column = series.set;
        const { rows, updated, born, values } = column;
        for (let row = 0; row < rows.length; row++) {
          const identity = identityOf(column, row);
          const { name, tags } = identity;
          const lines = linesOf(column, row);
          const one: Mutable<SetSeries> = { type, name, tags, updated: updated[row] === 1, value: values[row]! };
          if (lines !== undefined) one.lines = lines;
          addRest(one, identity, born?.[row] ?? 0, startMs);
          yield one;
        }
        break;
      }
      case 'timer':
      case 'histogram':
      case 'distribution': {
        const column = series[type];
        for (let row = 0; row < column.rows.length; row++) {
          // Of one class: what is read of them differs in nothing but the type.
          const identity = identityOf(column, row);
          const ofRow = exemplars === undefined ? undefined : exemplarsOf(exemplars, column.rows[row]!, identity);
          const one = new Values(type, column, row, percentiles, startMs, ofRow);
          const scale = scaleOf(identity);
          yield (scale === 1 ? one : scaledValues(one, scale)) as TimerSeries | DistributionSeries;
        }
        break;
      }
      default:
        return type satisfies never;
    }
  }
  return undefined;
}

/** A gauge was not set since the start. */
const NEVER = -Number.MAX_VALUE;

function exemplarsOf(all: ExemplarsBySeries, series: number, identity: Identity): readonly Exemplar[] | undefined {
  const own = all.get(series);
  const scale = scaleOf(identity);
  return scale === 1 ? own : own?.map(({ labels, value }) => ({ labels, value: value * scale }));
}

/** Undefined where they are not known: of a series that received nothing from outside, or before somebody wanted to know. */
function linesOf({ lines, updated }: Rows, row: number): number | undefined {
  const count = lines?.[row];
  return count === 0 && updated[row] === 1 ? undefined : count;
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
class Values {
  readonly type: 'timer' | 'histogram' | 'distribution';
  readonly name: string;
  readonly tags: readonly string[];
  declare host?: string;
  declare rule?: SeriesRule;
  declare sent?: readonly string[];
  declare seenMs?: number;
  declare seenOrder?: number;
  declare readonly exemplars?: readonly Exemplar[];
  declare readonly lines?: number;
  readonly updated: boolean;
  readonly statistics: Statistics;
  readonly quantile: (q: number) => number;
  readonly #column: TimerColumn;
  readonly #row: number;

  constructor(
    type: Values['type'],
    column: TimerColumn,
    row: number,
    percentiles: readonly number[],
    startMs: number,
    exemplars: readonly Exemplar[] | undefined,
  ) {
    this.type = type;
    const identity = identityOf(column, row);
    this.name = identity.name;
    this.tags = identity.tags;
    addRest(this, identity, column.born?.[row] ?? 0, startMs);
    if (exemplars !== undefined) this.exemplars = exemplars;
    const lines = linesOf(column, row);
    if (lines !== undefined) this.lines = lines;
    this.updated = column.updated[row] === 1;
    this.statistics = readStatistics(column.statistics, row * statisticsWidth(percentiles), percentiles);
    this.quantile = quantileOf(column, row);
    this.#column = column;
    this.#row = row;
  }

  get sketch(): Sketch {
    const { sketches, values, weights } = this.#column;
    const [start, end] = this.#range();
    return sketches.get(this.#row) ?? sketchOf(values, weights, start, end);
  }

  values(): Iterable<readonly [value: number, weight: number]> | undefined {
    const { sketches, values, weights } = this.#column;
    return sketches.has(this.#row) ? undefined : weighted(values, weights, ...this.#range());
  }

  countsAtOrBelow(bounds: readonly number[]): Float64Array {
    const { sketches, values, weights } = this.#column;
    const sketch = sketches.get(this.#row);
    if (sketch !== undefined) return sketchCountsAtOrBelow(sketch, bounds);
    return countsAtOrBelow(values, weights, bounds, ...this.#range());
  }

  #range(): [start: number, end: number] {
    const { ends } = this.#column;
    return [this.#row === 0 ? 0 : ends[this.#row - 1]!, ends[this.#row]!];
  }
}

function* weighted(
  values: Float64Array,
  weights: Float64Array | undefined,
  start: number,
  end: number,
): Generator<readonly [value: number, weight: number], undefined, undefined> {
  for (let at = start; at < end; at++) yield [values[at]!, weights?.[at] ?? 1];
  return undefined;
}

function sketchOf(values: Float64Array, weights: Float64Array | undefined, start: number, end: number): DDSketch {
  const sketch = new DDSketch();
  for (let at = start; at < end; at++) sketch.add(values[at]!, weights?.[at] ?? 1);
  return sketch;
}

/** A reference to an identity, or a small object, in bytes. */
const REFERENCE = 8;
const SKETCH = 4096;
const POINT = 96;
const EVENT = 1024;
/** With its labels, which may be long gone elsewhere. */
const EXEMPLAR = 256;

function byteLengthOf(
  { points, events, serviceChecks, goneBytes, exemplars }: WindowColumns,
  columns: readonly (ValueColumn | TimerColumn)[],
): number {
  let bytes = goneBytes + points.length * POINT + (events.length + serviceChecks.length) * EVENT;
  for (const ofSeries of exemplars?.values() ?? []) bytes += ofSeries.length * EXEMPLAR;
  for (const column of columns) {
    const { rows, updated, values, lines } = column;
    bytes +=
      rows.length * REFERENCE + rows.byteLength + updated.byteLength + values.byteLength + (lines?.byteLength ?? 0);
    if (!('statistics' in column)) continue;
    const { statistics, ends, weights, sketches } = column;
    bytes += statistics.byteLength + ends.byteLength + (weights?.byteLength ?? 0) + sketches.size * SKETCH;
  }
  return bytes;
}
