import { grown } from '../../../src/kit/grow.ts';
import { hashNumber, hashText } from '../../../src/kit/hash.ts';
import { createLookup } from '../../../src/kit/lookup.ts';
import { inParts, type Steps } from '../../../src/kit/slices.ts';
import type { Observed } from '../observers/observer.ts';
import { createFamilies, type Families } from './family.ts';
import { createRows, type Rows } from './rows.ts';

/** Families and their series, both numbered in the order of their appearance. */
export interface Table {
  /** Replaced, like `rows`, by `compact`. */
  readonly families: Families;
  readonly rows: Rows;
  /** Series on the page. */
  readonly size: number;
  /** The first row of a family, plus 1; the others follow by `rows.next`. */
  firstRow(family: number): number;
  /** The series of a family with these labels; -1 without one. */
  find(family: number, labels: string): number;
  /** A new series of a family. */
  add(family: number, name: string, tags: readonly string[], labels: string, observed?: Observed): number;
  /** Takes a series from the page, and its family with the last of its series. */
  remove(row: number): void;
  /** Numbers everything anew when much was removed. Nothing else may be asked before the last step. */
  compact(): Steps<void>;
}

/** Rows whose series have left are kept up to this number, or up to a third of the others. */
const FEW = 1024;

/** Rows that are numbered anew before other work may go on: 2 ms. */
const ROWS_AT_ONCE = 2048;

/** Series of one family up to which they are looked at one after the other; those of larger families have an index. */
const SMALL_FAMILY = 4;

export function createTable(): Table {
  let families = createFamilies();
  let rows = createRows();
  let byLabels = createLookup();
  /** By family: its first and its last row, plus 1; its rows; its series on the page. */
  let firsts = new Uint32Array(64);
  let lasts = new Uint32Array(64);
  let lengths = new Uint32Array(64);
  let sizes = new Uint32Array(64);
  let removed = 0;

  function hashOf(family: number, labels: string): number {
    return hashText(labels, hashNumber(family));
  }

  function isOnPage(row: number, family: number, labels: string): boolean {
    return rows.families[row] === family && rows.labels[row] === labels && rows.names[row] !== undefined;
  }

  function findInChain(family: number, labels: string): number {
    for (let row = firsts[family]! - 1; row >= 0; row = rows.next[row]! - 1) {
      if (isOnPage(row, family, labels)) return row;
    }
    return -1;
  }

  function findInIndex(family: number, labels: string): number {
    for (let place = byLabels.first(hashOf(family, labels)); place >= 0; place = byLabels.next(place)) {
      const row = byLabels.at(place);
      if (isOnPage(row, family, labels)) return row;
    }
    return -1;
  }

  function append(row: number, family: number): void {
    if (family >= firsts.length) {
      firsts = grown(firsts, family + 1);
      lasts = grown(lasts, family + 1);
      lengths = grown(lengths, family + 1);
      sizes = grown(sizes, family + 1);
    }
    if (firsts[family] === 0) firsts[family] = row + 1;
    else rows.next[lasts[family]! - 1] = row + 1;
    lasts[family] = row + 1;
    lengths[family] = lengths[family]! + 1;
    sizes[family] = sizes[family]! + 1;
    if (lengths[family]! <= SMALL_FAMILY) return;
    const isFirstOver = lengths[family] === SMALL_FAMILY + 1;
    for (let one = isFirstOver ? firsts[family]! - 1 : row; one >= 0; one = rows.next[one]! - 1) {
      byLabels.add(hashOf(family, rows.labels[one]!), one);
    }
  }

  return {
    get families() {
      return families;
    },
    get rows() {
      return rows;
    },
    get size() {
      return rows.length - removed;
    },
    firstRow: (family) => firsts[family]!,
    find: (family, labels) =>
      lengths[family]! <= SMALL_FAMILY ? findInChain(family, labels) : findInIndex(family, labels),
    add(family, name, tags, labels, observed) {
      const row = rows.add(name, tags, labels, family, families.group(family), observed);
      append(row, family);
      return row;
    },
    remove(row) {
      const family = rows.families[row]!;
      rows.remove(row);
      removed++;
      sizes[family] = sizes[family]! - 1;
      if (sizes[family] === 0) families.close(family);
    },
    *compact() {
      if (removed <= FEW || removed * 4 <= rows.length) return;
      const before = rows;
      const kept = yield* families.compacted();
      families = kept.families;
      rows = createRows();
      byLabels = createLookup();
      firsts = new Uint32Array(Math.max(64, families.length));
      lasts = new Uint32Array(firsts.length);
      lengths = new Uint32Array(firsts.length);
      sizes = new Uint32Array(firsts.length);
      removed = 0;
      const rowNow = new Uint32Array(before.length);
      yield* inParts(rowNow.length, ROWS_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          if (before.names[row] === undefined) continue;
          const family = kept.numbers[before.families[row]!]!;
          rowNow[row] = rows.adopt(before, row, family);
          append(rowNow[row]!, family);
        }
        rows.makeRoom();
      });
      yield* inParts(rowNow.length, ROWS_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const following = before.follows[row]!;
          if (before.names[row] !== undefined && before.names[following] !== undefined)
            rows.follows[rowNow[row]!] = rowNow[following]!;
        }
      });
    },
  };
}
