import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptPage, pageReader } from '../../../../backends/prometheus/page/kept.ts';
import type { KeptRow, State } from '../../../../backends/prometheus/page/state.ts';
import { createByteWriter } from '../../../../src/kit/byte-writer.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import type { Observer } from '../../../../src/plugin.ts';
import type { SeriesInput } from '../../../helper/window.ts';
import {
  counter,
  gauge,
  histogram,
  histogramOf,
  MINUTE,
  OPEN_METRICS,
  openPages,
  ruled,
  SECOND,
  set,
  summaryOf,
  T0,
  timer,
} from './pages.ts';

function piecesOf(state: State): Uint8Array[] {
  // As a file would hold them: the writer may use its bytes again.
  return Array.from(atOnce(keptPage(state)), (piece) => piece.slice());
}

/** What comes back of a page, `idleMs` after it was kept. */
function rowsOf(pieces: readonly Uint8Array[], idleMs = 0, ageMs = 0): KeptRow[] {
  const read = pageReader(ageMs - idleMs);
  return pieces.flatMap((piece) => [...read(piece)]).map((row) => ({ ...row, idleMs: row.idleMs + idleMs }));
}

function restore(state: State, pieces: readonly Uint8Array[], idleMs = 0): number {
  return rowsOf(pieces, idleMs, state.ageMs).filter(state.restore).length;
}

const everything: SeriesInput[] = [
  ruled(counter('hits_total', 5, 'a.b:1'), { help: 'Hits.' }),
  ruled(gauge('depth', 7, 'q:"'), { ttlMs: 60_000 }),
  set('users', 2),
  timer('query', [250, 750, 750]),
  ruled(timer('native', [-3, 0, 20, 400, 1e6]), { observer: histogramOf([0.01, 1], 1.1), help: 'Of buckets.' }),
  ruled(histogram('classic', [0.5, 1, 7], 'x:y'), { observer: histogramOf([1]) }),
  { type: 'distribution', name: 'size', values: [1, 2], weights: [0.5, 2.5], host: 'h' },
];

