import type { Settings } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { atOnce, inParts, type Steps } from '../kit/slices.ts';
import { seriesKeyBytes } from '../partial/key-shares.ts';
import { numbersOf, type Section } from '../partial/keys.ts';
import { OVERFLOW_NAME, type Partial } from '../partial/partial.ts';
import type { MetricType } from '../plugin.ts';
import { type COUNTERS, GAUGE, type GAUGES, type SETS, TIMERS } from '../protocol/codes.ts';
import { type Identity, named } from '../protocol/identity.ts';
import { metricTypes, rowKindOf, type TypeOfKind, typeCode } from '../protocol/types.ts';
import { type SeriesColumns, type TimerColumn, type ValueColumn, windowOf } from './columns.ts';
import { createExemplars } from './exemplars.ts';
import { createFolds } from './folds.ts';
import { createGaugeOrigins } from './gauge-origins.ts';
import { keptGauges } from './kept-gauges.ts';
import { type TellKey, TOLD_AT_ONCE } from './key-book.ts';
import { limitStateOf } from './limit-state.ts';
import { createLineCounts } from './line-counts.ts';
import type { Merger, MergerOptions, OwnSample } from './merger.ts';
import { createNamer, type ViewRules } from './namer.ts';
import { createNumbers, type GaugeInput } from './numbers.ts';
import { mergePoints, type PointInput } from './point-merge.ts';
import { BAD_NAME, BLOCKED, createSeriesTable, FIRST_SERIES, NO_SERIES } from './series-table.ts';
import { createSetMerge, type SetInput } from './set-merge.ts';
import { createTimerMerge, type TimerInput } from './timer-merge.ts';
import { createTouched, SERIES_AT_ONCE } from './touched.ts';

type Input = TimerInput & SetInput & PointInput & GaugeInput;

const NO_ROWS = new Uint32Array(0);

const timerTypes = metricTypes.filter((type) => rowKindOf(type) === TIMERS);

