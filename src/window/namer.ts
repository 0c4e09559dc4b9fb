import { sameTags } from '../kit/tags.ts';
import { type MetricType, type Naming, type RenamedSeries, SELF_PREFIX } from '../plugin.ts';
import { type Identity, named } from '../protocol/identity.ts';
import { BAD_NAME, BLOCKED } from './series-table.ts';

/** One set of rules of what series are called, see `createViews`. */
export interface ViewRules {
  /** The rules of the configuration: undefined for what they block. Absent: there are none. */
  readonly mapping?: { apply(type: MetricType, identity: Identity): Identity | undefined } | undefined;
  /** What back-ends call series. Absent: as they are called. */
  readonly naming?: Naming | undefined;
}

/** Gives what a series is called in a view, or where the samples go of what has no name there. */
export interface Namer {
  /** Of a key that was received. */
  received(type: MetricType, identity: Identity): Identity | typeof BLOCKED | typeof BAD_NAME;
  /** Of statsdrain's own series and of overflow series, to which no rule of the configuration applies. Remembers all that it was asked. */
  own(type: MetricType, identity: Identity): Identity | typeof BAD_NAME;
  /** Labels of exemplars, of what `received` was asked about last. */
  readonly exemplar: readonly string[] | undefined;
}

/** `failed` is told what `rename` threw, or that what it gave is no name. */
export function createNamer({ mapping, naming }: ViewRules, failed: (error: unknown) => void): Namer {
  const owned = new Map<string, Identity | typeof BAD_NAME>();
  let exemplar: readonly string[] | undefined;

  function renamedBy(type: MetricType, identity: Identity): Identity | typeof BAD_NAME {
    if (naming === undefined) return identity;
    try {
      const series = naming.rename(type, identity);
      if (series === undefined) return BAD_NAME;
      const given = renamed(identity, series);
      exemplar = series.exemplar;
      return given;
    } catch (error) {
      failed(error);
      return BAD_NAME;
    }
  }

  return {
    own(type, identity) {
      if (naming === undefined) return identity;
      const key = JSON.stringify([type, identity.name, ...identity.tags]);
      const known = owned.get(key) ?? renamedBy(type, identity);
      owned.set(key, known);
      return known;
    },
    get exemplar() {
      return exemplar;
    },
    received(type, identity) {
      exemplar = undefined;
      const mapped = mapping === undefined ? identity : mapping.apply(type, identity);
      // No rule, and no back-end, makes a series of what is received that passes for one of the server's own.
      if (mapped === undefined || mapped.name === '' || mapped.name.startsWith(SELF_PREFIX)) return BLOCKED;
      // Of tags that a rule has changed nobody knows the order.
      const given = renamedBy(
        type,
        mapped.sent === undefined || mapped.tags === identity.tags ? mapped : unordered(mapped),
      );
      return given !== BAD_NAME && given.name.startsWith(SELF_PREFIX) ? BAD_NAME : given;
    },
  };
}

function unordered({ sent: _, ...identity }: Identity): Identity {
  return identity;
}

/** The same object where nothing is changed: its texts may be kept elsewhere too. */
function renamed(identity: Identity, series: RenamedSeries): Identity {
  const { name, tags, host, sent, exemplar = [] } = series;
  if (typeof name !== 'string' || name === '' || !areTexts(tags) || !areTexts(exemplar)) {
    throw new TypeError(`"rename" gave no name and list of tags for ${JSON.stringify(identity.name)}`);
  }
  const ordered = tags === identity.tags ? identity.tags : inOrder(tags);
  const sameList = ordered === identity.tags || sameTags(ordered, identity.tags);
  if (name === identity.name && host === identity.host && sameList) return identity;
  // What was left as it was, while tags were changed, is the order of other tags.
  const isOrder = sent?.every((tag) => ordered.includes(tag)) === true;
  return named(name, { tags: sameList ? identity.tags : ordered, host, ...(isOrder && { sent }) }, identity.rule);
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'string');
}

function inOrder(tags: readonly string[]): readonly string[] {
  for (let at = 1; at < tags.length; at++) if (!(tags[at - 1]! < tags[at]!)) return [...new Set(tags)].sort();
  return tags;
}
