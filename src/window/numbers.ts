import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import type { Partial } from '../partial/partial.ts';
import { type COUNTERS, GAUGES } from '../protocol/codes.ts';
import { createFallingGauges } from './falling-gauges.ts';
import { FIRST_SERIES, NO_SERIES, type SeriesTable } from './series-table.ts';
import { SERIES_AT_ONCE, type Touched } from './touched.ts';

/** When a gauge from before the start was set: before everything that this process receives, and yet set. */
const BEFORE_START = -Number.MAX_VALUE;

/** Gauges of one partial, and their series by row. */
export interface GaugeInput {
  readonly partial: Pick<Partial, 'gauges'>;
  readonly gaugeSeries: Uint32Array;
}

/** Counters and gauges of a merge: sums of a window, and the values that gauges have. */
export interface Numbers {
  /** Makes room for all series of the table. At a million series each array takes some milliseconds. */
  fit(): Steps<void>;
  addCounters(partial: Pick<Partial, 'counters'>, counterSeries: Uint32Array, nowMs: number): Steps<void>;
  /** `expires`: a gauge that a rule has forgotten begins anew. */
  setGauges(input: GaugeInput, nowMs: number, expires: boolean): Steps<void>;
  /** After the sets of all partials: a delta older than the newest set was overtaken by it. */
  changeGauges(input: GaugeInput): Steps<void>;
  of(series: number): number;
  set(series: number, value: number): void;
  /** A gauge from before the start. */
  restore(series: number, value: number): void;
  /** The series is no more. */
  forget(series: number): void;
  /** With the deltas of the window that goes on, which are added when it ends. */
  now(inputs: readonly GaugeInput[]): Steps<Float64Array>;
  /** By row. An idle gauge keeps its value. */
  column(
    rows: Uint32Array,
    updated: Uint8Array,
    kind: typeof COUNTERS | typeof GAUGES,
  ): Steps<{ readonly values: Float64Array; readonly setAt?: Float64Array }>;
  /** One of the gauges that only ever fell and did so since the last call. */
  takeFalling(): number | undefined;
  /** By old numbers: the new ones, for which there is to be room. */
  renumber(renumbered: Uint32Array, room: number): Steps<void>;
}

export function createNumbers(table: SeriesTable, touched: Touched): Numbers {
  /** By series: counter's sum or gauge's value; when the gauge was set. */
  let values = new Float64Array(1024);
  let setAt = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);
  /** By series: when a delta changed the gauge last. Without room while no delta has come. */
  let changedAt = new Float64Array(0);
  const falling = createFallingGauges();
  let fallen: number | undefined;

  /** When a gauge was set or changed last. */
  function lastAt(series: number): number {
    return changedAt.length === 0 ? setAt[series]! : Math.max(setAt[series]!, changedAt[series]!);
  }

  return {
    *fit() {
      falling.fit(table.limit);
      const before = setAt.length;
      if (table.limit <= before) return;
      values = grown(values, table.limit);
      yield;
      setAt = grown(setAt, table.limit);
      setAt.fill(Number.NEGATIVE_INFINITY, before);
      if (changedAt.length === 0) return;
      yield;
      changedAt = grown(changedAt, table.limit);
      changedAt.fill(Number.NEGATIVE_INFINITY, before);
    },
    addCounters({ counters }, counterSeries, nowMs) {
      return inParts(counters.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const series = counterSeries[row]!;
          const sum = counters.sums[row]!;
          values[series] = touched.touch(series, nowMs) ? sum : values[series]! + sum;
        }
      });
    },
    setGauges({ partial: { gauges }, gaugeSeries }, nowMs, expires) {
      return inParts(gauges.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const series = gaugeSeries[row]!;
          if (expires && !touched.has(series) && table.hasExpired(series, nowMs)) {
            values[series] = 0;
            setAt[series] = Number.NEGATIVE_INFINITY;
          }
          touched.touch(series, nowMs);
          const at = gauges.setAt[row]!;
          if (at > setAt[series]!) {
            values[series] = gauges.values[row]!;
            setAt[series] = at;
          }
        }
      });
    },
    changeGauges({ partial: { gauges }, gaugeSeries }) {
      if (gauges.deltaLength > 0 && changedAt.length === 0)
        changedAt = new Float64Array(setAt.length).fill(Number.NEGATIVE_INFINITY);
      return inParts(gauges.deltaLength, SERIES_AT_ONCE, (from, to) => {
        for (let delta = from; delta < to; delta++) {
          const series = gaugeSeries[gauges.deltaRows[delta]!]!;
          const change = gauges.deltas[delta]!;
          const wasSet = setAt[series]! > Number.NEGATIVE_INFINITY;
          if (series >= FIRST_SERIES && falling.changed(series, change, wasSet)) fallen = series;
          const at = gauges.deltaAt[delta]!;
          if (at <= setAt[series]!) continue;
          values[series] = values[series]! + change;
          if (at > changedAt[series]!) changedAt[series] = at;
        }
      });
    },
    of: (series) => values[series]!,
    set(series, value) {
      values[series] = value;
    },
    restore(series, value) {
      values[series] = value;
      setAt[series] = BEFORE_START;
    },
    forget(series) {
      values[series] = 0;
      falling.forget(series);
      setAt[series] = Number.NEGATIVE_INFINITY;
      if (changedAt.length > 0) changedAt[series] = Number.NEGATIVE_INFINITY;
    },
    *now(inputs) {
      if (inputs.every(({ partial }) => partial.gauges.deltaLength === 0)) return values;
      const now = values.slice();
      for (const { partial, gaugeSeries } of inputs) {
        const { deltaLength, deltaRows, deltas, deltaAt } = partial.gauges;
        yield* inParts(deltaLength, SERIES_AT_ONCE, (from, to) => {
          for (let delta = from; delta < to; delta++) {
            const series = gaugeSeries[deltaRows[delta]!]!;
            if (deltaAt[delta]! > setAt[series]!) now[series] = now[series]! + deltas[delta]!;
          }
        });
      }
      return now;
    },
    *column(rows, updated, kind) {
      const column = new Float64Array(rows.length);
      const times = kind === GAUGES ? { setAt: new Float64Array(rows.length) } : undefined;
      yield* inParts(rows.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          if (kind === GAUGES || updated[row] === 1) column[row] = values[rows[row]!]!;
          if (times !== undefined) times.setAt[row] = lastAt(rows[row]!);
        }
      });
      return { values: column, ...times };
    },
    takeFalling() {
      const series = fallen;
      fallen = undefined;
      return series;
    },
    *renumber(renumbered, room) {
      const before = { values, setAt, changedAt };
      fallen = undefined;
      falling.renumber(renumbered, room);
      values = new Float64Array(room);
      setAt = new Float64Array(room).fill(Number.NEGATIVE_INFINITY);
      if (changedAt.length > 0) changedAt = new Float64Array(room).fill(Number.NEGATIVE_INFINITY);
      yield* inParts(Math.min(renumbered.length, before.values.length), SERIES_AT_ONCE, (from, to) => {
        for (let series = from; series < to; series++) {
          const now = renumbered[series]!;
          if (now === NO_SERIES) continue;
          values[now] = before.values[series]!;
          setAt[now] = before.setAt[series]!;
          if (changedAt.length > 0) changedAt[now] = before.changedAt[series]!;
        }
      });
    },
  };
}
