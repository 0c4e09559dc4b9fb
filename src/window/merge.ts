import type { Settings } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { atOnce, inParts, type Steps } from '../kit/slices.ts';
import { seriesKeyBytes } from '../partial/key-shares.ts';
import { numbersOf, type Section } from '../partial/keys.ts';
import { OVERFLOW_NAME, type Partial } from '../partial/partial.ts';
import type { MetricType } from '../plugin.ts';
import { type COUNTERS, GAUGE, GAUGES, type SETS, TIMERS } from '../protocol/codes.ts';
import { type Identity, named } from '../protocol/identity.ts';
import { metricTypes, rowKindOf, type TypeOfKind, typeCode } from '../protocol/types.ts';
import { type SeriesColumns, type TimerColumn, type ValueColumn, windowOf } from './columns.ts';
import { createExemplars } from './exemplars.ts';
import { createFallingGauges } from './falling-gauges.ts';
import { createFolds } from './folds.ts';
import { createGaugeOrigins } from './gauge-origins.ts';
import { keptGauges } from './kept-gauges.ts';
import { type TellKey, TOLD_AT_ONCE } from './key-book.ts';
import { limitStateOf } from './limit-state.ts';
import { createLineCounts } from './line-counts.ts';
import type { Merger, MergerOptions, OwnSample } from './merger.ts';
import { createNamer, type ViewRules } from './namer.ts';
import { mergePoints, type PointInput } from './point-merge.ts';
import { BAD_NAME, BLOCKED, createSeriesTable, FIRST_SERIES, NO_SERIES } from './series-table.ts';
import { createSetMerge, type SetInput } from './set-merge.ts';
import { createTimerMerge, type TimerInput } from './timer-merge.ts';

/** Series that are looked at before other work may go on: 1 ms, where each one is looked up in memory that no cache holds. */
const SERIES_AT_ONCE = 8192;

/** Milliseconds after which a merge whose windows list what was updated looks at all series, to free some; and one in how many makes it quicker. */
const LOOK_MS = 10_000;
const FEW = 8;

/** When a gauge from before the start was set: before everything that this process receives, and yet set. */
const BEFORE_START = -Number.MAX_VALUE;

