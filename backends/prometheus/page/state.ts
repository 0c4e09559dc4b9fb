import { hashText } from '../../../src/kit/hash.ts';
import { inParts, inSlices, type Steps } from '../../../src/kit/slices.ts';
import { sameTags, tagsWithHost } from '../../../src/kit/tags.ts';
import type { BackendContext, MetricType, Observer, Series, Window } from '../../../src/plugin.ts';
import type { Stays } from '../config.ts';
import { escapeName, labeller, labelNamesOf, type NameStyle, pairer } from '../naming.ts';
import { createObserved, mergeObserved, type Observed, observe } from '../observers/observer.ts';
import { type Conflicts, createConflicts, type Refusal } from './conflicts.ts';
import { keepExemplars } from './exemplars.ts';
import { type Group, groupOf, isObserver, isReservedName, SET, SUMMARY, typeNames } from './family.ts';
import { isOwn, isUtf8, labelTags, type Named, refusalOf, typeOfGroup, unitOf } from './series.ts';
import { createTable, type Table } from './table.ts';

/** Series that are added before other work may go on: 1 ms, and 4 where all are new. */
const AT_ONCE = 512;

/** Milliseconds for which quantiles are shown as they were. */
const AGEING_MS = 10_000;

/** Rows behind the last one among which a series is looked for before it is looked up. */
const NEAR = 8;

export interface StateOptions extends Stays {
  readonly prefix: string;
  readonly names: NameStyle;
  /** What becomes of timers, histograms and distributions of which no rule says anything. */
  readonly observer: Observer;
  readonly maxSeries: number;
}

/** What the page shows: the windows so far, folded into one. */
export interface State {
  /** Milliseconds of all windows so far: the clock that `seenMs` of rows is of. */
  readonly ageMs: number;
  /** Unix time in milliseconds at which the last window ended; 0 before the first. */
  readonly endMs: number;
  readonly table: Table;
  /** Changes when anything does that is shown of series that are not statsdrain's own. */
  readonly version: string;
  /** The end of the last window with sets, by the same clock. */
  readonly setsMs: number;
  readonly conflicts: Conflicts;
  /** Keeps these sample names for others; families of their names are refused. */
  reserve(names: Iterable<string>): void;
  /** What was kept of a series. False where it would have left the page since, or finds no place on it. */
  restore(kept: KeptRow): boolean;
  /** Adds a window. Lets other work in between: the state is whole again when it resolves. */
  fold(window: Window): Promise<void>;
  /** Told of each series that leaves the page, before it does. */
  onExpired(told: (row: number) => void): void;
}

/** A series as it was before the start. */
export interface KeptRow {
  readonly type: MetricType;
  readonly name: string;
  readonly tags: readonly string[];
  /** As on the page: times in seconds. */
  readonly value: number;
  /** 0 of what has none. */
  readonly count: number;
  /** Milliseconds. */
  readonly idleMs: number;
  readonly ttlMs: number;
  /** Unix time in milliseconds; undefined where it is not known. */
  readonly createdMs: number | undefined;
  readonly help: string;
  /** Of timers and the like: what becomes of them, and what has. */
  readonly observer?: Observer | undefined;
  readonly observed?: Observed | undefined;
}

interface Refused {
  readonly reason: Refusal;
  readonly owner?: string;
}