describe('a page that is kept', () => {
  it('comes back as it was, in every format', async () => {
    const before = openPages();
    await before.fold([]);
    await before.fold(everything);
    await before.fold(everything);
    const after = openPages();
    expect(restore(after.state, piecesOf(before.state))).toBe(everything.length);
    for (const exposition of [undefined, OPEN_METRICS, { format: 'protobuf', escaping: 'allow-utf-8' } as const]) {
      expect(after.written(exposition)).toBe(before.written(exposition));
    }
    expect(after.openMetrics()).toContain(`hits_created{a_b="1"} ${T0 / 1000 + 10}`);
    expect(after.text()).toContain('# HELP hits_total Hits.\n');
  });

  it('goes on', async () => {
    const [one, before, after] = [openPages(), openPages(), openPages()];
    for (const page of [one, before]) await page.fold(everything, MINUTE);
    restore(after.state, piecesOf(before.state));
    for (const page of [one, after]) await page.fold(everything, MINUTE);
    expect(after.written(OPEN_METRICS)).toBe(one.written(OPEN_METRICS));
  });

  it('has each series as long as it would have stayed, the time in between included', async () => {
    const before = openPages();
    const mortal = (name: string, ttlMs: number) => ruled(gauge(name, 1), { ttlMs });
    await before.fold([mortal('a', 20 * SECOND), mortal('b', 40 * SECOND), gauge('c', 1)]);
    await before.fold([]);
    const pieces = piecesOf(before.state);
    const after = openPages();
    // "a" and "b" had their last sample 10 s before they were kept.
    expect(restore(after.state, pieces, 15 * SECOND)).toBe(2);
    await after.fold([], 15 * SECOND);
    expect(after.lines()).toEqual(['b 1', 'c 1']);
    await after.fold([], 1);
    expect(after.lines()).toEqual(['c 1']);
    const atEnd = openPages();
    expect(restore(atEnd.state, pieces, 10 * SECOND)).toBe(3);
  });

  it('values of summaries grow old meanwhile', async () => {
    const before = openPages({ observer: summaryOf([1], MINUTE) });
    await before.fold([timer('t', [1000])]);
    for (const [idleMs, value] of [
      [0, '1'],
      [2 * MINUTE, 'NaN'],
    ] as const) {
      const after = openPages({ observer: summaryOf([1], MINUTE) });
      restore(after.state, piecesOf(before.state), idleMs);
      expect(after.lines()).toEqual([`t{quantile="1"} ${value}`, 't_sum 1', 't_count 1']);
    }
  });

  it('a gauge that came since is newer, and sums add up', async () => {
    const before = openPages({ observer: summaryOf([]) });
    const series = [counter('c', 1), gauge('g', 1), timer('t', [1000])];
    await before.fold(series);
    const after = openPages({ observer: summaryOf([]) });
    await after.fold([counter('c', 2), gauge('g', 2), timer('t', [2000])], SECOND);
    restore(after.state, piecesOf(before.state), MINUTE);
    expect(after.lines()).toEqual(['c 3', 'g 2', 't_sum 3', 't_count 2']);
  });

  it("has none of statsdrain's own", async () => {
    const all = openPages();
    await all.fold([counter('statsdrain.lines', 1), counter('a', 1)]);
    expect(rowsOf(piecesOf(all.state)).map(({ name }) => name)).toEqual(['a']);
  });

  it('has names of its own prefix and style, never those of another', async () => {
    const before = openPages({ names: 'utf-8', prefix: 'old.' });
    await before.fold([counter('a.b', 1, 'x.y:1')]);
    const after = openPages({ prefix: 'new_' });
    restore(after.state, piecesOf(before.state));
    expect(after.lines()).toEqual(['new_a_b{x_y="1"} 1']);
  });

  it('holds no more than maxSeries, and no name that is reserved', async () => {
    const before = openPages();
    await before.fold([counter('a', 1), counter('b', 1), counter('c', 1)]);
    const after = openPages({ maxSeries: 1 });
    after.state.reserve(['a']);
    expect(restore(after.state, piecesOf(before.state))).toBe(1);
    expect(after.lines()).toEqual(['b 1']);
  });

  it('gives its names to what its values become now, where that was changed meanwhile', async () => {
    for (const [was, is] of [
      [summaryOf([]), histogramOf([])],
      [histogramOf([]), summaryOf([])],
    ] as const) {
      const before = openPages({ observer: was });
      await before.fold([timer('t', [1000], 'a:1'), timer('t', [1000], 'a:2'), timer('u', [1000]), counter('c', 1)]);
      const after = openPages({ observer: is });
      await after.fold([counter('d', 1)]);
      restore(after.state, piecesOf(before.state));
      await after.fold([timer('t', [2000], 'a:1'), counter('u', 1), timer('c', [1])]);
      expect(after.lines().filter((line) => !line.includes('le="'))).toEqual([
        'd 1',
        'u_sum 1',
        'u_count 1',
        'c 1',
        't_sum{a="1"} 2',
        't_count{a="1"} 1',
      ]);
      expect(after.context.losses).toEqual(new Map([['type_conflict', 2]]));
      // What came since is no longer what was kept.
      await after.fold([ruled(timer('t', [1000], 'a:1'), { observer: was })]);
      expect(after.context.losses).toEqual(new Map([['type_conflict', 3]]));
    }
  });

  it.each<{ title: string; was: Observer; is: Observer; want: string[] }>([
    {
      title: 'other quantiles are of the values that there were',
      was: summaryOf([0.5]),
      is: summaryOf([0, 1]),
      want: ['t{quantile="0"} 1', 't{quantile="1"} 2', 't_sum 3', 't_count 2'],
    },
    {
      title: 'fewer buckets are some of those that there were',
      was: histogramOf([1, 2, 3]),
      is: histogramOf([1, 3]),
      want: ['t_bucket{le="1"} 1', 't_bucket{le="3"} 2', 't_bucket{le="+Inf"} 2', 't_sum 3', 't_count 2'],
    },
    {
      title: 'others begin anew',
      was: histogramOf([1]),
      is: histogramOf([1, 5]),
      want: ['t_bucket{le="1"} 0', 't_bucket{le="5"} 1', 't_bucket{le="+Inf"} 1', 't_sum 2', 't_count 1'],
    },
  ])('becomes what is asked for now: $title', async ({ was, is, want }) => {
    const before = openPages({ observer: was });
    await before.fold([timer('t', [1000]), timer('gone', [1000], 'a:1')]);
    const after = openPages({ observer: is });
    restore(after.state, piecesOf(before.state));
    await after.fold([timer('t', [2000])]);
    expect(after.lines().filter((line) => line.startsWith('t'))).toEqual(want);
    await after.fold([timer('t', [], 'b:1'), timer('gone', [1000], 'a:2')]);
    const labels = (name: string, of: string) =>
      after
        .lines()
        .flatMap((line) =>
          line.startsWith(name) && line.includes(of) ? (/(le|quantile)="[^"]*"/.exec(line) ?? []) : [],
        );
    // Series that are new have no other ones, whatever was kept of their family.
    expect(labels('gone', 'a="2"')).toEqual(labels('t', 'b="1"'));
    expect(after.context.losses).toEqual(new Map());
  });

  it('does not take the names of what came since', async () => {
    const before = openPages({ observer: summaryOf([]) });
    await before.fold([timer('t', [1000], 'a:1'), timer('t', [1000], 'a:2')]);
    const after = openPages({ observer: histogramOf([]) });
    await after.fold([timer('t', [2000])]);
    expect(restore(after.state, piecesOf(before.state))).toBe(0);
    expect(after.lines()).toEqual(['t_bucket{le="+Inf"} 1', 't_sum 2', 't_count 1']);
  });

  it('is that of the time it was asked for', async () => {
    const all = openPages({ ttl: MINUTE });
    await all.fold([counter('a', 1), timer('t', [1])]);
    const pieces = atOnce(keptPage(all.state));
    await all.fold([counter('a', 1), counter('b', 1), timer('t', [1])]);
    expect(rowsOf([...pieces])).toMatchObject([
      { type: 'counter', name: 'a', tags: [], value: 1, count: 0, idleMs: 0, ttlMs: MINUTE, createdMs: T0, help: '' },
      { type: 'timer', name: 't', value: 0.001, count: 1, ttlMs: MINUTE },
    ]);
  });

  it('can be read from any of its pieces on', async () => {
    const all = openPages({ maxSeries: 10_000 });
    await all.fold(Array.from({ length: 2000 }, (_, i) => counter(`c${i}`, i, 'same:tag')));
    const pieces = piecesOf(all.state);
    expect(pieces.length).toBeGreaterThan(2);
    const rows = rowsOf(pieces.toReversed());
    expect(new Map(rows.map(({ name, value }) => [name, value]))).toEqual(
      new Map(Array.from({ length: 2000 }, (_, i) => [`c${i}`, i])),
    );
    expect(new Set(rows.map(({ tags }) => tags)).size).toBe(1);
  });

  it('comes back whatever its names, tags and values', async () => {
    const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((name) => `n${name}`);
    const series = fc.record({
      type: fc.constantFrom('counter', 'gauge', 'set'),
      name: anyName,
      tags: fc.array(anyName, { maxLength: 3 }),
      value: fc.double({ min: 0, max: 1e300, noNaN: true }),
      rule: fc.record({
        help: fc.string(),
        ttlMs: fc.option(fc.integer({ min: 1 }), { nil: Number.POSITIVE_INFINITY }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(series, { maxLength: 12 }), fc.constantFrom('escaped', 'utf-8'), async (all, names) => {
        const [before, after] = [openPages({ names }), openPages({ names })];
        await before.fold(all as SeriesInput[], 1);
        expect(restore(after.state, piecesOf(before.state))).toBe(before.state.table.size);
        expect(after.written()).toBe(before.written());
        expect(Array.from(after.state.table.rows.ttls)).toEqual(Array.from(before.state.table.rows.ttls));
      }),
      { numRuns: 40 },
    );
  });
});

describe('pieces of others', () => {
  it('those of versions before are read: sums and counts, for ever, without quantiles', () => {
    const writer = createByteWriter();
    writer.text('prometheus sums 1');
    // 1: a counter; anything else was a summary.
    for (const [group, name, tags, value, count, idleMs] of [
      [1, 'hits', ['a:1', 'b'], 5, 0, 2000],
      [3, 'query', [], 2.5, 4, 0],
    ] as const) {
      writer.whole(group);
      writer.text(name);
      writer.whole(tags.length);
      for (const tag of tags) writer.text(tag);
      for (const number of [value, count, idleMs]) writer.number(number);
    }
    const pieces = [writer.take().slice()];
    const common = { ttlMs: Number.POSITIVE_INFINITY, createdMs: undefined, help: '' };
    expect(rowsOf(pieces)).toEqual([
      { type: 'counter', name: 'hits', tags: ['a:1', 'b'], value: 5, count: 0, idleMs: 2000, ...common },
      { type: 'timer', name: 'query', tags: [], value: 2.5, count: 4, idleMs: 0, ...common },
    ]);
    const after = openPages({ observer: summaryOf([0.5]) });
    expect(restore(after.state, pieces)).toBe(2);
    expect(after.lines().slice(1)).toEqual(['query{quantile="0.5"} NaN', 'query_sum 2.5', 'query_count 4']);
    expect(after.lines()[0]).toMatch(/^hits\{.*a="1".*\} 5$/);
  });

  it.each(['other', 'prometheus page 3'])('%j is an error', (form) => {
    const writer = createByteWriter();
    writer.text(form);
    expect(() => rowsOf([writer.take()])).toThrow(`it holds ${JSON.stringify(form)}, not "prometheus page 2"`);
  });

  it('so is a type that there is not, and what is cut off', async () => {
    const writer = createByteWriter();
    writer.text('prometheus page 2');
    writer.whole(5);
    expect(() => rowsOf([writer.take()])).toThrow('5 is no type of a series');
    const all = openPages();
    await all.fold(everything);
    const [piece = Buffer.of()] = piecesOf(all.state);
    expect(() => rowsOf([piece.subarray(0, -1)])).toThrow();
  });
});
