import type { Settings } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { seriesKeyBytes } from '../partial/key-shares.ts';
import { learnKeys, numbersOf, type Section } from '../partial/keys.ts';
import { checkVersion, type Partial } from '../partial/partial.ts';
import type { MetricType, Window } from '../plugin.ts';
import { type COUNTERS, GAUGES, type SETS, STATSD_KEY, TIMERS } from '../protocol/codes.ts';
import { type Identity, identify, identifyStatsd } from '../protocol/identity.ts';
import { metricTypes, rowKindOf, type TypeOfKind, typeCode } from '../protocol/types.ts';
import { mergeAccounts } from './account.ts';
import { type SeriesColumns, type ValueColumn, windowOf } from './columns.ts';
import { elapsedOf } from './elapsed.ts';
import { createFolds } from './folds.ts';
import { type LimitState, limitStateOf } from './limit-state.ts';
import { createSeriesTable, NO_SERIES } from './series-table.ts';
import { createSetMerge, type SetInput } from './set-merge.ts';
import { createTimerMerge, type TimerInput } from './timer-merge.ts';

/** One of statsdrain's own series. */
export interface OwnSample extends Identity {
  readonly type: Extract<MetricType, 'counter' | 'gauge'>;
  readonly value: number;
}

/** What the merge can tell about itself. */
export interface MergeState {
  /** Series in the table. */
  readonly series: number;
  /** Raw keys that were used in this window and share an overflow series. Those that shards refused are estimated. */
  readonly folded: number;
  /** Bytes of memory that names and tags take. */
  readonly bytes: number;
  readonly limits: LimitState;
}

type Input = TimerInput & SetInput & { readonly gaugeSeries: Uint32Array };

const timerTypes = metricTypes.filter((type) => rowKindOf(type) === TIMERS);

/** Merges the partials of all shards into windows. Holds what lasts longer than a window: names, and idle series. */
export interface Merger {
  /**
   * The window `[startMs, endMs)`, or as long before `endMs` as it took. `partials` are of any shards and may include late ones of earlier windows; those of
   * one shard come in the order in which it handed them over, since a key's name crosses once.
   * Throws on a partial of another version.
   */
  merge(partials: readonly Partial[], startMs: number, endMs: number, own: (state: MergeState) => OwnSample[]): Window;
  setSettings(settings: Settings): void;
}

