import { grown } from '../../../src/kit/grow.ts';
import { hashText } from '../../../src/kit/hash.ts';
import { createLookup } from '../../../src/kit/lookup.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import type { MetricType, Observer } from '../../../src/plugin.ts';

export const COUNTER = 1;
export const GAUGE = 2;
export const SET = 3;
export const SUMMARY = 4;
export const HISTOGRAM = 6;
/** In place of the group of a family that was closed. */
const CLOSED = 0;
/** In place of the group of a name that is kept for others. */
const RESERVED = 5;

/** StatsD types that may share a family: timers, histograms and distributions of one name are one summary, or one histogram. */
export type Group = typeof COUNTER | typeof GAUGE | typeof SET | ObserverGroup;
export type ObserverGroup = typeof SUMMARY | typeof HISTOGRAM;

/** `observer`: what becomes of the values of timers and the like. */
export function groupOf(type: MetricType, observer: Observer['kind']): Group {
  switch (type) {
    case 'counter':
      return COUNTER;
    case 'gauge':
      return GAUGE;
    case 'set':
      return SET;
    case 'timer':
    case 'histogram':
    case 'distribution':
      return observer === 'summary' ? SUMMARY : HISTOGRAM;
    default:
      return type satisfies never;
  }
}

export function isObserver(group: Group): group is ObserverGroup {
  return group === SUMMARY || group === HISTOGRAM;
}

/** As a page calls it. */
export const typeNames: Readonly<Record<Group, 'counter' | 'gauge' | 'summary' | 'histogram'>> = {
  [COUNTER]: 'counter',
  [GAUGE]: 'gauge',
  [SET]: 'gauge',
  [SUMMARY]: 'summary',
  [HISTOGRAM]: 'histogram',
};

/** The sample names that a family has besides its own. */
const suffixesOf: Readonly<Record<Group, readonly string[]>> = {
  [COUNTER]: [],
  [GAUGE]: [],
  [SET]: [],
  [SUMMARY]: ['_sum', '_count'],
  [HISTOGRAM]: ['_sum', '_count', '_bucket'],
};

export type FamilyConflict = 'type_conflict' | 'reserved_name';

const OWN_PREFIX = 'statsdrain_';

/** Names of Prometheus' own, and of the server's: whoever forged them would be believed. */
const RESERVED_NAMES = /^(?:up$|scrape_|statsdrain_)/;

export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.test(name);
}

/** Families, each all series of one name on the page, numbered in the order of their appearance. */
export interface Families {
  readonly length: number;
  readonly names: readonly string[];
  isOpen(family: number): boolean;
  /** Families of statsdrain's own series, that are open. */
  readonly own: ReadonlySet<number>;
  /** Of a family that is open. */
  group(family: number): Group;
  /** Whether an open family is called so. */
  has(name: string): boolean;
  /** The open family, or the reserved name, that this is; -1 where it is neither. `hash` is {@link hashText} of it. */
  find(name: string, hash: number): number;
  /** Why the name of what `find` gave cannot be that of another family. */
  ownerOf(family: number): FamilyConflict;
  /**
   * Why there cannot be a family of a name that `find` does not know, and whose it is: one of its sample names is one of another family,
   * or reserved. No two families share one.
   */
  conflict(name: string, hash: number, group: Group): FamilyConflict | { readonly owner: number } | undefined;
  open(name: string, hash: number, group: Group): number;
  /** HELP of the family, as the first that had some said; empty where nobody has. */
  helpOf(family: number): string;
  /** The first one stays. */
  setHelp(family: number, help: string): void;
  /** What its values become: by the names of the labels, the first one stays, since a sum over a family means nothing else. */
  observerOf(family: number, labelNames: string, observer: Observer): Observer;
  /** The name is free again; its number is not. */
  close(family: number): void;
  /** Keeps a sample name for others. */
  reserve(name: string): void;
  /** The same families, without those that were closed, and the number of each; those of the others mean nothing. */
  compacted(): Steps<{ readonly families: Families; readonly numbers: Uint32Array }>;
}

