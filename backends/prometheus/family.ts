import type { MetricType } from '../../src/plugin.ts';
import { createLookup, grown, hashText } from './lookup.ts';

export const COUNTER = 1;
export const GAUGE = 2;
export const SET = 3;
export const SUMMARY = 4;
/** In place of the group of a family that was closed. */
const CLOSED = 0;

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

/** Families, each all series of one name on the page, numbered in the order of their appearance. */
export interface Families {
  readonly length: number;
  readonly names: readonly string[];
  isOpen(family: number): boolean;
  /** Of a family that is open. */
  group(family: number): Group;
  /** The open family of this name; -1 without one. */
  find(name: string): number;
  /**
   * Why there cannot be a new family: one of its sample names is one of another family, or reserved. No two families
   * share one.
   */
  refusal(name: string, group: Group): 'type_conflict' | 'reserved_name' | undefined;
  open(name: string, group: Group): number;
  /** The name is free again; its number is not. */
  close(family: number): void;
  /** Keeps these sample names for others. */
  reserve(names: Iterable<string>): void;
}

export function createFamilies(reserved: Set<string> = new Set()): Families {
  const names: string[] = [];
  let groups = new Uint8Array(64);
  const byName = createLookup();

  /** What `isWanted` compares with, so that no closure is made for each look: `base` and then `suffix`. */
  let base = '';
  let suffix = '';
  const isWanted = (family: number): boolean => {
    const name = names[family]!;
    if (groups[family] === CLOSED || name.length !== base.length + suffix.length) return false;
    return suffix === '' ? name === base : name.startsWith(base) && name.endsWith(suffix);
  };

  function findWith(wantedBase: string, wantedSuffix: string): number {
    base = wantedBase;
    suffix = wantedSuffix;
    return byName.find(hashText(suffix, hashText(base)), isWanted);
  }

  function isSummary(name: string): boolean {
    const family = findWith(name, '');
    return family >= 0 && groups[family] === SUMMARY;
  }

  /** Whether a summary has this sample name. */
  function belongsToSummary(name: string): boolean {
    return SUFFIXES.some((end) => name.endsWith(end) && isSummary(name.slice(0, -end.length)));
  }

  return {
    names,
    get length() {
      return names.length;
    },
    isOpen: (family) => groups[family] !== CLOSED,
    group: (family) => groups[family] as Group,
    find: (name) => findWith(name, ''),
    refusal(name, group) {
      if (reserved.has(name)) return 'reserved_name';
      if (findWith(name, '') >= 0 || belongsToSummary(name)) return 'type_conflict';
      if (group !== SUMMARY) return undefined;
      for (const end of SUFFIXES) {
        if (reserved.has(name + end)) return 'reserved_name';
        if (findWith(name, end) >= 0) return 'type_conflict';
      }
      return undefined;
    },
    open(name, group) {
      const family = names.push(name) - 1;
      if (family >= groups.length) groups = grown(groups, family + 1);
      groups[family] = group;
      byName.add(hashText(name));
      return family;
    },
    close(family) {
      groups[family] = CLOSED;
      names[family] = '';
    },
    reserve(given) {
      for (const name of given) reserved.add(name);
    },
  };
}
