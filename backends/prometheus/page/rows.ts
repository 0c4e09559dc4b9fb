import { grown } from '../../../src/kit/grow.ts';
import type { Exemplar } from '../exposition/encoder.ts';
import type { Observed } from '../observers/observer.ts';
import { type Group, isObserver } from './family.ts';

/**
 * The series of the page, a row each, in the order of their appearance. In columns: an object and an entry of a `Map` for
 * each took 350 bytes more. The columns are replaced when they grow.
 */
export interface Rows {
  readonly length: number;
  /** As sent; undefined once the series has left the page. */
  readonly names: (string | undefined)[];
  readonly tags: (readonly string[])[];
  /** Text of the labels, without braces. */
  readonly labels: string[];
  readonly families: Uint32Array;
  /** A {@link Group} each. */
  readonly groups: Uint8Array;
  /** The next row of the same family, plus 1; 0 for the last. */
  readonly next: Uint32Array;
  /** The row that came next in the last window that had both, as far as it is known. */
  readonly follows: Uint32Array;
  /** End of the last window in which it received something, by the clock of the state; Infinity once it has left the page. */
  readonly seenMs: Float64Array;
  /** Milliseconds from then on after which it leaves the page; Infinity: never. */
  readonly ttls: Float64Array;
  /** Unix time in milliseconds at which it began. */
  readonly createdMs: Float64Array;
  /** Of a counter the sum over all windows, of a summary or histogram the sum of all values. */
  readonly values: Float64Array;
  /** Of a gauge: when it was set or changed last, by the clock of windows. */
  readonly setMs: Float64Array;
  /** Of a summary or histogram: its place in the columns that only these have. */
  readonly places: Uint32Array;
  /** By place: weight of all values so far. */
  readonly counts: Float64Array;
  /** By place: what the values have become; undefined once the series has left the page. */
  readonly observed: (Observed | undefined)[];
  /** By row, of few: the last exemplar of each bucket of a histogram, that of +Inf behind the others; of a counter the last one. */
  readonly exemplars: Map<number, (Exemplar | undefined)[]>;
  /** Gives the new row. `observed`: of a summary or histogram. */
  add(
    name: string,
    tags: readonly string[],
    labels: string,
    family: number,
    group: Group,
    observed: Observed | undefined,
  ): number;
  /** Makes room for what may come, in one column at the most: all at once take 20 ms at a million rows. To be called now and then. */
  makeRoom(): void;
  /** Gives the new row, which holds what `row` of `other` holds. */
  adopt(other: Rows, row: number, family: number): number;
  remove(row: number): void;
}

const FIRST_ROOM = 128;
const NO_TAGS: readonly string[] = [];

export function createRows(): Rows {
  const names: (string | undefined)[] = [];
  const tags: (readonly string[])[] = [];
  const labels: string[] = [];
  let families = new Uint32Array(FIRST_ROOM);
  let groups = new Uint8Array(FIRST_ROOM);
  let next = new Uint32Array(FIRST_ROOM);
  let follows = new Uint32Array(FIRST_ROOM);
  let seenMs = new Float64Array(FIRST_ROOM);
  let ttls = new Float64Array(FIRST_ROOM);
  let createdMs = new Float64Array(FIRST_ROOM);
  let setMs = new Float64Array(FIRST_ROOM);
  let values = new Float64Array(FIRST_ROOM);
  let places = new Uint32Array(FIRST_ROOM);
  let counts = new Float64Array(FIRST_ROOM);
  const observed: (Observed | undefined)[] = [];
  const exemplars = new Map<number, (Exemplar | undefined)[]>();

  function addObserved(one: Observed | undefined): number {
    const place = observed.push(one) - 1;
    if (place >= counts.length) counts = grown(counts, observed.length);
    return place;
  }

  /** Makes one of the columns that have no room for `length` rows larger; false when all have. */
  function growOne(length: number): boolean {
    if (families.length < length) families = grown(families, length);
    else if (groups.length < length) groups = grown(groups, length);
    else if (next.length < length) next = grown(next, length);
    else if (follows.length < length) follows = grown(follows, length);
    else if (seenMs.length < length) seenMs = grown(seenMs, length);
    else if (ttls.length < length) ttls = grown(ttls, length);
    else if (createdMs.length < length) createdMs = grown(createdMs, length);
    else if (setMs.length < length) setMs = grown(setMs, length);
    else if (values.length < length) values = grown(values, length);
    else if (places.length < length) places = grown(places, length);
    else return false;
    return true;
  }

  function add(
    name: string,
    tagList: readonly string[],
    labelText: string,
    family: number,
    group: Group,
    one: Observed | undefined,
  ): number {
    const row = names.length;
    while (growOne(row + 1));
    names.push(name);
    tags.push(tagList);
    labels.push(labelText);
    families[row] = family;
    groups[row] = group;
    follows[row] = row + 1;
    ttls[row] = Number.POSITIVE_INFINITY;
    if (isObserver(group)) places[row] = addObserved(one);
    return row;
  }

  return {
    names,
    tags,
    labels,
    get length() {
      return names.length;
    },
    get families() {
      return families;
    },
    get groups() {
      return groups;
    },
    get next() {
      return next;
    },
    get follows() {
      return follows;
    },
    get seenMs() {
      return seenMs;
    },
    get ttls() {
      return ttls;
    },
    get createdMs() {
      return createdMs;
    },
    get setMs() {
      return setMs;
    },
    get values() {
      return values;
    },
    get places() {
      return places;
    },
    get counts() {
      return counts;
    },
    observed,
    exemplars,
    add,
    makeRoom() {
      growOne(names.length + (names.length >> 3));
    },
    adopt(other, row, family) {
      const group = other.groups[row] as Group;
      const from = other.places[row]!;
      const one = isObserver(group) ? other.observed[from] : undefined;
      const now = add(other.names[row]!, other.tags[row]!, other.labels[row]!, family, group, one);
      seenMs[now] = other.seenMs[row]!;
      ttls[now] = other.ttls[row]!;
      createdMs[now] = other.createdMs[row]!;
      setMs[now] = other.setMs[row]!;
      values[now] = other.values[row]!;
      if (isObserver(group)) counts[places[now]!] = other.counts[from]!;
      const last = other.exemplars.get(row);
      if (last !== undefined) exemplars.set(now, last);
      return now;
    },
    remove(row) {
      exemplars.delete(row);
      names[row] = undefined;
      tags[row] = NO_TAGS;
      labels[row] = '';
      seenMs[row] = Number.POSITIVE_INFINITY;
      ttls[row] = Number.POSITIVE_INFINITY;
      if (isObserver(groups[row] as Group)) observed[places[row]!] = undefined;
    },
  };
}
