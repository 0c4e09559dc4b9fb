import type { Settings } from '../config/settings.ts';
import { atOnce, type Steps } from '../kit/slices.ts';
import type { MetricType, Window } from '../plugin.ts';
import { type COUNTERS, type GAUGES, type SETS, TIMERS } from '../protocol/codes.ts';
import { metricTypes, rowKindOf, type TypeOfKind, typeCode } from '../protocol/types.ts';
import { type SeriesColumns, type TimerColumn, type ValueColumn, windowOf } from './columns.ts';
import { createExemplars, type LabelsByKey } from './exemplars.ts';
import type { Input, Renumbering } from './input.ts';
import { createLineCounts } from './line-counts.ts';
import type { Cadence, OwnSample, WindowParts } from './merger.ts';
import type { Namer } from './namer.ts';
import { createNumbers } from './numbers.ts';
import { mergePoints } from './point-merge.ts';
import { BAD_NAME, FIRST_SERIES, type SeriesTable } from './series-table.ts';
import { createSetMerge, type SetInput } from './set-merge.ts';
import { createTimerMerge } from './timer-merge.ts';
import { createTouched } from './touched.ts';

const NO_ROWS = new Uint32Array(0);

const timerTypes = metricTypes.filter((type) => rowKindOf(type) === TIMERS);

/** What a cadence needs of the merge whose names it has. */
export interface CadenceOptions {
  readonly table: SeriesTable;
  readonly namer: Namer;
  readonly labelsByKey: LabelsByKey;
  /** Several series may be called alike. */
  readonly renames: boolean;
  readonly updatedOnly: boolean;
  settings(): Settings;
  /** Milliseconds of all rounds up to the end of this one: series are idle by a clock that nobody sets. */
  aliveMs(): number;
  /** When the first of the other windows that go on began; +Infinity where none does. */
  othersOpenedMs(): number;
  /** The window has ended. */
  ended(): Steps<void>;
  closed(): void;
}

/** What a merge asks of the windows of one view. */
export interface OpenCadence extends Cadence {
  /** The end of the first round of the window that goes on; +Infinity where none does. */
  readonly openedMs: number;
  /** A received key made the series, which is new. */
  bear(series: number): void;
  absorb(input: Input): Steps<void>;
  /** Bytes of names and tags that are gone: of series that windows from before may still have. */
  addGone(bytes: number): void;
  forget(series: number): void;
  /** Only while no window goes on. */
  renumber(renumbering: Renumbering): Steps<void>;
  /** A gauge from before, that has been idle since `updatedMs`. */
  restore(series: number, value: number, updatedMs: number): void;
  updatedMs(series: number): number;
  /** Values of gauges by series. */
  valuesNow(): Steps<Float64Array>;
  /** Series and value of one of the gauges that only ever fell and did so since the last call. */
  takeFalling(): readonly [series: number, value: number] | undefined;
}

