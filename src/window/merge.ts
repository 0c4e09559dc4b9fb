import type { Settings } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { seriesKeyBytes } from '../partial/key-shares.ts';
import { numbersOf, type Section } from '../partial/keys.ts';
import { OVERFLOW_NAME, type Partial } from '../partial/partial.ts';
import { GAUGE } from '../protocol/codes.ts';
import { type Identity, named } from '../protocol/identity.ts';
import { metricTypes } from '../protocol/types.ts';
import { createCadence, type OpenCadence } from './cadence.ts';
import { createExemplars, type LabelsByKey } from './exemplars.ts';
import { createFolds } from './folds.ts';
import { createGaugeOrigins } from './gauge-origins.ts';
import { type Input, SERIES_AT_ONCE } from './input.ts';
import { type KeptGauge, keptGauges } from './kept-gauges.ts';
import { type TellKey, TOLD_AT_ONCE } from './key-book.ts';
import { limitStateOf } from './limit-state.ts';
import type { Merger, MergerOptions } from './merger.ts';
import { createNamer, type ViewRules } from './namer.ts';
import { BAD_NAME, BLOCKED, createSeriesTable, FIRST_SERIES, NO_SERIES } from './series-table.ts';

/** Least numbers of series for which what is indexed by them has room. */
const LEAST_ROOM = 1024;

