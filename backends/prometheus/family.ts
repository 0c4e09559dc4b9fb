import { grown } from '../../src/kit/grow.ts';
import { hashText } from '../../src/kit/hash.ts';
import { createLookup } from '../../src/kit/lookup.ts';
import type { Steps } from '../../src/kit/slices.ts';
import type { MetricType } from '../../src/plugin.ts';

export const COUNTER = 1;
export const GAUGE = 2;
export const SET = 3;
export const SUMMARY = 4;
/** In place of the group of a family that was closed. */
const CLOSED = 0;
/** In place of the group of a name that is kept for others. */
const RESERVED = 5;

/** StatsD types that may share a family: timers, histograms and distributions of one name are one summary. */
export type Group = typeof COUNTER | typeof GAUGE | typeof SET | typeof SUMMARY;

export function groupOf(type: MetricType): Group {
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
      return SUMMARY;
    default:
      return type satisfies never;
  }
}

/** The sample names that a summary has besides its own or, as `_bucket`, might be taken for. */
const SUFFIXES = ['_sum', '_count', '_bucket'] as const;

export type Conflict = 'type_conflict' | 'reserved_name';

/** Families, each all series of one name on the page, numbered in the order of their appearance. */
export interface Families {
  readonly length: number;
  readonly names: readonly string[];
  isOpen(family: number): boolean;
  /** Of a family that is open. */
  group(family: number): Group;
  /** The open family, or the reserved name, that this is; -1 where it is neither. `hash` is {@link hashText} of it. */
  find(name: string, hash: number): number;
  /** Why the name of what `find` gave cannot be that of another family. */
  ownerOf(family: number): Conflict;
  /**
   * Why there cannot be a family of a name that `find` does not know: one of its sample names is one of another family,
   * or reserved. No two families share one.
   */
  conflict(name: string, hash: number, group: Group): Conflict | undefined;
  open(name: string, hash: number, group: Group): number;
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

  function isSummary(name: string): boolean {
    const family = find(name, '', hashText(name));
    return family >= 0 && groups[family] === SUMMARY;
  }

  /** Whether a summary has this sample name. */
  function belongsToSummary(name: string): boolean {
    return SUFFIXES.some((end) => name.endsWith(end) && isSummary(name.slice(0, -end.length)));
  }

  function ownerOf(family: number): Conflict {
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
    find: (name, hash) => find(name, '', hash),
    ownerOf,
    conflict(name, hash, group) {
      if (belongsToSummary(name)) return 'type_conflict';
      if (group !== SUMMARY) return undefined;
      for (const end of SUFFIXES) {
        const owner = find(name, end, hashText(end, hash));
        if (owner >= 0) return ownerOf(owner);
      }
      return undefined;
    },
    open: add,
    close(family) {
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
        else if (groups[family] !== CLOSED)
          numbers[family] = families.open(name, hashText(name), groups[family] as Group);
      }
      return { families, numbers };
    },
  };
}