export function createMerger(
  first: Settings,
  rules: ViewRules = {},
  {
    updatedOnly = false,
    bytesElsewhere = () => 0,
    onShrink = () => undefined,
    namingFailed = () => undefined,
  }: MergerOptions = {},
): Merger {
  let settings = first;
  const namer = createNamer(rules, namingFailed);
  /** Several series may be called alike. */
  const renames = rules.mapping !== undefined || rules.naming !== undefined;
  const table = createSeriesTable(settings.limits, settings.expire, {
    keyBytes: seriesKeyBytes(settings),
    bytesElsewhere,
    forgotten,
    first: FIRST_SERIES,
    rename(type, identity) {
      const given = namer.own(metricTypes[type]!, identity);
      return given === BAD_NAME ? identity : given;
    },
  });
  const folds = createFolds(table);
  const timers = createTimerMerge();
  const sets = createSetMerge();
  const touched = createTouched(table, updatedOnly);
  const numbers = createNumbers(table, touched);
  let inputs: Input[] = [];
  /** Of sets that go on over the end of a window. */
  let carried: SetInput[] = [];
  /** Of this window: keys that are in no series, by what they stand for. */
  let left = new Uint32Array(FIRST_SERIES);
  const origins = createGaugeOrigins();
  const exemplars = createExemplars();
  const lines = createLineCounts();
  /** By shard: key id to series. */
  const seriesByKey: (Uint32Array | undefined)[] = [];

  /** Milliseconds of all windows up to the end of this one: series are idle by a clock that nobody sets. */
  let aliveMs = 0;

  function forgotten(series: number): void {
    numbers.forget(series);
    origins.forget(series);
  }

  function* growColumns(): Steps<void> {
    touched.fit();
    yield;
    yield* numbers.fit();
  }

  /** The series of a received key, made where it is new; or what stands for there being none. */
  function resolve(type: number, identity: Identity, isOverflow: boolean, rawLength: number): number {
    const metricType = metricTypes[type]!;
    const given = isOverflow ? namer.own(metricType, identity) : namer.received(metricType, identity);
    if (given === BLOCKED || given === BAD_NAME) return given;
    // What it was called before is kept too.
    const series = table.resolve(type, given, given === identity ? rawLength : 2 * rawLength, isOverflow);
    if (type === GAUGE && renames && !table.isOverflow(series)) {
      const isNew = table.references(series) === 0 && table.updatedMs(series) === Number.NEGATIVE_INFINITY;
      origins.add(series, identity, given, isNew);
    }
    return series;
  }

  const learn: TellKey = (shard, id, type, identity, isOverflow, rawLength) => {
    const series = resolve(type, identity, isOverflow, rawLength);
    table.retain(series);
    if (table.updatedMs(series) === Number.NEGATIVE_INFINITY) touched.bear(series);
    let map = seriesByKey[shard] ?? new Uint32Array(1024);
    if (id >= map.length) map = grown(map, id + 1);
    map[id] = series;
    seriesByKey[shard] = map;
    exemplars.learn(shard, id, isOverflow ? undefined : namer.exemplar);
  };

  function countLeft(rows: Uint32Array): void {
    if (table.references(BLOCKED) + table.references(BAD_NAME) === 0) return;
    for (let row = 0; row < rows.length; row++) {
      const series = rows[row]!;
      if (series < FIRST_SERIES) left[series] = left[series]! + 1;
    }
  }

  function addOwn(samples: readonly OwnSample[]): void {
    for (const sample of samples) {
      const identity = namer.own(sample.type, sample);
      if (identity === BAD_NAME) continue;
      const series = table.resolveOwn(typeCode(sample.type), identity);
      atOnce(growColumns());
      const { value, type, isPeak } = sample;
      if (touched.touch(series, aliveMs)) numbers.set(series, value);
      else if (type === 'counter') numbers.set(series, numbers.of(series) + value);
      else numbers.set(series, isPeak === true ? Math.max(numbers.of(series), value) : value);
    }
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

  /** The series of this window: to be called once, when all partials have been taken in. */
  function* seriesColumns(setsEnd: boolean): Steps<SeriesColumns> {
    const { limits, percentiles } = settings;
    if (!setsEnd) carrySets();
    else
      for (const { partial, setSeries } of carried) {
        yield* touched.touchAll(setSeries, aliveMs);
        yield* lines.add(partial.sets.lines, setSeries, table.limit);
      }
    const byCode = yield* touched.select(aliveMs);
    const rowsOf = (type: MetricType) => (type === 'set' && !setsEnd ? NO_ROWS : byCode[typeCode(type)]!);
    const timerData = yield* timers.build(inputs, timerTypes.map(rowsOf), table.limit, percentiles, limits);

    const plain = (type: TypeOfKind<typeof COUNTERS | typeof GAUGES>) => valueColumn(rowsOf(type), rowKindOf(type));
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
      counter: yield* plain('counter'),
      gauge: yield* plain('gauge'),
      timer: yield* statistics('timer'),
      histogram: yield* statistics('histogram'),
      distribution: yield* statistics('distribution'),
      set: yield* members('set'),
    };
    if (setsEnd) {
      for (const { setSeries } of carried) for (const series of setSeries) table.release(series);
      carried = [];
    }
    return columns;
  }

  /** After a burst of series: everything that is indexed by series becomes as small as they are. */
  function* compact(): Steps<void> {
    const renumbered = yield* table.compact();
    if (renumbered === undefined) return;
    const room = Math.max(1024, table.limit * 2);
    yield* touched.renumber(renumbered, room);
    yield* numbers.renumber(renumbered, room);
    lines.renumber(renumbered, room);
    origins.renumber(renumbered);
    carried = carried.map(({ partial, setSeries }) => ({
      partial,
      setSeries: setSeries.map((series) => (series < FIRST_SERIES ? series : renumbered[series]!)),
    }));
    for (const [shard, map] of seriesByKey.entries()) {
      if (map === undefined) continue;
      seriesByKey[shard] = renumber(map, renumbered);
      yield;
    }
    onShrink();
  }

  /** Takes in one partial. Rows are resolved at once: a later partial of this shard may give a retired id to another key. */
  function* absorb(partial: Partial): Steps<void> {
    yield* growColumns();
    const map = seriesByKey[partial.shard] ?? new Uint32Array(0);
    function* seriesOf(section: Section): Steps<Uint32Array> {
      const series = numbersOf(section, map);
      yield;
      return series;
    }
    const input = {
      partial,
      gaugeSeries: yield* seriesOf(partial.gauges),
      timerSeries: yield* seriesOf(partial.timers),
      setSeries: yield* seriesOf(partial.sets),
      pointSeries: yield* seriesOf(partial.points),
    };
    // Their series are not touched, and may have no other key that is still in use.
    for (const series of input.pointSeries) table.retain(series);
    const counterSeries = yield* seriesOf(partial.counters);
    yield* numbers.addCounters(partial, counterSeries, aliveMs);
    for (const rows of [counterSeries, input.gaugeSeries, input.timerSeries, input.setSeries]) {
      folds.count(rows);
      countLeft(rows);
    }
    countLeft(input.pointSeries);
    yield* numbers.setGauges(input, aliveMs, renames);
    yield* touched.touchAll(input.timerSeries, aliveMs);
    yield* touched.touchAll(input.setSeries, aliveMs);
    for (const [section, series] of [
      [partial.counters, counterSeries],
      [partial.gauges, input.gaugeSeries],
      [partial.timers, input.timerSeries],
      [partial.sets, input.setSeries],
    ] as const) {
      yield* lines.add(section.lines, series, table.limit);
    }
    yield* exemplars.absorb(partial, counterSeries, input.timerSeries);
    exemplars.retire(partial);
    const { retired } = partial;
    yield* inParts(retired.length, SERIES_AT_ONCE, (from, to) => {
      for (let index = from; index < to; index++) {
        const id = retired[index]!;
        table.release(map[id] ?? BLOCKED);
        map[id] = BLOCKED;
      }
    });
    inputs.push(input);
  }

  return {
    learn,
    get bytes() {
      return table.bytes;
    },
    begin(elapsedMs, opens) {
      aliveMs += elapsedMs;
      if (!opens) return;
      touched.openWindow();
      table.openWindow(aliveMs);
      lines.openWindow();
    },
    absorb,
    *tellKeys(told) {
      for (const [shard, map] of seriesByKey.entries()) {
        if (map === undefined) continue;
        yield* inParts(map.length, TOLD_AT_ONCE, (from, to) => {
          for (let id = from; id < to; id++) {
            const series = map[id]!;
            if (series < FIRST_SERIES) continue;
            const identity = table.identity(series);
            const isOverflow = table.isOverflow(series) && identity.name.startsWith(OVERFLOW_NAME);
            told(shard, id, table.type(series), identity, isOverflow, 0);
          }
        });
      }
    },
    addOwn(partials, own) {
      const { size: series, bytes } = table;
      const [blocked = 0, badNames = 0] = left;
      left = new Uint32Array(FIRST_SERIES);
      const limits = limitStateOf(table, partials);
      addOwn(own({ series, folded: folds.take(partials), blocked, badNames, bytes, limits }));
    },
    *end(parts) {
      for (const input of inputs) yield* numbers.changeGauges(input);
      // Before series are forgotten: those of points alone are in no window.
      const points = yield* mergePoints(inputs, table);
      for (const { pointSeries } of inputs) for (const one of pointSeries) table.release(one);
      const { setsEnd, ...ofWindow } = parts;
      const columns = yield* seriesColumns(setsEnd);
      inputs = [];
      const merged = windowOf({
        ...ofWindow,
        setsGoOn: !setsEnd,
        percentiles: settings.percentiles,
        series: columns,
        exemplars: exemplars.take(),
        goneBytes: table.takeGoneBytes(),
        points,
      });
      yield* compact();
      return merged;
    },
    takeFalling() {
      const series = numbers.takeFalling();
      return series === undefined || !table.isLive(series)
        ? undefined
        : { ...table.identity(series), value: numbers.of(series) };
    },
    *keepGauges() {
      return yield* keptGauges(table, yield* numbers.now(inputs), aliveMs, renames ? origins : undefined);
    },
    restoreGauge({ name, tags, host, value, idleMs }) {
      if (idleMs > settings.expire.gauge) return false;
      const identity = named(name, { tags, host });
      const given = namer.received('gauge', identity);
      if (given === BLOCKED || given === BAD_NAME) return false;
      const series = table.restore(GAUGE, given, idleMs, aliveMs, renames);
      if (series === NO_SERIES) return false;
      atOnce(growColumns());
      origins.add(series, identity, given, true);
      touched.restore(series);
      numbers.restore(series, value);
      return true;
    },
    setLines: lines.want,
    setSettings(next) {
      settings = next;
      table.setLimits(next.limits, next.expire, seriesKeyBytes(next));
    },
  };
}

/** Without what is behind the last key that is in a series: those that are blocked are told by there being none. */
function renumber(map: Uint32Array, renumbered: Uint32Array): Uint32Array {
  const isLive = (series: number) => series < renumbered.length && renumbered[series] !== NO_SERIES;
  let length = map.length;
  while (length > 0 && map[length - 1] === BLOCKED) length--;
  const result = new Uint32Array(Math.max(1024, length));
  for (let id = 0; id < length; id++) if (isLive(map[id]!)) result[id] = renumbered[map[id]!]!;
  return result;
}