export function createState(options: StateOptions, context: Pick<BackendContext, 'log' | 'lost' | 'ownMetric'>): State {
  const table = createTable();
  const conflicts = createConflicts(context.log);
  const labelText = labeller(options.names);
  const pairsOf = pairer(options.names);
  let expired: (row: number) => void = () => undefined;
  let ageMs = 0;
  let startMs = 0;
  let endMs = 0;
  let windows = 0;
  /** The row of the series before; -1 at the start of a window. */
  let previous = -1;
  let ownSeries = 0;
  /** Families that came with this window, with the order in which the first of their series did. */
  const openedIn = new Map<number, number>();
  let changes = 0;
  /** `ageMs` when something was restored last: what was not seen since is as it was kept. */
  let restoredMs = Number.NEGATIVE_INFINITY;
  let setsMs = 0;
  /** Whether there is a summary, of which values leave. */
  let hasSummaries = false;
  let hasSets = false;
  /** Whether any series may leave the page. */
  let hasMortal = false;

  function isRow(row: number, group: Group, series: Named): boolean {
    const { rows } = table;
    const isNamed = rows.names[row] === series.name && rows.groups[row] === group;
    return isNamed && sameTags(rows.tags[row]!, tagsWithHost(series));
  }

  /**
   * Windows list their series in a stable order, so that most are found where they are expected: 30 ns instead of 500
   * for escaping and looking up the name. -1 where that fails.
   */
  function expected(group: Group, series: Series): number {
    const { rows } = table;
    const likely = previous < 0 ? 0 : rows.follows[previous]!;
    if (likely < rows.length && isRow(likely, group, series)) return likely;
    const end = Math.min(previous + 1 + NEAR, rows.length);
    for (let row = previous + 1; row < end; row++) if (isRow(row, group, series)) return row;
    return -1;
  }

  function observerOf({ rule }: Pick<Series, 'rule'>): Observer {
    return rule?.observer ?? options.observer;
  }

  function groupFor(series: Pick<Series, 'type' | 'rule'>): Group {
    return groupOf(series.type, observerOf(series).kind);
  }

  function familyNameOf(series: Named): string {
    return isOwn(series.name) ? ownFamilyName(series) : nameOf(series.name);
  }

  function nameOf(name: string): string {
    return options.names === 'utf-8' ? options.prefix + name : escapeName(options.prefix + name);
  }

  /** `isKept`: what its values become is what was asked for before the start, and says nothing about others. */
  function find(group: Group, series: Named, isKept = false): number | Refused {
    const { name } = series;
    const tags = tagsWithHost(series);
    const own = isOwn(name);
    const familyName = familyNameOf(series);
    if (!own && !isUtf8(series)) return { reason: 'not_utf8' };
    const labels = labelText(labelTags(series));
    const hash = hashText(familyName);
    let family = table.families.find(familyName, hash);
    const isFamily = family >= 0 && table.families.group(family) === group;
    const row = isFamily ? table.find(family, labels) : -1;
    if (row >= 0) {
      table.rows.names[row] = name;
      table.rows.tags[row] = tags;
      return row;
    }
    if (!own && isReservedName(familyName)) return { reason: 'reserved_name' };
    // What tells that the page is full must find room on it.
    if (!own && table.size - ownSeries >= options.maxSeries) return { reason: 'too_many_series' };
    if (!isFamily) {
      const refused = refusedFamily(family, familyName, hash, group, series);
      if (refused !== undefined) return refused;
      family = table.families.open(familyName, hash, group);
      // One that is known to the view is older than all that are new.
      openedIn.set(family, series.seenOrder ?? Number.NEGATIVE_INFINITY);
    } else if ((series.seenOrder ?? Number.NEGATIVE_INFINITY) < (openedIn.get(family) ?? Number.NEGATIVE_INFINITY)) {
      openedIn.set(family, series.seenOrder ?? Number.NEGATIVE_INFINITY);
    }
    const help = own ? context.ownMetric(name)?.meaning : series.rule?.help;
    if (help !== undefined && help !== '') table.families.setHelp(family, help);
    if (own) ownSeries++;
    hasSummaries ||= group === SUMMARY;
    hasSets ||= group === SET;
    const added = table.add(
      family,
      name,
      tags,
      labels,
      isObserver(group) ? createObserved(isKept ? observerOf(series) : agreedObserver(family, series)) : undefined,
    );
    table.rows.createdMs[added] = startMs;
    return added;
  }

  /**
   * Takes the family of the name of a series from the page where its values were a summary before the start and are a histogram by what is
   * configured now, or the other way round: else they were refused for good. False, and nothing is done, where it is no such family.
   */
  function removeOutdated(group: Group, series: Named): boolean {
    const { families, rows } = table;
    const name = familyNameOf(series);
    const family = families.find(name, hashText(name));
    if (!isObserver(group) || family < 0 || !families.isOpen(family)) return false;
    const before = families.group(family);
    if (before === group || !isObserver(before)) return false;
    const kept: number[] = [];
    for (let row = table.firstRow(family) - 1; row >= 0; row = rows.next[row]! - 1) {
      if (rows.names[row] === undefined) continue;
      if (rows.seenMs[row]! > restoredMs) return false;
      kept.push(row);
    }
    for (const row of kept) remove(row);
    return true;
  }

  function agreedObserver(family: number, series: Named): Observer {
    return table.families.observerOf(family, labelNamesOf(pairsOf(labelTags(series))), observerOf(series));
  }

  /** What was kept goes on as what is asked for now; where it does not tell that, such as by other buckets, it begins anew. */
  function renewObserved(row: number, series: Named): void {
    const { rows } = table;
    const place = rows.places[row]!;
    const kept = rows.observed[place]!;
    const observer = agreedObserver(rows.families[row]!, series);
    const options = kept.kind === 'summary' ? kept.summary.options : kept.options;
    if (JSON.stringify(options) === JSON.stringify(observer)) return;
    const observed = createObserved(observer);
    rows.observed[place] = observed;
    if (mergeObserved(observed, kept, ageMs)) return;
    rows.values[row] = 0;
    rows.counts[place] = 0;
    rows.createdMs[row] = startMs;
  }

  /**
   * Why there cannot be a family of this name and group; `family` is the one that has the name. Who came first has it: windows list series by
   * type, so that one that came later may have been added before.
   */
  function refusedFamily(family: number, name: string, hash: number, group: Group, series: Named): Refused | undefined {
    const { families } = table;
    for (let owner = family, tries = 0; ; tries++) {
      const conflict = owner >= 0 ? { owner } : families.conflict(name, hash, group);
      if (conflict === undefined) return undefined;
      if (typeof conflict === 'string') return { reason: conflict };
      if (!families.isOpen(conflict.owner)) return { reason: families.ownerOf(conflict.owner) };
      const order = openedIn.get(conflict.owner);
      const isEarlier = order !== undefined && series.seenOrder !== undefined && series.seenOrder < order;
      // A family has three sample names at the most besides its own.
      if (!isEarlier || tries > 3) return { reason: 'type_conflict', owner: typeNames[families.group(conflict.owner)] };
      giveUp(conflict.owner, series);
      owner = -1;
    }
  }

  /** Takes a family from the page that came with this window, and after the one of this series. */
  function giveUp(family: number, { type, rule }: Named): void {
    const { rows } = table;
    const owner = typeNames[groupFor({ type, ...(rule && { rule }) })];
    for (let row = table.firstRow(family) - 1; row >= 0; row = rows.next[row]! - 1) {
      if (rows.names[row] === undefined) continue;
      const refused = { type: typeOfGroup[rows.groups[row] as Group], name: table.families.names[family]! };
      context.lost('type_conflict', 1);
      conflicts.refused({ ...refused, reason: 'type_conflict', owner }, endMs);
      remove(row);
    }
    openedIn.delete(family);
    previous = -1;
  }

  /** Names of statsdrain's own series follow Prometheus' conventions: counters end in `_total`, times are in seconds. */
  function ownFamilyName({ name, type }: Pick<Series, 'type' | 'name'>): string {
    const unit = context.ownMetric(name)?.unit === 'milliseconds' ? '.seconds' : '';
    return escapeName(`${name}${unit}${type === 'counter' ? '.total' : ''}`);
  }

  function refuse(series: Series, refused: Refused): void {
    context.lost(refused.reason, 1);
    // What was sent as a histogram may be a summary here, and no histogram refuses another one.
    const type = refused.owner === series.type ? typeNames[groupFor(series)] : series.type;
    conflicts.refused({ ...refused, name: familyNameOf(series), type }, endMs);
  }

  function add(series: Series): void {
    // One that is held is on the page, or has left it, but for a gauge from before the start.
    const isHeld = !series.updated;
    if (isHeld && (series.type !== 'gauge' || windows > 1)) return;
    const refused = refusalOf(series);
    if (refused !== undefined) {
      refuse(series, { reason: refused });
      return;
    }
    const group = groupFor(series);
    const { length } = table.rows;
    let row: number | Refused = expected(group, series);
    if (row === -1) {
      row = find(group, series);
      if (typeof row !== 'number' && row.reason === 'type_conflict' && removeOutdated(group, series))
        row = find(group, series);
      if (typeof row === 'number' && previous >= 0) table.rows.follows[previous] = row;
    }
    if (typeof row !== 'number') {
      refuse(series, row);
      return;
    }
    previous = row;
    if (isHeld && row < length) return;
    update(row, series);
  }

  function ownScale(name: string): number {
    return context.ownMetric(name)?.unit === 'milliseconds' ? 1000 : 1;
  }

  /** Series whose names and tags look the same on the page are one: counts and sums add up, a gauge is the last one's. */
  function update(row: number, series: Series): void {
    const { rows } = table;
    const isAlsoHere = rows.seenMs[row] === ageMs;
    if (!isOwn(series.name)) changes++;
    const isKept = rows.seenMs[row]! <= restoredMs;
    rows.seenMs[row] = ageMs;
    const ttl = ttlOf(series);
    rows.ttls[row] = ttl;
    hasMortal ||= ttl < Number.POSITIVE_INFINITY;
    switch (series.type) {
      case 'counter':
        rows.values[row] = rows.values[row]! + series.value;
        keepExemplars(rows, row, series, 1, endMs);
        return;
      case 'gauge': {
        const { setMs = Number.NEGATIVE_INFINITY } = series;
        // Of two that look alike the one that was set last.
        if (isAlsoHere && setMs < rows.setMs[row]!) return;
        rows.setMs[row] = setMs;
        rows.values[row] = isOwn(series.name) ? series.value / ownScale(series.name) : series.value;
        return;
      }
      case 'set':
        // Members of sets that look alike were counted apart, and may be the same.
        rows.values[row] = isAlsoHere ? Math.max(series.value, rows.values[row]!) : series.value;
        return;
      case 'timer':
      case 'histogram':
      case 'distribution': {
        const { count, sum } = series.statistics;
        const unit = unitOf[series.type];
        const place = rows.places[row]!;
        if (isKept) renewObserved(row, series);
        rows.values[row] = rows.values[row]! + sum / unit;
        rows.counts[place] = rows.counts[place]! + count;
        observe(rows.observed[place]!, series, unit, ageMs);
        keepExemplars(rows, row, series, unit, endMs);
        return;
      }
      default:
        series satisfies never;
    }
  }

  function ttlOf({ type, name, rule }: Series): number {
    if (isOwn(name)) return Number.POSITIVE_INFINITY;
    return rule?.ttlMs ?? (type === 'gauge' || type === 'set' ? options.gaugeTtl : options.ttl);
  }

  function remove(row: number): void {
    expired(row);
    changes++;
    if (isOwn(table.rows.names[row]!)) ownSeries--;
    table.remove(row);
  }

  function* dropExpired(): Steps<void> {
    if (!hasMortal) return;
    const { rows } = table;
    yield* inParts(rows.length, AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        if (rows.ttls[row]! < ageMs - rows.seenMs[row]! || rows.ttls[row]! <= 0) remove(row);
      }
    });
    yield* table.compact();
  }

  function* foldSteps(window: Window): Steps<void> {
    ageMs += window.endMs - window.startMs;
    if (window.setsGoOn !== true) {
      setsMs = ageMs;
      if (hasSets) changes++;
    }
    ({ startMs, endMs } = window);
    windows++;
    previous = -1;
    openedIn.clear();
    let steps = 0;
    for (const series of window.series) {
      add(series);
      if (++steps % AT_ONCE !== 0) continue;
      table.rows.makeRoom();
      yield;
    }
    for (const point of window.points) {
      // What was sent with a time of its own counts as if it had been sent now: a page has no other time.
      add({ ...point, updated: true, ...(point.type === 'counter' ? { rate: 0 } : {}) } as Series);
      if (++steps % AT_ONCE === 0) yield;
    }
    const unsupported = window.events.length + window.serviceChecks.length;
    if (unsupported > 0) context.lost('unsupported', unsupported);
    yield* dropExpired();
  }

  return {
    table,
    conflicts,
    get version() {
      return `${changes} ${hasSummaries ? Math.floor(ageMs / AGEING_MS) : 0}`;
    },
    get setsMs() {
      return setsMs;
    },
    get ageMs() {
      return ageMs;
    },
    get endMs() {
      return endMs;
    },
    reserve(names) {
      for (const name of names) table.families.reserve(name);
    },
    restore(kept) {
      if (kept.idleMs > kept.ttlMs) return false;
      const { rows } = table;
      const { length } = rows;
      const rule = { help: kept.help, ...(kept.observer && { observer: kept.observer }) };
      changes++;
      restoredMs = ageMs;
      const row = find(groupFor({ type: kept.type, rule }), { ...kept, rule }, true);
      if (typeof row !== 'number') return false;
      const isNew = row === length;
      const seenMs = ageMs - kept.idleMs;
      rows.seenMs[row] = isNew ? seenMs : Math.max(seenMs, rows.seenMs[row]!);
      rows.ttls[row] = kept.ttlMs;
      hasMortal ||= kept.ttlMs < Number.POSITIVE_INFINITY;
      if (kept.createdMs !== undefined) rows.createdMs[row] = kept.createdMs;
      if (kept.type === 'gauge' || kept.type === 'set') {
        if (isNew) rows.values[row] = kept.value;
        return true;
      }
      rows.values[row] = rows.values[row]! + kept.value;
      if (!isObserver(rows.groups[row] as Group)) return true;
      const place = rows.places[row]!;
      rows.counts[place] = rows.counts[place]! + kept.count;
      if (kept.observed !== undefined) mergeObserved(rows.observed[place]!, kept.observed, ageMs);
      return true;
    },
    fold: (window) => inSlices(foldSteps(window)),
    onExpired(told) {
      expired = told;
    },
  };
}
