import { inParts, type Steps } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import type { TimerColumn } from './columns.ts';
import { FIRST_SERIES } from './series-table.ts';
import { sortWeighted, statisticsWidth, writeSketchStatistics, writeStatistics } from './statistics.ts';

export interface TimerInput {
  readonly partial: Partial;
  /** Series of each row of the timer section. */
  readonly timerSeries: Uint32Array;
}

export type TimerData = Omit<TimerColumn, 'identities' | 'rows' | 'updated' | 'born'>;

/** Brings the values of each timer, histogram and distribution together and computes their statistics. */
export interface TimerMerge {
  /** One column for each list of series in `columns`. */
  build(
    inputs: readonly TimerInput[],
    columns: readonly Uint32Array[],
    seriesLimit: number,
    percentiles: readonly number[],
    limits: { readonly timerValuesPerSeries: number },
  ): Steps<TimerData[]>;
}

/** Values, or sketches, that are read before other work may go on: 1 ms. */
const VALUES_AT_ONCE = 65_536;
const SKETCHES_AT_ONCE = 16;
/** Rows, and the values of rows, whose statistics are computed before other work may go on. */
const ROWS_AT_ONCE = 1024;
const SORTED_AT_ONCE = 16_384;

export function createTimerMerge(): TimerMerge {
  return {
    *build(inputs, columns, seriesLimit, percentiles, { timerValuesPerSeries }) {
      const counts = new Uint32Array(seriesLimit);
      const sketches = new Map<number, DDSketch>();
      for (const { partial, timerSeries } of inputs) yield* countValues(partial, timerSeries, counts, sketches);

      const chunks = inputs.flatMap(({ partial }) => partial.timers.chunks);
      const valueLength = chunks.reduce((sum, { length }) => sum + length, 0);
      const values = new Float64Array(valueLength);
      const weighted = chunks.some(({ weights }) => weights !== undefined);
      const weights = weighted ? new Float64Array(valueLength) : undefined;
      const next = placeSeries(columns, counts);
      for (const { partial, timerSeries } of inputs) yield* scatter(partial, timerSeries, next, values, weights);

      // Shards keep to the limit each; together they may be over it.
      for (const rows of columns) {
        yield;
        for (const series of rows) {
          if (counts[series]! > timerValuesPerSeries && !sketches.has(series)) sketches.set(series, new DDSketch());
        }
      }

      let start = 0;
      const summaries: TimerData[] = [];
      for (const rows of columns) {
        const data = yield* summarise(rows, start, counts, values, weights, sketches, percentiles);
        start += data.values.length;
        summaries.push(data);
      }
      return summaries;
    },
  };
}

function* countValues(
  { timers }: Partial,
  timerSeries: Uint32Array,
  counts: Uint32Array,
  sketches: Map<number, DDSketch>,
): Steps<void> {
  for (const { length, rows } of timers.chunks) {
    yield* inParts(length, VALUES_AT_ONCE, (from, to) => {
      for (let value = from; value < to; value++) {
        const series = timerSeries[rows[value]!]!;
        counts[series] = counts[series]! + 1;
      }
    });
  }
  let at = 0;
  for (const [index, row] of timers.sketchRows.entries()) {
    if (index % SKETCHES_AT_ONCE === 0) yield;
    const series = timerSeries[row]!;
    const sketch = sketches.get(series) ?? new DDSketch();
    sketches.set(series, sketch);
    at = sketch.mergeEncoded(timers.sketches, at);
  }
}

/**
 * By series: where its first value goes. Series of one column lie together, in the order of its rows; behind all of them lies what goes into no
 * series, one upon the other.
 */
function placeSeries(columns: readonly Uint32Array[], counts: Uint32Array): Uint32Array {
  const next = new Uint32Array(counts.length);
  let at = 0;
  for (const rows of columns) {
    for (const series of rows) {
      next[series] = at;
      at += counts[series]!;
    }
  }
  next.fill(at, 0, FIRST_SERIES);
  return next;
}

function* scatter(
  { timers }: Partial,
  timerSeries: Uint32Array,
  next: Uint32Array,
  values: Float64Array,
  weights: Float64Array | undefined,
): Steps<void> {
  for (const chunk of timers.chunks) {
    yield* inParts(chunk.length, VALUES_AT_ONCE, (from, to) => {
      for (let value = from; value < to; value++) {
        const series = timerSeries[chunk.rows[value]!]!;
        const at = next[series]!;
        next[series] = at + 1;
        values[at] = chunk.values[value]!;
        if (weights) weights[at] = chunk.weights?.[value] ?? 1;
      }
    });
  }
}

/** Sorts the values of each row from `start` on and writes its statistics. */
function* summarise(
  rows: Uint32Array,
  start: number,
  counts: Uint32Array,
  allValues: Float64Array,
  allWeights: Float64Array | undefined,
  sketches: ReadonlyMap<number, DDSketch>,
  percentiles: readonly number[],
): Steps<TimerData> {
  const width = statisticsWidth(percentiles);
  const statistics = new Float64Array(rows.length * width);
  const ends = new Uint32Array(rows.length);
  const rowSketches = new Map<number, DDSketch>();
  let from = start;
  let sorted = start;
  let pause = 0;
  for (let row = 0; row < rows.length; row++) {
    if (row >= pause || from >= sorted + SORTED_AT_ONCE) {
      pause = row + ROWS_AT_ONCE;
      sorted = from;
      yield;
    }
    const series = rows[row]!;
    const to = from + counts[series]!;
    const sketch = sketches.size === 0 ? undefined : sketches.get(series);
    if (sketch === undefined) {
      sortWeighted(allValues, allWeights, from, to);
      writeStatistics(statistics, row * width, allValues, allWeights, percentiles, from, to);
    } else {
      for (let at = from; at < to; at++) sketch.add(allValues[at]!, allWeights?.[at] ?? 1);
      writeSketchStatistics(statistics, row * width, sketch, percentiles);
      rowSketches.set(row, sketch);
    }
    ends[row] = to - start;
    from = to;
  }
  return {
    statistics,
    ends,
    values: allValues.subarray(start, from),
    weights: allWeights?.subarray(start, from),
    sketches: rowSketches,
  };
}