/** `onShrink` is called when much memory was let go. */
export function createMerger(first: Settings, onShrink: () => void = () => undefined): Merger {
  let settings = first;
  const table = createSeriesTable(settings.limits, settings.expire, {
    keyBytes: seriesKeyBytes(settings),
    forgotten,
  });
  const folds = createFolds(table);
  const timers = createTimerMerge();
  const sets = createSetMerge();
  /** By shard: key id to series. */
  const seriesByKey: (Uint32Array | undefined)[] = [];

  /** By series: the window that touched it last; counter's sum or gauge's value; when the gauge was set. */
  let marks = new Uint32Array(1024);
  let values = new Float64Array(1024);
  let setAt = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);
  let window = 0;
  /** Milliseconds of all windows up to the end of this one: series are idle by a clock that nobody sets. */
  let aliveMs = 0;

  function forgotten(series: number): void {
    values[series] = 0;
    setAt[series] = Number.NEGATIVE_INFINITY;
  }

  function fitColumns(): void {
    if (table.limit <= marks.length) return;
    const before = marks.length;
    marks = grown(marks, table.limit);
    values = grown(values, table.limit);
    setAt = grown(setAt, table.limit);
    setAt.fill(Number.NEGATIVE_INFINITY, before);
  }

  function learn(partial: Partial): Uint32Array {
    const sanitize = settings.statsd?.keyNameSanitize ?? true;
    const known = seriesByKey[partial.shard] ?? new Uint32Array(1024);
    const map = learnKeys(partial.keys, known, (type, bytes, nameStart, nameEnd, tagEnd) => {
      const identity =
        (type & STATSD_KEY) === 0
          ? identify(bytes, nameStart, nameEnd, tagEnd)
          : identifyStatsd(bytes, nameStart, nameEnd, tagEnd, sanitize);
      const series = table.resolve(type & ~STATSD_KEY, identity, tagEnd - nameStart);
      table.retain(series);
      return series;
    });
    seriesByKey[partial.shard] = map;
    fitColumns();
    return map;
  }

  /** True when this is the first that the window sees of the series. */
  function touch(series: number): boolean {
    if (marks[series] === window) return false;
    marks[series] = window;
    table.update(series, aliveMs);
    return true;
  }

  function touchAll(all: Uint32Array): void {
    for (let row = 0; row < all.length; row++) touch(all[row]!);
  }

  function addCounters({ counters }: Partial, counterSeries: Uint32Array): void {
    for (let row = 0; row < counters.length; row++) {
      const series = counterSeries[row]!;
      const sum = counters.sums[row]!;
      values[series] = touch(series) ? sum : values[series]! + sum;
    }
  }

  function applyGaugeSets({ gauges }: Partial, gaugeSeries: Uint32Array): void {
    for (let row = 0; row < gauges.length; row++) {
      const series = gaugeSeries[row]!;
      touch(series);
      const at = gauges.setAt[row]!;
      if (at > setAt[series]!) {
        values[series] = gauges.values[row]!;
        setAt[series] = at;
      }
    }
  }

  /** After the sets of all partials: a delta older than the newest set was overtaken by it. */
  function applyGaugeDeltas({ gauges }: Partial, gaugeSeries: Uint32Array): void {
    for (let delta = 0; delta < gauges.deltaLength; delta++) {
      const series = gaugeSeries[gauges.deltaRows[delta]!]!;
      if (gauges.deltaAt[delta]! > setAt[series]!) values[series] = values[series]! + gauges.deltas[delta]!;
    }
  }

  function addOwn(samples: readonly OwnSample[]): void {
    for (const sample of samples) {
      const series = table.resolveOwn(typeCode(sample.type), sample);
      fitColumns();
      touch(series);
      values[series] = sample.value;
    }
  }

  /** By type code: the series of this window in the order of their numbers. Frees those that are neither used nor held. */
  function selectRows(): readonly Uint32Array[] {
    const counts = new Uint32Array(metricTypes.length);
    const selected = new Uint8Array(table.limit);
    for (let series = 0; series < table.limit; series++) {
      if (!table.isLive(series)) continue;
      if (marks[series] === window || table.isHeld(series, aliveMs)) {
        const type = table.type(series);
        selected[series] = type + 1;
        counts[type] = counts[type]! + 1;
      } else {
        table.collect(series, aliveMs);
      }
    }
    const rows = Array.from(counts, (count) => new Uint32Array(count));
    counts.fill(0);
    for (let series = 0; series < selected.length; series++) {
      const type = selected[series]! - 1;
      if (type < 0) continue;
      rows[type]![counts[type]!] = series;
      counts[type] = counts[type]! + 1;
    }
    return rows;
  }

  function updatedOf(rows: Uint32Array): Uint8Array {
    const updated = new Uint8Array(rows.length);
    for (let row = 0; row < rows.length; row++) updated[row] = marks[rows[row]!] === window ? 1 : 0;
    return updated;
  }

  /** What all columns have. */
  function baseOf(rows: Uint32Array) {
    return { identities: table.shareIdentities(), rows, updated: updatedOf(rows) };
  }

  /** An idle gauge keeps its value. */
  function valueColumn(rows: Uint32Array, kind: typeof COUNTERS | typeof GAUGES): ValueColumn {
    const base = baseOf(rows);
    const column = new Float64Array(rows.length);
    for (let row = 0; row < rows.length; row++) {
      if (kind === GAUGES || base.updated[row] === 1) column[row] = values[rows[row]!]!;
    }
    return { ...base, values: column };
  }

  /** The series of this window: to be called once, when all partials have been taken in. */
  function seriesColumns(inputs: readonly Input[]): SeriesColumns {
    const { limits, percentiles } = settings;
    const byCode = selectRows();
    const rowsOf = (type: MetricType) => byCode[typeCode(type)]!;
    const timerData = timers.build(inputs, timerTypes.map(rowsOf), table.limit, percentiles, limits);

    const numbers = (type: TypeOfKind<typeof COUNTERS | typeof GAUGES>) => valueColumn(rowsOf(type), rowKindOf(type));
    const members = (type: TypeOfKind<typeof SETS>) => ({
      ...baseOf(rowsOf(type)),
      values: sets.count(inputs, rowsOf(type), table.limit, limits),
    });
    const statistics = (type: TypeOfKind<typeof TIMERS>) => ({
      ...baseOf(rowsOf(type)),
      ...timerData[timerTypes.indexOf(type)]!,
    });
    return {
      counter: numbers('counter'),
      gauge: numbers('gauge'),
      timer: statistics('timer'),
      histogram: statistics('histogram'),
      distribution: statistics('distribution'),
      set: members('set'),
    };
  }

  /** After a burst of series: everything that is indexed by series becomes as small as they are. */
  function compact(): void {
    const renumbered = table.compact();
    if (renumbered === undefined) return;
    const before = { marks, values, setAt };
    marks = new Uint32Array(Math.max(1024, table.limit * 2));
    values = new Float64Array(marks.length);
    setAt = new Float64Array(marks.length).fill(Number.NEGATIVE_INFINITY);
    for (let series = 0; series < renumbered.length; series++) {
      const now = renumbered[series]!;
      if (now === NO_SERIES) continue;
      marks[now] = before.marks[series]!;
      values[now] = before.values[series]!;
      setAt[now] = before.setAt[series]!;
    }
    for (const [shard, map] of seriesByKey.entries())
      if (map !== undefined) seriesByKey[shard] = renumber(map, renumbered);
    onShrink();
  }

  return {
    merge(partials, startMs, endMs, own) {
      window++;
      const elapsedMs = elapsedOf(partials, Math.max(endMs - startMs, 1));
      aliveMs += elapsedMs;
      // The partials of one shard stay in the order in which they came: a key's name is in the first that uses it.
      const ordered = [...partials].sort((a, b) => a.shard - b.shard);
      const inputs = ordered.map((partial) => {
        checkVersion(partial);
        const map = learn(partial);
        // Rows are resolved at once: a later partial of this shard may give a retired id to another key.
        const seriesOf = (section: Section) => numbersOf(section, map);
        const input = {
          partial,
          gaugeSeries: seriesOf(partial.gauges),
          timerSeries: seriesOf(partial.timers),
          setSeries: seriesOf(partial.sets),
        };
        const counterSeries = seriesOf(partial.counters);
        addCounters(partial, counterSeries);
        for (const rows of [counterSeries, input.gaugeSeries, input.timerSeries, input.setSeries]) folds.count(rows);
        applyGaugeSets(partial, input.gaugeSeries);
        touchAll(input.timerSeries);
        touchAll(input.setSeries);
        for (const id of partial.retired) table.release(map[id]!);
        return input;
      });
      for (const { partial, gaugeSeries } of inputs) applyGaugeDeltas(partial, gaugeSeries);
      const { size: series, bytes } = table;
      addOwn(own({ series, folded: folds.take(ordered), bytes, limits: limitStateOf(table, partials) }));

      const columns = seriesColumns(inputs);
      const merged = windowOf({
        startMs: endMs - elapsedMs,
        endMs,
        intervalMs: settings.flushIntervalMs,
        percentiles: settings.percentiles,
        series: columns,
        goneBytes: table.takeGoneBytes(),
        events: ordered.flatMap((partial) => partial.events),
        serviceChecks: ordered.flatMap((partial) => partial.serviceChecks),
        account: mergeAccounts(ordered),
      });
      compact();
      return merged;
    },
    setSettings(next) {
      settings = next;
      table.setLimits(next.limits, next.expire, seriesKeyBytes(next));
    },
  };
}

/** Without what is behind the last key of a series that is still there. */
function renumber(map: Uint32Array, renumbered: Uint32Array): Uint32Array {
  const isLive = (series: number) => series < renumbered.length && renumbered[series] !== NO_SERIES;
  let length = map.length;
  while (length > 0 && !isLive(map[length - 1]!)) length--;
  const result = new Uint32Array(Math.max(1024, length));
  for (let id = 0; id < length; id++) if (isLive(map[id]!)) result[id] = renumbered[map[id]!]!;
  return result;
}