type Input = TimerInput & SetInput & PointInput & { readonly gaugeSeries: Uint32Array };

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
  const falling = createFallingGauges();
  let fallen: number | undefined;
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

  /** By series: the window that touched it last; counter's sum or gauge's value; when the gauge was set. */
  let marks = new Uint32Array(1024);
  /** By series: until the end of the window that touches it first over 0, and higher than those of series that came before. */
  let born = new Uint32Array(1024);
  let births = 0;
  /** The series that this window has touched. */
  let touched = new Uint32Array(1024);
  let touches = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  /** Gauges from before the start, which the next window lists although they received nothing: nobody has seen them yet. */
  let restored = new Set<number>();
  let values = new Float64Array(1024);
  let setAt = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);
  /** By series: when a delta changed the gauge last. Without room while no delta has come. */
  let changedAt = new Float64Array(0);
  let window = 0;
  /** Milliseconds of all windows up to the end of this one: series are idle by a clock that nobody sets. */
  let aliveMs = 0;

  function forgotten(series: number): void {
    values[series] = 0;
    falling.forget(series);
    setAt[series] = Number.NEGATIVE_INFINITY;
    if (changedAt.length > 0) changedAt[series] = Number.NEGATIVE_INFINITY;
    origins.forget(series);
  }

  function* fitColumns(): Steps<void> {
    falling.fit(table.limit);
    const before = setAt.length;
    if (table.limit <= before) return;
    // At a million series each takes some milliseconds.
    marks = grown(marks, table.limit);
    if (born.length < table.limit) born = grown(born, table.limit);
    touched = grown(touched, table.limit);
    yield;
    values = grown(values, table.limit);
    yield;
    setAt = grown(setAt, table.limit);
    setAt.fill(Number.NEGATIVE_INFINITY, before);
    if (changedAt.length === 0) return;
    yield;
    changedAt = grown(changedAt, table.limit);
    changedAt.fill(Number.NEGATIVE_INFINITY, before);
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
    if (table.updatedMs(series) === Number.NEGATIVE_INFINITY) {
      if (series >= born.length) born = grown(born, series + 1);
      if (born[series] === 0) born[series] = ++births;
    }
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

  /** True when this is the first that the window sees of the series. */
  function touch(series: number): boolean {
    if (marks[series] === window) return false;
    marks[series] = window;
    touched[touches++] = series;
    table.update(series, aliveMs);
    return true;
  }

  function touchAll(all: Uint32Array): Steps<void> {
    return inParts(all.length, SERIES_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) touch(all[row]!);
    });
  }

  function addCounters({ counters }: Partial, counterSeries: Uint32Array): Steps<void> {
    return inParts(counters.length, SERIES_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        const series = counterSeries[row]!;
        const sum = counters.sums[row]!;
        values[series] = touch(series) ? sum : values[series]! + sum;
      }
    });
  }

  function applyGaugeSets({ gauges }: Partial, gaugeSeries: Uint32Array): Steps<void> {
    return inParts(gauges.length, SERIES_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        const series = gaugeSeries[row]!;
        if (renames && marks[series] !== window && table.hasExpired(series, aliveMs)) {
          values[series] = 0;
          setAt[series] = Number.NEGATIVE_INFINITY;
        }
        touch(series);
        const at = gauges.setAt[row]!;
        if (at > setAt[series]!) {
          values[series] = gauges.values[row]!;
          setAt[series] = at;
        }
      }
    });
  }

  /** After the sets of all partials: a delta older than the newest set was overtaken by it. */
  function applyGaugeDeltas({ gauges }: Partial, gaugeSeries: Uint32Array): Steps<void> {
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
  }

  function addOwn(samples: readonly OwnSample[]): void {
    for (const sample of samples) {
      const identity = namer.own(sample.type, sample);
      if (identity === BAD_NAME) continue;
      const series = table.resolveOwn(typeCode(sample.type), identity);
      atOnce(fitColumns());
      const { value, type, isPeak } = sample;
      if (touch(series)) values[series] = value;
      else if (type === 'counter') values[series] = values[series]! + value;
      else values[series] = isPeak === true ? Math.max(values[series]!, value) : value;
    }
  }

  /** By type code: the series of this window in the order of their numbers. */
  function* selectRows(): Steps<readonly Uint32Array[]> {
    if (!updatedOnly) return yield* selectAll();
    if (restored.size === 0 && aliveMs - lookedMs < LOOK_MS && touches * FEW <= table.limit) {
      return yield* selectTouched();
    }
    lookedMs = aliveMs;
    const all = yield* selectAll();
    restored = new Set();
    return all;
  }

  /** Without a look at the others. */
  function* selectTouched(): Steps<readonly Uint32Array[]> {
    const all = touched.slice(0, touches).sort();
    yield;
    const byCode: number[][] = metricTypes.map(() => []);
    yield* inParts(all.length, SERIES_AT_ONCE, (from, to) => {
      for (let at = from; at < to; at++) {
        const series = all[at]!;
        if (!table.isLive(series)) continue;
        table.update(series, aliveMs);
        byCode[table.type(series)]!.push(series);
      }
    });
    return byCode.map((rows) => Uint32Array.from(rows));
  }

  /** Frees those that are neither used nor held. */
  function* selectAll(): Steps<readonly Uint32Array[]> {
    const counts = new Uint32Array(metricTypes.length);
    const selected = new Uint8Array(table.limit);
    yield* inParts(table.limit, SERIES_AT_ONCE / 4, (from, to) => {
      for (let series = from; series < to; series++) {
        if (!table.isLive(series)) continue;
        const isTouched = marks[series] === window;
        // In a window of several rounds it may have been touched in an earlier one.
        if (isTouched) table.update(series, aliveMs);
        if (isTouched || ((!updatedOnly || restored.has(series)) && table.isHeld(series, aliveMs))) {
          const type = table.type(series);
          selected[series] = type + 1;
          counts[type] = counts[type]! + 1;
        } else {
          table.collect(series, aliveMs);
        }
      }
    });
    const rows = Array.from(counts, (count) => new Uint32Array(count));
    counts.fill(0);
    yield* inParts(selected.length, SERIES_AT_ONCE, (from, to) => {
      for (let series = from; series < to; series++) {
        const type = selected[series]! - 1;
        if (type < 0) continue;
        rows[type]![counts[type]!] = series;
        counts[type] = counts[type]! + 1;
      }
    });
    return rows;
  }

  /** What all columns have. */
  function* baseOf(rows: Uint32Array): Steps<Omit<ValueColumn, 'values'>> {
    const updated = new Uint8Array(rows.length);
    let order: Uint32Array | undefined;
    yield* inParts(rows.length, SERIES_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        const series = rows[row]!;
        if (marks[series] !== window) continue;
        updated[row] = 1;
        if (born[series] === 0) continue;
        order ??= new Uint32Array(rows.length);
        order[row] = born[series]!;
        born[series] = 0;
      }
    });
    return { identities: table.shareIdentities(), rows, updated, born: order, lines: yield* lines.column(rows) };
  }

  /** When a gauge was set or changed last. */
  function lastAt(series: number): number {
    return changedAt.length === 0 ? setAt[series]! : Math.max(setAt[series]!, changedAt[series]!);
  }

  /** With the deltas of the window that goes on, which are added when it ends. */
  function* valuesNow(): Steps<Float64Array> {
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
  }

  /** An idle gauge keeps its value. */
  function* valueColumn(rows: Uint32Array, kind: typeof COUNTERS | typeof GAUGES): Steps<ValueColumn> {
    const base = yield* baseOf(rows);
    const column = new Float64Array(rows.length);
    const times = kind === GAUGES ? { setAt: new Float64Array(rows.length) } : undefined;
    yield* inParts(rows.length, SERIES_AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        if (kind === GAUGES || base.updated[row] === 1) column[row] = values[rows[row]!]!;
        if (times !== undefined) times.setAt[row] = lastAt(rows[row]!);
      }
    });
    return { ...base, values: column, ...times };
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
        yield* touchAll(setSeries);
        yield* lines.add(partial.sets.lines, setSeries, table.limit);
      }
    const byCode = yield* selectRows();
    const rowsOf = (type: MetricType) => (type === 'set' && !setsEnd ? NO_ROWS : byCode[typeCode(type)]!);
    const timerData = yield* timers.build(inputs, timerTypes.map(rowsOf), table.limit, percentiles, limits);

    const numbers = (type: TypeOfKind<typeof COUNTERS | typeof GAUGES>) => valueColumn(rowsOf(type), rowKindOf(type));
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
      counter: yield* numbers('counter'),
      gauge: yield* numbers('gauge'),
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
    const before = { marks, values, setAt, changedAt };
    fallen = undefined;
    marks = new Uint32Array(Math.max(1024, table.limit * 2));
    born = new Uint32Array(marks.length);
    touched = new Uint32Array(marks.length);
    falling.renumber(renumbered, marks.length);
    lines.renumber(renumbered, marks.length);
    values = new Float64Array(marks.length);
    setAt = new Float64Array(marks.length).fill(Number.NEGATIVE_INFINITY);
    if (changedAt.length > 0) changedAt = new Float64Array(marks.length).fill(Number.NEGATIVE_INFINITY);
    yield* inParts(renumbered.length, SERIES_AT_ONCE, (from, to) => {
      for (let series = from; series < to; series++) {
        const now = renumbered[series]!;
        if (now === NO_SERIES) continue;
        marks[now] = before.marks[series]!;
        values[now] = before.values[series]!;
        setAt[now] = before.setAt[series]!;
        if (changedAt.length > 0) changedAt[now] = before.changedAt[series]!;
      }
    });
    origins.renumber(renumbered);
    restored = new Set(Array.from(restored, (series) => renumbered[series]!).filter((series) => series !== NO_SERIES));
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
    yield* fitColumns();
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
    yield* addCounters(partial, counterSeries);
    for (const rows of [counterSeries, input.gaugeSeries, input.timerSeries, input.setSeries]) {
      folds.count(rows);
      countLeft(rows);
    }
    countLeft(input.pointSeries);
    yield* applyGaugeSets(partial, input.gaugeSeries);
    yield* touchAll(input.timerSeries);
    yield* touchAll(input.setSeries);
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
      window++;
      touches = 0;
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
      for (const { partial, gaugeSeries } of inputs) yield* applyGaugeDeltas(partial, gaugeSeries);
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
      const series = fallen;
      fallen = undefined;
      return series === undefined || !table.isLive(series)
        ? undefined
        : { ...table.identity(series), value: values[series]! };
    },
    *keepGauges() {
      return yield* keptGauges(table, yield* valuesNow(), aliveMs, renames ? origins : undefined);
    },
    restoreGauge({ name, tags, host, value, idleMs }) {
      if (idleMs > settings.expire.gauge) return false;
      const identity = named(name, { tags, host });
      const given = namer.received('gauge', identity);
      if (given === BLOCKED || given === BAD_NAME) return false;
      const series = table.restore(GAUGE, given, idleMs, aliveMs, renames);
      if (series === NO_SERIES) return false;
      atOnce(fitColumns());
      origins.add(series, identity, given, true);
      values[series] = value;
      setAt[series] = BEFORE_START;
      if (updatedOnly) restored.add(series);
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
