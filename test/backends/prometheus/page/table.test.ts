import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createObserved, type Observed } from '../../../../backends/prometheus/observers/observer.ts';
import { COUNTER, SUMMARY } from '../../../../backends/prometheus/page/family.ts';
import { createTable, type Table } from '../../../../backends/prometheus/page/table.ts';
import { hashText } from '../../../../src/kit/hash.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import { summaryOf } from './pages.ts';

interface Kept {
  readonly value: number;
  /** Of a summary. */
  readonly observed?: Observed;
}

/** A table, and what it should hold: by family name, by labels in the order of their appearance. */
function open() {
  const table = createTable();
  const model = new Map<string, Map<string, Kept>>();
  let stamp = 0;

  /** Every second family is of summaries. */
  const groupOf = (family: number) => (family % 2 === 0 ? COUNTER : SUMMARY);
  const nameOf = (family: number) => `family_${family}`;
  const familyOf = (family: number) => table.families.find(nameOf(family), hashText(nameOf(family)));

  function add(family: number, labels: string): void {
    const name = nameOf(family);
    const known = familyOf(family);
    const number = known >= 0 ? known : table.families.open(name, hashText(name), groupOf(family));
    if (table.find(number, labels) >= 0) return;
    const observed = groupOf(family) === SUMMARY ? createObserved(summaryOf()) : undefined;
    const row = table.add(number, name, [labels], labels, observed);
    const { rows } = table;
    const kept: Kept = { value: ++stamp, ...(observed && { observed }) };
    rows.values[row] = kept.value;
    rows.seenMs[row] = kept.value;
    rows.ttls[row] = kept.value;
    rows.createdMs[row] = kept.value;
    if (observed !== undefined) rows.counts[rows.places[row]!] = kept.value;
    const series = model.get(name) ?? new Map<string, Kept>();
    model.set(name, series.set(labels, kept));
  }

  function remove(family: number, labels: string): void {
    const series = model.get(nameOf(family));
    const number = familyOf(family);
    const row = number < 0 ? -1 : table.find(number, labels);
    expect(row >= 0).toBe(series?.has(labels) ?? false);
    if (row < 0) return;
    table.remove(row);
    series!.delete(labels);
    if (series!.size === 0) model.delete(nameOf(family));
  }

  return { table, model, add, remove };
}

function contents(table: Table): Map<string, Map<string, Kept>> {
  const found = new Map<string, Map<string, Kept>>();
  const { families, rows } = table;
  for (let family = 0; family < families.length; family++) {
    if (!families.isOpen(family)) continue;
    const series = new Map<string, Kept>();
    for (let row = table.firstRow(family) - 1; row >= 0; row = rows.next[row]! - 1) {
      if (rows.names[row] === undefined) continue;
      expect([rows.names[row], rows.families[row], rows.groups[row]]).toEqual([
        families.names[family],
        family,
        families.group(family),
      ]);
      const value = rows.values[row]!;
      expect([rows.seenMs[row], rows.ttls[row], rows.createdMs[row]]).toEqual([value, value, value]);
      expect(rows.tags[row]).toEqual([rows.labels[row]]);
      const place = families.group(family) === SUMMARY ? rows.places[row] : undefined;
      if (place !== undefined) expect(rows.counts[place]).toBe(value);
      const observed = place === undefined ? undefined : rows.observed[place];
      series.set(rows.labels[row]!, { value, ...(observed && { observed }) });
      expect(table.find(family, rows.labels[row]!)).toBe(row);
    }
    found.set(families.names[family]!, series);
  }
  return found;
}

const inOrder = (all: Map<string, Map<string, Kept>>) => [...all].map(([name, series]) => [name, [...series]]);
const sizeOf = (all: Map<string, Map<string, Kept>>) => [...all.values()].reduce((sum, { size }) => sum + size, 0);

describe('a table', () => {
  it('holds what was added and not removed, in the order of its appearance', () => {
    const step = fc.record({
      remove: fc.boolean(),
      family: fc.nat(4),
      labels: fc.nat(12).map((i) => (i === 0 ? '' : `l="${i}"`)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { table, model, add, remove } = open();
        for (const { remove: isRemoval, family, labels } of steps) {
          if (isRemoval) remove(family, labels);
          else add(family, labels);
        }
        expect(contents(table)).toEqual(model);
        expect(table.size).toBe(sizeOf(model));
      }),
    );
  });

  it('does not find a series that left, without labels and in a family of any size', () => {
    for (const others of [2, 3, 20]) {
      for (const after of [0, 1, 20]) {
        const { table, model, add, remove } = open();
        for (let i = 0; i < others; i++) add(0, `l="${i}"`);
        add(0, '');
        remove(0, '');
        for (let i = 0; i < after; i++) add(0, `m="${i}"`);
        expect(table.find(0, '')).toBe(-1);
        add(0, '');
        expect(contents(table)).toEqual(model);
      }
    }
  });

  it('becomes small again, and keeps what is left', () => {
    const { table, model, add, remove } = open();
    const labels = Array.from({ length: 3000 }, (_, i) => `l="${i}"`);
    for (const one of labels) add(0, one);
    for (const [i, one] of labels.entries()) add(1 + (i % 1500), one);
    table.families.reserve('kept_for_others');
    atOnce(table.compact());
    expect(table.rows.length).toBe(6000);

    for (const [i, one] of labels.entries()) if (i % 10 > 0) remove(0, one);
    for (const [i, one] of labels.entries()) if (i % 1500 > 9) remove(1 + (i % 1500), one);
    expect(table.size).toBe(320);
    atOnce(table.compact());
    expect([table.rows.length, table.families.length]).toEqual([320, 12]);
    expect(inOrder(contents(table))).toEqual(inOrder(model));
    const reserved = table.families.find('kept_for_others', hashText('kept_for_others'));
    expect(table.families.ownerOf(reserved)).toBe('reserved_name');

    for (const one of labels) add(0, one);
    expect(contents(table)).toEqual(model);
  });

  it('follows from row to row after it became small', () => {
    const { table, add, remove } = open();
    const labels = Array.from({ length: 4000 }, (_, i) => `l="${i}"`);
    for (const one of labels) add(0, one);
    // In windows the last one came first.
    for (let row = 0; row < 4000; row++) table.rows.follows[row] = row === 0 ? 4000 : row - 1;
    for (const one of labels.slice(2000)) remove(0, one);
    atOnce(table.compact());
    expect(Array.from(table.rows.follows.subarray(1, 2000))).toEqual(Array.from({ length: 1999 }, (_, i) => i));
  });

  it('gives a name back with the last of its series', () => {
    const { table, add, remove } = open();
    add(0, 'a="1"');
    add(0, 'a="2"');
    remove(0, 'a="1"');
    const hash = hashText('family_0');
    expect(table.families.find('family_0', hash)).toBe(0);
    remove(0, 'a="2"');
    expect(table.families.find('family_0', hash)).toBe(-1);
    expect(table.families.conflict('family_0', hash, SUMMARY)).toBeUndefined();
  });
});