export function createMerger(
  first: Settings,
  rules: ViewRules = {},
  { bytesElsewhere = () => 0, onShrink = () => undefined, namingFailed = () => undefined }: MergerOptions = {},
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
  let cadences: readonly OpenCadence[] = [];
  const folds = createFolds(table);
  /** Of this round: keys that are in no series, by what they stand for. */
  let left = new Uint32Array(FIRST_SERIES);
  const origins = createGaugeOrigins();
  const labelsByKey: LabelsByKey = [];
  const labels = createExemplars(labelsByKey);
  /** By shard: key id to series. */
  const seriesByKey: (Uint32Array | undefined)[] = [];
  let aliveMs = 0;

  function forgotten(series: number): void {
    for (let at = 0; at < cadences.length; at++) cadences[at]!.forget(series);
    origins.forget(series);
  }

  function openedMs(besides?: OpenCadence): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const one of cadences) if (one !== besides && one.openedMs < earliest) earliest = one.openedMs;
    return earliest;
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
      for (let at = 0; at < cadences.length; at++) cadences[at]!.bear(series);
    }
    let map = seriesByKey[shard] ?? new Uint32Array(1024);
    if (id >= map.length) map = grown(map, id + 1);
    map[id] = series;
    seriesByKey[shard] = map;
    labels.learn(shard, id, isOverflow ? undefined : namer.exemplar);
  };

  function countLeft(rows: Uint32Array): void {
    if (table.references(BLOCKED) + table.references(BAD_NAME) === 0) return;
    for (let row = 0; row < rows.length; row++) {
      const series = rows[row]!;
      if (series < FIRST_SERIES) left[series] = left[series]! + 1;
    }
  }

  /** After a burst of series: everything that is indexed by series becomes as small as they are. What windows that go on have is not renumbered. */
  function* compact(): Steps<void> {
    if (openedMs() < Number.POSITIVE_INFINITY) return;
    const renumbered = yield* table.compact();
    if (renumbered === undefined) return;
    const room = Math.max(LEAST_ROOM, table.limit * 2);
    for (const cadence of cadences) yield* cadence.renumber({ renumbered, room });
    origins.renumber(renumbered);
    for (const [shard, map] of seriesByKey.entries()) {
      if (map === undefined) continue;
      seriesByKey[shard] = renumber(map, renumbered);
      yield;
    }
    onShrink();
  }

  function* inputOf(partial: Partial): Steps<Input> {
    const map = seriesByKey[partial.shard] ?? new Uint32Array(0);
    function* seriesOf(section: Section): Steps<Uint32Array> {
      const series = numbersOf(section, map);
      yield;
      return series;
    }
    return {
      partial,
      gaugeSeries: yield* seriesOf(partial.gauges),
      timerSeries: yield* seriesOf(partial.timers),
      setSeries: yield* seriesOf(partial.sets),
      pointSeries: yield* seriesOf(partial.points),
      counterSeries: yield* seriesOf(partial.counters),
    };
  }

  function retire({ shard, retired }: Partial): Steps<void> {
    const map = seriesByKey[shard] ?? new Uint32Array(0);
    return inParts(retired.length, SERIES_AT_ONCE, (from, to) => {
      for (let index = from; index < to; index++) {
        const id = retired[index]!;
        table.release(map[id] ?? BLOCKED);
        map[id] = BLOCKED;
      }
    });
  }

  function restoreGauge({ name, tags, host, value, idleMs }: KeptGauge): boolean {
    if (idleMs > settings.expire.gauge) return false;
    const identity = named(name, { tags, host });
    const given = namer.received('gauge', identity);
    if (given === BLOCKED || given === BAD_NAME) return false;
    const series = table.restore(GAUGE, given, idleMs, aliveMs, renames);
    if (series === NO_SERIES) return false;
    origins.add(series, identity, given, true);
    for (const cadence of cadences) cadence.restore(series, value, aliveMs - idleMs);
    return true;
  }

  /** What a cadence knows of the series that there are already, whose gauges another one has: new to it are all but these. */
  function* tellSeries(cadence: OpenCadence, known: OpenCadence): Steps<void> {
    const values = yield* known.valuesNow();
    yield* inParts(table.limit, SERIES_AT_ONCE, (from, to) => {
      for (let series = Math.max(from, FIRST_SERIES); series < to; series++) {
        const isOwn = table.cost(series) === 0;
        if (!table.isLive(series) || (isOwn && table.references(series) === 0)) continue;
        if (isOwn || table.type(series) !== GAUGE || !table.isHeld(series, aliveMs)) {
          cadence.bear(series);
          continue;
        }
        const updatedMs = known.updatedMs(series);
        const isHeldThere = table.isHeld(series, aliveMs, updatedMs);
        cadence.restore(series, values[series]!, isHeldThere ? updatedMs : table.updatedMs(series));
      }
    });
  }

  return {
    learn,
    get bytes() {
      return table.bytes;
    },
    begin(elapsedMs) {
      aliveMs += elapsedMs;
    },
    openWindows() {
      table.openWindow(openedMs());
    },
    *open(updatedOnly, gauges) {
      const cadence: OpenCadence = createCadence({
        table,
        namer,
        labelsByKey,
        renames,
        updatedOnly,
        settings: () => settings,
        aliveMs: () => aliveMs,
        othersOpenedMs: () => openedMs(cadence),
        *ended() {
          const gone = table.takeGoneBytes();
          for (const one of cadences) one.addGone(gone);
          yield* compact();
        },
        closed() {
          cadences = cadences.filter((one) => one !== cadence);
        },
      });
      const [known] = cadences;
      // Before anything is restored: a series that gives way is forgotten by all.
      cadences = [...cadences, cadence];
      if (known !== undefined) {
        yield* tellSeries(cadence, known);
        return cadence;
      }
      let told = 0;
      for (const gauge of gauges) {
        restoreGauge(gauge);
        if (++told % TOLD_AT_ONCE === 0) yield;
      }
      return cadence;
    },
    get isEmpty() {
      return cadences.length === 0;
    },
    *absorb(partial) {
      const input = yield* inputOf(partial);
      for (const rows of [input.counterSeries, input.gaugeSeries, input.timerSeries, input.setSeries]) {
        folds.count(rows);
        countLeft(rows);
      }
      countLeft(input.pointSeries);
      for (const cadence of cadences) yield* cadence.absorb(input);
      labels.retire(partial);
      yield* retire(partial);
    },
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
    takeState(partials) {
      const { size: series, bytes } = table;
      const [blocked = 0, badNames = 0] = left;
      left = new Uint32Array(FIRST_SERIES);
      const limits = limitStateOf(table, partials);
      return { series, folded: folds.take(partials), blocked, badNames, bytes, limits };
    },
    takeFalling() {
      const all = cadences.map((cadence) => cadence.takeFalling());
      const fallen = all.find((one) => one !== undefined);
      if (fallen === undefined || !table.isLive(fallen[0])) return undefined;
      return { ...table.identity(fallen[0]), value: fallen[1] };
    },
    *keepGauges() {
      const [cadence] = cadences;
      if (cadence === undefined) return [];
      return yield* keptGauges(table, yield* cadence.valuesNow(), aliveMs, renames ? origins : undefined);
    },
    restoreGauge,
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
