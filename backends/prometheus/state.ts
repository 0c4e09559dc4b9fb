import { hashText } from '../../src/kit/hash.ts';
import { inParts, inSlices, type Steps } from '../../src/kit/slices.ts';
import { sameTags, tagsWithHost } from '../../src/kit/tags.ts';
import { type BackendContext, SELF_PREFIX, type Series, type Window } from '../../src/plugin.ts';
import { type Conflict, type Group, groupOf } from './family.ts';
import { escapeName, labeller } from './naming.ts';
import { createTable, type Table } from './table.ts';

/** Series, or rows of the page, that are looked at before other work may go on: 1 ms where all are new. */
const AT_ONCE = 512;

/** Rows behind the last one among which a series is looked for before it is looked up. */
const NEAR = 8;

/** Conflicting names that are logged; the others are only counted. */
const MAX_LOGGED = 100;

export interface StateOptions {
  readonly prefix: string;
  readonly quantiles: readonly number[];
  /** Milliseconds. */
  readonly expire: number;
  readonly maxSeries: number;
}

/** What the page shows: the windows so far, folded into one. */
export interface State {
  /** Milliseconds of all windows so far: the clock that `seenMs` and `sampledMs` of rows are of. */
  readonly ageMs: number;
  readonly table: Table;
  /** HELP of a family of statsdrain's own; undefined for all others. */
  helpOf(family: string): string | undefined;
  /** Keeps these sample names for others; families of their names are refused. */
  reserve(names: Iterable<string>): void;
  /**
   * A sum from before the start, of a series that was in no window for `idleMs`: that of a counter, or of a summary with its count. False where
   * it would have left the page since, or finds no place on it.
   */
  restore(kept: KeptSum): boolean;
  /** Adds a window. Lets other work in between: the state is whole again when it resolves. */
  fold(window: Window): Promise<void>;
}

/** What adds up on the page: a counter, or the sum and the count of a summary. */
export interface KeptSum {
  readonly type: 'counter' | 'timer';
  readonly name: string;
  readonly tags: readonly string[];
  /** As on the page: times in seconds. */
  readonly value: number;
  /** 0 of a counter. */
  readonly count: number;
  /** Milliseconds. */
  readonly idleMs: number;
}

type Refusal = Conflict | 'too_many_series' | 'negative' | 'not_finite';

