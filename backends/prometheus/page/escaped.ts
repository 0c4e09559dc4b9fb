import { hashText } from '../../../src/kit/hash.ts';
import type { Encoder, Labels } from '../exposition/encoder.ts';
import { type Escaping, escapeName } from '../exposition/escaping.ts';
import { escapedPairs, labelText, needsEscaping } from '../exposition/labels.ts';
import { labelPairs, type NameStyle, remembering } from '../naming.ts';
import { createAlike } from './alike.ts';
import type { Omission } from './conflicts.ts';
import { type Group, HISTOGRAM, isReservedName, suffixesOf, typeNames } from './family.ts';
import { merger } from './merged.ts';
import type { State } from './state.ts';
import { familiesOf, helps, PIECE, sampler, type Whose, writtenPage } from './walk.ts';

/** A page as it is to be written for some reader. */
export interface ReadersPage {
  /** Whether a family is called so. To be asked while the page is written. */
  has(name: string): boolean;
  /** Like `writtenPage`. Pieces without bytes are for other work, too. */
  written(encoder: Encoder): Generator<Uint8Array, undefined>;
}

/** Families, or series of one, that are looked at before other work may go on: 1 ms. */
const AT_ONCE = 1024;
const NOTHING = new Uint8Array(0);

interface Omitted {
  readonly reason: Omission;
  /** The family that has the name. */
  readonly owner?: number;
}

/** `escaping`: that of names that are not classic, for this reader. */
export function pageFor(state: State, style: NameStyle, escaping: Escaping, whose: Whose = 'all'): ReadersPage {
  if (style === 'utf-8' && escaping !== 'allow-utf-8') return escapedPage(state, escaping, whose);
  const { families } = state.table;
  return { has: (name) => families.has(name), written: (encoder) => writtenPage(state, encoder, style, whose) };
}

/**
 * A page of UTF-8 names, for readers who take classic names only. Names of which several become one are merged: a family, or a series, that stands twice spoils a whole scrape. Of families that cannot be
 * one, nor stand beside each other, the first on the page stays; others are left out, and told to the state's `conflicts`.
 */
function escapedPage(state: State, escaping: Escaping, whose: Whose): ReadersPage {
  const { families, rows } = state.table;
  const alike = createAlike();
  const sampleOf = sampler(state, 'utf-8');

  function isReserved(name: string): boolean {
    const family = families.find(name, hashText(name));
    return isReservedName(name) || (family >= 0 && !families.isOpen(family));
  }

  /** Why there cannot be a family of a name that is new on the page. */
  function omissionOf(name: string, family: number): Omitted | undefined {
    // The table has seen to it that others are none of Prometheus' or of statsdrain's.
    const isNew = name !== families.names[family];
    if (isNew && isReserved(name)) return { reason: 'reserved_name' };
    for (const end of suffixesOf[HISTOGRAM]) {
      const owner = name.endsWith(end) ? alike.first(name.slice(0, -end.length)) : undefined;
      if (owner !== undefined && suffixesOf[families.group(owner)].includes(end)) {
        return { reason: 'escaped_alike', owner };
      }
    }
    for (const end of suffixesOf[families.group(family)]) {
      const owner = alike.first(name + end);
      if (owner !== undefined) return { reason: 'escaped_alike', owner };
      if (isNew && isReserved(name + end)) return { reason: 'reserved_name' };
    }
    return undefined;
  }

  function leaveOut(family: number, { reason, owner }: Omitted): void {
    const type = typeNames[families.group(family)];
    const ownerType = owner === undefined ? undefined : typeNames[families.group(owner)];
    state.conflicts.refused({ name: families.names[family]!, type, reason, owner: ownerType }, state.endMs);
  }

  function* findAlike(): Generator<Uint8Array, undefined> {
    let looked = 0;
    for (const family of familiesOf(state, whose)) {
      if (++looked % AT_ONCE === 0) yield NOTHING;
      const name = escapeName(families.names[family]!, escaping);
      const first = alike.first(name);
      const isOther = first !== undefined && families.group(first) !== families.group(family);
      const omitted: Omitted | undefined = isOther
        ? { reason: 'escaped_alike', owner: first }
        : first === undefined
          ? omissionOf(name, family)
          : undefined;
      if (omitted === undefined) alike.add(name, family);
      else leaveOut(family, omitted);
    }
    return undefined;
  }

  /** `place`: a row and 1. The row itself where it is on the page, else the next one of its family that is; below 0 without one. */
  function onPage(place: number): number {
    let row = place - 1;
    while (row >= 0 && rows.names[row] === undefined) row = rows.next[row]! - 1;
    return row;
  }

  const firstOf = (family: number) => onPage(state.table.firstRow(family));
  const after = (row: number) => onPage(rows.next[row]!);

  /** Whether any of its labels is called otherwise on this page. */
  function* hasNewLabels(family: number): Generator<Uint8Array, boolean> {
    let looked = 0;
    for (let row = firstOf(family); row >= 0; row = after(row)) {
      if (++looked % AT_ONCE === 0) yield NOTHING;
      if (needsEscaping({ text: rows.labels[row]! }, escaping)) return true;
    }
    return false;
  }

  const labelsOf = remembering((tags): Labels => {
    const pairs = escapedPairs(labelPairs(tags, 'utf-8'), escaping);
    return { pairs, text: labelText(pairs) };
  });

  /** Writes a family whose series have the same labels as on pages of UTF-8 names. */
  function* writeSeries(encoder: Encoder, family: number, group: Group): Generator<Uint8Array, undefined> {
    for (let row = firstOf(family); row >= 0; row = after(row)) {
      encoder.sample(sampleOf(row, group));
      if (encoder.length >= PIECE) yield encoder.take();
    }
    return undefined;
  }

  function* writeMerged(encoder: Encoder, together: readonly number[], group: Group): Generator<Uint8Array, undefined> {
    const series = createAlike();
    let looked = 0;
    for (const family of together) {
      for (let row = firstOf(family); row >= 0; row = after(row)) {
        series.add(labelsOf(rows.tags[row]!).text, row);
        if (++looked % AT_ONCE === 0) yield NOTHING;
      }
    }
    const mergedOf = merger(state, () => leaveOut(together[0]!, { reason: 'other_buckets' }));
    for (const [, row] of series.firsts) {
      const labels = labelsOf(rows.tags[row]!);
      const like = series.like(row);
      encoder.sample(like === undefined ? { ...sampleOf(row, group), labels } : mergedOf(like, group, labels));
      if (encoder.length >= PIECE) yield encoder.take();
    }
    return undefined;
  }

  return {
    has: (name) => alike.first(name) !== undefined,
    *written(encoder) {
      yield* findAlike();
      for (const [name, first] of alike.firsts) {
        const group = families.group(first);
        const together = alike.like(first) ?? [first];
        const help = together.map((family) => families.helpOf(family)).find((text) => text !== '');
        encoder.family({ name, type: typeNames[group], help: help ?? helps[group] });
        if (together.length === 1 && !(yield* hasNewLabels(first))) yield* writeSeries(encoder, first, group);
        else yield* writeMerged(encoder, together, group);
      }
      yield encoder.take();
      return undefined;
    },
  };
}