/** Families that are numbered anew before other work may go on. */
const FAMILIES_AT_ONCE = 2048;

export function createFamilies(): Families {
  const names: string[] = [];
  let groups = new Uint8Array(64);
  const byName = createLookup();
  const own = new Set<number>();
  const helps = new Map<number, string>();
  const observers = new Map<number, Map<string, Observer>>();

  /** Whether an open or reserved family is called `base + suffix`. */
  function isCalled(family: number, base: string, suffix: string): boolean {
    const name = names[family]!;
    if (groups[family] === CLOSED || name.length !== base.length + suffix.length) return false;
    return suffix === '' ? name === base : name.startsWith(base) && name.endsWith(suffix);
  }

  /** The family that is called `base + suffix`; -1 without one. `hash` is that of both. */
  function find(base: string, suffix: string, hash: number): number {
    for (let place = byName.first(hash); place >= 0; place = byName.next(place)) {
      const family = byName.at(place);
      if (isCalled(family, base, suffix)) return family;
    }
    return -1;
  }

  /** The family that has this sample name as one of its own; -1 without one. */
  function holderOf(name: string): number {
    for (const end of suffixesOf[HISTOGRAM]) {
      if (!name.endsWith(end)) continue;
      const base = name.slice(0, -end.length);
      const family = find(base, '', hashText(base));
      if (family >= 0 && suffixesOf[groups[family] as Group]?.includes(end)) return family;
    }
    return -1;
  }

  function ownerOf(family: number): FamilyConflict {
    return groups[family] === RESERVED ? 'reserved_name' : 'type_conflict';
  }

  function add(name: string, hash: number, group: number): number {
    const family = names.push(name) - 1;
    if (family >= groups.length) groups = grown(groups, family + 1);
    groups[family] = group;
    byName.add(hash, family);
    return family;
  }

  return {
    names,
    get length() {
      return names.length;
    },
    isOpen: (family) => groups[family] !== CLOSED && groups[family] !== RESERVED,
    group: (family) => groups[family] as Group,
    has(name) {
      const family = find(name, '', hashText(name));
      return family >= 0 && groups[family] !== RESERVED;
    },
    find: (name, hash) => find(name, '', hash),
    ownerOf,
    conflict(name, hash, group) {
      const holder = holderOf(name);
      if (holder >= 0) return { owner: holder };
      for (const end of suffixesOf[group]) {
        const owner = find(name, end, hashText(end, hash));
        if (owner >= 0) return groups[owner] === RESERVED ? 'reserved_name' : { owner };
      }
      return undefined;
    },
    own,
    open(name, hash, group) {
      const family = add(name, hash, group);
      if (name.startsWith(OWN_PREFIX)) own.add(family);
      return family;
    },
    helpOf: (family) => helps.get(family) ?? '',
    setHelp(family, help) {
      if (!helps.has(family)) helps.set(family, help);
    },
    observerOf(family, labelNames, observer) {
      const own = observers.get(family) ?? new Map<string, Observer>();
      observers.set(family, own);
      const first = own.get(labelNames) ?? observer;
      own.set(labelNames, first);
      return first;
    },
    close(family) {
      helps.delete(family);
      observers.delete(family);
      own.delete(family);
      groups[family] = CLOSED;
      names[family] = '';
    },
    reserve(name) {
      const hash = hashText(name);
      const family = find(name, '', hash);
      if (family < 0) add(name, hash, RESERVED);
    },
    *compacted() {
      const families = createFamilies();
      const numbers = new Uint32Array(names.length);
      for (let family = 0; family < names.length; family++) {
        if (family % FAMILIES_AT_ONCE === 0) yield;
        const name = names[family]!;
        if (groups[family] === RESERVED) families.reserve(name);
        else if (groups[family] !== CLOSED) {
          const now = families.open(name, hashText(name), groups[family] as Group);
          numbers[family] = now;
          const help = helps.get(family);
          if (help !== undefined) families.setHelp(now, help);
          for (const [labelNames, observer] of observers.get(family) ?? []) {
            families.observerOf(now, labelNames, observer);
          }
        }
      }
      return { families, numbers };
    },
  };
}