export function createState(options: StateOptions, context: Pick<BackendContext, 'log' | 'lost' | 'ownMetric'>): State {
  const { quantiles } = options;
  const table = createTable(quantiles.length);
  const labelText = labeller();
  const logged = new Set<string>();
  const helps = new Map<string, string>();
  let ageMs = 0;
  /** The row of the series before; -1 at the start of a window. */
  let previous = -1;

  function isRow(row: number, group: Group, series: Series): boolean {
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

  function find(group: Group, series: Pick<Series, 'type' | 'name' | 'tags' | 'host'>): number | Refusal {
    const { name } = series;
    const tags = tagsWithHost(series);
    const own = isOwn(name) ? ownFamily(series) : undefined;
    const familyName = own ?? escapeName(options.prefix + name);
    const labels = labelText(tags);
    const hash = hashText(familyName);
    let family = table.families.find(familyName, hash);
    const isFamily = family >= 0 && table.families.group(family) === group;
    const row = isFamily ? table.find(family, labels) : -1;
    if (row >= 0) {
      table.rows.names[row] = name;
      table.rows.tags[row] = tags;
      return row;
    }
    // What tells that the page is full must find room on it.
    if (table.size >= options.maxSeries && own === undefined) return 'too_many_series';
    if (!isFamily) {
      const { families } = table;
      const refusal = family >= 0 ? families.ownerOf(family) : families.conflict(familyName, hash, group);
      if (refusal !== undefined) return refusal;
      family = families.open(familyName, hash, group);
    }
    return table.add(family, name, tags, labels);
  }

  /** Names of statsdrain's own series follow Prometheus' conventions: counters end in `_total`, times are in seconds. */
  function ownFamily({ name, type }: Pick<Series, 'type' | 'name'>): string {
    const known = context.ownMetric(name);
    const unit = known?.unit === 'milliseconds' ? '.seconds' : '';
    const family = escapeName(`${name}${unit}${type === 'counter' ? '.total' : ''}`);
    if (known !== undefined) helps.set(family, known.meaning);
    return family;
  }

  function add(series: Series): void {
    const group = groupOf(series.type);
    let row: number | Refusal = refusalOf(series) ?? expected(group, series);
    if (row === -1) {
      row = find(group, series);
      if (typeof row === 'number' && previous >= 0) table.rows.follows[previous] = row;
    }
    if (typeof row === 'string') {
      context.lost(row, 1);
      if (row === 'type_conflict' || row === 'reserved_name') tell(series);
      return;
    }
    previous = row;
    table.rows.seenMs[row] = ageMs;
    update(row, series);
  }

  function tell(series: Series): void {
    if (logged.size >= MAX_LOGGED || logged.has(series.name)) return;
    logged.add(series.name);
    const name = JSON.stringify(series.name.slice(0, 128));
    context.log.warn(`${series.type} ${name} is refused: its name on the page belongs to a metric of another type`);
  }

  function ownScale(name: string): number {
    return context.ownMetric(name)?.unit === 'milliseconds' ? 1000 : 1;
  }

  /** Series whose names and tags look the same on the page are one: counts and sums add up, the rest is the last one's. */
  function update(row: number, series: Series): void {
    const { rows } = table;
    switch (series.type) {
      case 'counter':
        rows.values[row] = rows.values[row]! + series.value;
        return;
      case 'gauge':
      case 'set':
        rows.values[row] = isOwn(series.name) ? series.value / ownScale(series.name) : series.value;
        return;
      case 'timer':
      case 'histogram':
      case 'distribution': {
        const { count, sum } = series.statistics;
        if (count === 0) return;
        const scale = UNITS[series.type];
        const place = rows.places[row]!;
        rows.values[row] = rows.values[row]! + sum / scale;
        rows.counts[place] = rows.counts[place]! + count;
        rows.sampledMs[place] = ageMs;
        for (let i = 0; i < quantiles.length; i++) {
          rows.quantiles[place * quantiles.length + i] = series.quantile(quantiles[i]!) / scale;
        }
        return;
      }
      default:
        series satisfies never;
    }
  }

  function* dropExpired(): Steps<void> {
    const { rows } = table;
    yield* inParts(rows.length, AT_ONCE, (from, to) => {
      for (let row = from; row < to; row++) {
        if (rows.seenMs[row]! + options.expire < ageMs) table.remove(row);
      }
    });
    yield* table.compact();
  }

  function* foldSteps(window: Window): Steps<void> {
    ageMs += window.endMs - window.startMs;
    previous = -1;
    let steps = 0;
    for (const series of window.series) {
      add(series);
      if (++steps % AT_ONCE !== 0) continue;
      table.rows.makeRoom();
      yield;
    }
    const unsupported = window.points.length + window.events.length + window.serviceChecks.length;
    if (unsupported > 0) context.lost('unsupported', unsupported);
    yield* dropExpired();
  }

  return {
    table,
    helpOf: (family) => helps.get(family),
    get ageMs() {
      return ageMs;
    },
    reserve(names) {
      for (const name of names) table.families.reserve(name);
    },
    restore(kept) {
      if (kept.idleMs > options.expire) return false;
      const { rows } = table;
      const { length } = rows;
      const row = find(groupOf(kept.type), kept);
      if (typeof row === 'string') return false;
      const seenMs = ageMs - kept.idleMs;
      rows.seenMs[row] = row < length ? Math.max(seenMs, rows.seenMs[row]!) : seenMs;
      rows.values[row] = rows.values[row]! + kept.value;
      if (kept.type === 'timer') {
        const place = rows.places[row]!;
        rows.counts[place] = rows.counts[place]! + kept.count;
      }
      return true;
    },
    fold: (window) => inSlices(foldSteps(window)),
  };
}

/** Of the values that a summary is made of: how many are one on the page, where times are seconds. */
const UNITS: Readonly<Record<Extract<Series, { statistics: unknown }>['type'], number>> = {
  timer: 1000,
  histogram: 1,
  distribution: 1,
};

/** Why a series can be no part of a sum: one such value would spoil it for good. */
function refusalOf(series: Series): 'negative' | 'not_finite' | undefined {
  switch (series.type) {
    case 'counter':
      if (!Number.isFinite(series.value)) return 'not_finite';
      return series.value < 0 ? 'negative' : undefined;
    case 'gauge':
    case 'set':
      return undefined;
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const { count, sum } = series.statistics;
      return Number.isFinite(count) && Number.isFinite(sum) ? undefined : 'not_finite';
    }
    default:
      return series satisfies never;
  }
}

function isOwn(name: string): boolean {
  return name.startsWith(SELF_PREFIX);
}