export function createCadence({
  table,
  namer,
  labelsByKey,
  renames,
  updatedOnly,
  settings,
  aliveMs,
  othersOpenedMs,
  ended,
  closed,
}: CadenceOptions): OpenCadence {
  const touched = createTouched(table, updatedOnly);
  const numbers = createNumbers(table, touched);
  const timers = createTimerMerge();
  const sets = createSetMerge();
  const exemplars = createExemplars(labelsByKey);
  const lines = createLineCounts();
  let inputs: Input[] = [];
  /** Of sets that go on over the end of a window. */
  let carried: SetInput[] = [];
  let openedMs = Number.POSITIVE_INFINITY;
  let goneBytes = 0;

  function* growColumns(): Steps<void> {
    touched.fit();
    yield;
    yield* numbers.fit();
  }

  /** What all columns have. */
  function* baseOf(rows: Uint32Array): Steps<Omit<ValueColumn, 'values'>> {
    const base = yield* touched.rows(rows);
    return { identities: table.shareIdentities(), rows, ...base, lines: yield* lines.column(rows) };
  }

  function* valueColumn(rows: Uint32Array, kind: typeof COUNTERS | typeof GAUGES): Steps<ValueColumn> {
    const base = yield* baseOf(rows);
    return { ...base, ...(yield* numbers.column(rows, base.updated, kind)) };
  }

  /** The sets of this window are for a later one. Their series stay as long. */
  function carrySets(): void {
    for (const { partial, setSeries } of inputs) {
      if (setSeries.length === 0) continue;
      for (const series of setSeries) table.retain(series);
      carried.push({ partial: { sets: partial.sets }, setSeries });
    }
  }

  function releaseCarried(): void {
    for (const { setSeries } of carried) for (const series of setSeries) table.release(series);
    carried = [];
  }

  function releasePoints(): void {
    for (const { pointSeries } of inputs) for (const one of pointSeries) table.release(one);
  }

  /** The series of this window: to be called once, when all partials have been taken in. */
  function* seriesColumns(setsEnd: boolean): Steps<SeriesColumns> {
    const { limits, percentiles } = settings();
    if (!setsEnd) carrySets();
    else {
      for (const { partial, setSeries } of carried) {
        yield* touched.touchAll(setSeries, aliveMs());
        yield* lines.add(partial.sets.lines, setSeries, table.limit);
      }
    }
    const byCode = yield* touched.select(aliveMs(), othersOpenedMs());
    const rowsOf = (type: MetricType) => (type === 'set' && !setsEnd ? NO_ROWS : byCode[typeCode(type)]!);
    const timerData = yield* timers.build(inputs, timerTypes.map(rowsOf), table.limit, percentiles, limits);

    const column = (type: TypeOfKind<typeof COUNTERS | typeof GAUGES>) => valueColumn(rowsOf(type), rowKindOf(type));
    function* members(type: TypeOfKind<typeof SETS>): Steps<ValueColumn> {
      return {
        ...(yield* baseOf(rowsOf(type))),
        values: yield* sets.count(setsEnd ? [...carried, ...inputs] : [], rowsOf(type), table.limit, limits),
      };
    }
    function* statistics(type: TypeOfKind<typeof TIMERS>): Steps<TimerColumn> {
      return { ...(yield* baseOf(rowsOf(type))), ...timerData[timerTypes.indexOf(type)]! };
    }
    const columns = {
      counter: yield* column('counter'),
      gauge: yield* column('gauge'),
      timer: yield* statistics('timer'),
      histogram: yield* statistics('histogram'),
      distribution: yield* statistics('distribution'),
      set: yield* members('set'),
    };
    if (setsEnd) releaseCarried();
    return columns;
  }

  return {
    get openedMs() {
      return openedMs;
    },
    bear: touched.bear,
    begin(opens) {
      if (!opens) return;
      openedMs = aliveMs();
      touched.openWindow();
      lines.openWindow();
    },
    *absorb(input) {
      yield* growColumns();
      const { partial, counterSeries, gaugeSeries, timerSeries, setSeries, pointSeries } = input;
      // Their series are not touched, and may have no other key that is still in use.
      for (const series of pointSeries) table.retain(series);
      yield* numbers.addCounters(input, aliveMs());
      yield* numbers.setGauges(input, aliveMs(), renames);
      yield* touched.touchAll(timerSeries, aliveMs());
      yield* touched.touchAll(setSeries, aliveMs());
      for (const [section, series] of [
        [partial.counters, counterSeries],
        [partial.gauges, gaugeSeries],
        [partial.timers, timerSeries],
        [partial.sets, setSeries],
      ] as const) {
        yield* lines.add(section.lines, series, table.limit);
      }
      yield* exemplars.absorb(partial, counterSeries, timerSeries);
      inputs.push(input);
    },
    addOwn(samples: readonly OwnSample[]) {
      for (const sample of samples) {
        const identity = namer.own(sample.type, sample);
        if (identity === BAD_NAME) continue;
        const series = table.resolveOwn(typeCode(sample.type), identity);
        atOnce(growColumns());
        const { value, type, isPeak } = sample;
        if (touched.touch(series, aliveMs())) numbers.set(series, value);
        else if (type === 'counter') numbers.set(series, numbers.of(series) + value);
        else numbers.set(series, isPeak === true ? Math.max(numbers.of(series), value) : value);
      }
    },
    *end({ setsEnd, ...parts }: WindowParts): Steps<Window> {
      // Others may have made series since.
      yield* growColumns();
      for (const input of inputs) yield* numbers.changeGauges(input);
      // Before series are forgotten: those of points alone are in no window.
      const points = yield* mergePoints(inputs, table);
      releasePoints();
      const columns = yield* seriesColumns(setsEnd);
      inputs = [];
      openedMs = Number.POSITIVE_INFINITY;
      const merged = {
        ...parts,
        setsGoOn: !setsEnd,
        percentiles: settings().percentiles,
        series: columns,
        exemplars: exemplars.take(),
        points,
      };
      yield* ended();
      const gone = goneBytes;
      goneBytes = 0;
      return windowOf({ ...merged, goneBytes: gone });
    },
    addGone(bytes) {
      goneBytes += bytes;
    },
    close() {
      releasePoints();
      releaseCarried();
      inputs = [];
      openedMs = Number.POSITIVE_INFINITY;
      closed();
    },
    forget(series) {
      touched.forget(series);
      numbers.forget(series);
    },
    *renumber(renumbering) {
      const { renumbered, room } = renumbering;
      yield* touched.renumber(renumbering);
      yield* numbers.renumber(renumbering);
      lines.renumber(renumbered, room);
      carried = carried.map(({ partial, setSeries }) => ({
        partial,
        setSeries: setSeries.map((series) => (series < FIRST_SERIES ? series : renumbered[series]!)),
      }));
    },
    restore(series, value, updatedMs) {
      atOnce(growColumns());
      touched.restore(series, updatedMs);
      numbers.restore(series, value);
    },
    updatedMs: touched.updatedMs,
    valuesNow: () => numbers.now(inputs),
    takeFalling() {
      const series = numbers.takeFalling();
      return series === undefined ? undefined : [series, numbers.of(series)];
    },
    setLines: lines.want,
  };
}
