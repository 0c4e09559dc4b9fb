import { setImmediate } from 'node:timers/promises';
import { type BackendContext, SELF_PREFIX, type Series, type Window } from '../../src/plugin.ts';
import { type Family, type FamilySeries, type Group, groupOf, sampleNames } from './family.ts';
import { escapeName, labelText } from './naming.ts';

/** Series between two pauses: 1 ms, or 7 ms when all are new. */
const SLICE = 1000;

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
  /** End of the last window, Unix milliseconds. */
  readonly endMs: number;
  readonly families: Iterable<Family>;
  /** Keeps these sample names for others; families of their names are refused. */
  reserve(names: Iterable<string>): void;
  /** Adds a window. Lets other work in between: the state is whole again when it resolves. */
  fold(window: Window): Promise<void>;
}

type Refusal = 'type_conflict' | 'reserved_name' | 'too_many_series' | 'negative' | 'not_finite';

export function createState(options: StateOptions, context: Pick<BackendContext, 'log' | 'lost'>): State {
  const families = new Map<string, Family>();
  const owners = new Map<string, Family | 'reserved'>();
  /** Series by name as sent, then by tags as sent: saves the escaping of all but new ones. */
  const known = new Map<string, Map<string, FamilySeries>>();
  const logged = new Set<string>();
  let knownCount = 0;
  let endMs = 0;

  const openFamily = (name: string, group: Group): Family | 'type_conflict' | 'reserved_name' => {
    const present = families.get(name);
    if (present !== undefined) return present.group === group ? present : 'type_conflict';
    const names = sampleNames(name, group);
    for (const one of names) {
      const owner = owners.get(one);
      if (owner !== undefined) return owner === 'reserved' ? 'reserved_name' : 'type_conflict';
    }
    const family: Family =
      group === 'summary' ? { name, group, series: new Map() } : { name, group, series: new Map() };
    families.set(name, family);
    for (const one of names) owners.set(one, family);
    return family;
  };

  const closeFamily = (family: Family) => {
    families.delete(family.name);
    for (const one of sampleNames(family.name, family.group)) owners.delete(one);
  };

  const find = (series: Series): FamilySeries | Refusal => {
    const group = groupOf(series.type);
    const tags = series.tags.join('\n');
    let byTags = known.get(series.name);
    const found = byTags?.get(tags);
    if (found?.family.group === group) return found;
    if (knownCount >= options.maxSeries) return 'too_many_series';
    const family = openFamily(familyName(series, options.prefix), group);
    if (typeof family === 'string') return family;
    const entry = openSeries(family, labelText(series.tags));
    if (byTags === undefined) {
      byTags = new Map();
      known.set(series.name, byTags);
    }
    byTags.set(tags, entry);
    knownCount++;
    return entry;
  };

  const add = (series: Series) => {
    const entry = unusable(series) ?? find(series);
    if (typeof entry === 'string') {
      context.lost(entry, 1);
      if (entry === 'type_conflict' || entry === 'reserved_name') tell(series);
      return;
    }
    entry.seenMs = endMs;
    update(entry, series, options.quantiles, endMs);
  };

  const tell = (series: Series) => {
    if (logged.size >= MAX_LOGGED || logged.has(series.name)) return;
    logged.add(series.name);
    const name = JSON.stringify(series.name.slice(0, 128));
    context.log.warn(`${series.type} ${name} is refused: its name on the page belongs to a metric of another type`);
  };

  const dropExpired = async () => {
    let steps = 0;
    for (const [name, byTags] of known) {
      for (const [tags, entry] of byTags) {
        if (++steps % (SLICE * 10) === 0) await setImmediate();
        if (entry.seenMs + options.expire >= endMs) continue;
        byTags.delete(tags);
        knownCount--;
        const { family, labels } = entry;
        family.series.delete(labels);
        if (family.series.size === 0 && families.get(family.name) === family) closeFamily(family);
      }
      if (byTags.size === 0) known.delete(name);
    }
  };

  return {
    get endMs() {
      return endMs;
    },
    get families() {
      return families.values();
    },
    reserve(names) {
      for (const name of names) owners.set(name, 'reserved');
    },
    async fold(window) {
      endMs = window.endMs;
      let steps = 0;
      for (const series of window.series) {
        add(series);
        if (++steps % SLICE === 0) await setImmediate();
      }
      const unsupported = window.events.length + window.serviceChecks.length;
      if (unsupported > 0) context.lost('unsupported', unsupported);
      await dropExpired();
    },
  };
}

/** Why a series can be no part of a sum: one such value would spoil it for good. */
function unusable(series: Series): 'negative' | 'not_finite' | undefined {
  if (series.type === 'counter') {
    if (!Number.isFinite(series.value)) return 'not_finite';
    return series.value < 0 ? 'negative' : undefined;
  }
  if (series.type === 'gauge' || series.type === 'set') return undefined;
  const { count, sum } = series.statistics;
  return Number.isFinite(count) && Number.isFinite(sum) ? undefined : 'not_finite';
}

function openSeries(family: Family, labels: string): FamilySeries {
  const present = family.series.get(labels);
  if (present !== undefined) return present;
  if (family.group === 'summary') {
    const entry = { family, labels, seenMs: 0, sum: 0, count: 0, quantiles: [], sampledMs: 0 };
    family.series.set(labels, entry);
    return entry;
  }
  const entry = { family, labels, seenMs: 0, value: 0 };
  family.series.set(labels, entry);
  return entry;
}

/** Series whose names and tags look the same on the page are one: counts and sums add up, the rest is the last one's. */
function update(entry: FamilySeries, series: Series, quantiles: readonly number[], endMs: number): void {
  switch (series.type) {
    case 'counter':
      if ('value' in entry) entry.value += series.value;
      return;
    case 'gauge':
    case 'set':
      if ('value' in entry) entry.value = series.value;
      return;
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const { count, sum } = series.statistics;
      if ('value' in entry || count === 0) return;
      const scale = series.type === 'timer' ? 1000 : 1;
      entry.sum += sum / scale;
      entry.count += count;
      entry.quantiles = quantiles.map((q) => series.quantile(q) / scale);
      entry.sampledMs = endMs;
      return;
    }
    default:
      series satisfies never;
  }
}

/** Names are those of the senders; statsdrain's own follow Prometheus' conventions, so its counters end in `_total`. */
function familyName({ name, type }: Series, prefix: string): string {
  if (!name.startsWith(SELF_PREFIX)) return escapeName(prefix + name);
  return escapeName(type === 'counter' ? `${name}.total` : name);
}
