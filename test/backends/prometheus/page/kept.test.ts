import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrometheusConfig } from '../../../backends/prometheus/config.ts';
import prometheus from '../../../backends/prometheus/index.ts';
import { keptSums, sumReader } from '../../../backends/prometheus/kept.ts';
import { createState } from '../../../backends/prometheus/state.ts';
import { atOnce } from '../../../src/kit/slices.ts';
import type { FoldingBackend } from '../../../src/plugin.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { prometheusSettings } from './settings.ts';

const options = { prefix: '', quantiles: [0.5], expire: 3_600_000, maxSeries: 1_000_000 };
const signal = new AbortController().signal;

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((name) => `n${name}`);

describe('the sums of a page', () => {
  it('come back as they were, whatever their names and tags', async () => {
    const anySum = fc.record({
      name: anyName,
      tags: fc.array(anyName, { maxLength: 3 }),
      value: fc.double({ min: 0, max: 1e300, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anySum, { selector: ({ name }) => name, maxLength: 20 }), async (sums) => {
        const state = createState(options, recordingContext());
        await state.fold(makeWindow({ series: sums.map((sum) => ({ type: 'counter', ...sum })) }));
        const found = [...atOnce(keptSums(state))].flatMap((piece) => [...sumReader()(piece)]);
        const other = createState(options, recordingContext());
        expect(found.every(other.restore)).toBe(true);
        const { rows } = state.table;
        const { rows: back } = other.table;
        expect([back.labels, [...back.values.slice(0, back.length)]]).toEqual([
          rows.labels,
          [...rows.values.slice(0, rows.length)],
        ]);
        expect(other.table.families.names).toEqual(state.table.families.names);
      }),
      { numRuns: 100 },
    );
  });

  it('are those at the time they were asked for', async () => {
    const state = createState(options, recordingContext());
    await state.fold(makeWindow({ series: [{ type: 'counter', name: 'a', value: 1 }] }));
    const pieces = atOnce(keptSums(state));
    await state.fold(makeWindow({ series: [{ type: 'counter', name: 'a', value: 1 }] }));
    expect([...pieces].flatMap((piece) => [...sumReader()(piece)])).toEqual([
      { type: 'counter', name: 'a', tags: [], value: 1, count: 0, idleMs: 0 },
    ]);
  });

  it('are no others', () => {
    const foreign = Buffer.from([10, 0, 0, 0, ...Buffer.from('other')]);
    expect(() => [...sumReader()(foreign)]).toThrow('it holds "other", not "prometheus sums 1"');
  });
});

describe('a page after a restart', () => {
  const open = (changes: Partial<PrometheusConfig> = {}) => {
    const told: string[] = [];
    const context = recordingContext({ percentiles: [50] });
    const log = { ...context.log, info: (text: string) => void told.push(text) };
    const backend = prometheus.create(prometheusSettings(changes), { ...context, log }) as FoldingBackend;
    const page = async (): Promise<string[]> => {
      const [url = ''] = (await backend.start?.()) ?? [];
      const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
      await backend.stop?.();
      return text.split('\n').filter((line) => /^\w*(hits|query|depth|users|old)/.test(line));
    };
    return { backend, page, told, send: (series: SeriesInput[]) => backend.send(makeWindow({ series }), signal) };
  };
  const series: SeriesInput[] = [
    { type: 'counter', name: 'hits', tags: ['a:1'], value: 5 },
    { type: 'timer', name: 'query', values: [250, 750] },
    { type: 'gauge', name: 'depth', value: 7 },
    { type: 'set', name: 'users', value: 2 },
  ];

  async function restarted(changes: Partial<PrometheusConfig> = {}, { ageMs = 1000, orderly = true } = {}) {
    const before = open();
    await before.send([{ type: 'counter', name: 'old', value: 1 }]);
    for (let windows = 0; windows < 2; windows++) await before.send(series);
    const pieces = before.backend.save!(true)!;
    const after = open(changes);
    const back = await after.backend.restore!({ pieces, ageMs, orderly });
    return { ...after, back };
  }

  it('has the sums at once, and goes on with them', async () => {
    const after = await restarted();
    expect(after.back).toBe(3);
    const sums = ['old 1', 'hits{a="1"} 10', 'query{quantile="0.5"} NaN', 'query_sum 2', 'query_count 4'];
    expect(await after.page()).toEqual(sums);
    await after.send(series);
    expect(await after.page()).toEqual([
      'old 1',
      'hits{a="1"} 15',
      'query{quantile="0.5"} 0.25',
      'query_sum 3',
      'query_count 6',
      'depth 7',
      'users 2',
    ]);
  });

  it('has names of its own prefix, never those of another', async () => {
    expect(await (await restarted({ prefix: 'app_' })).page()).toEqual([
      'app_old 1',
      'app_hits{a="1"} 10',
      'app_query{quantile="0.5"} NaN',
      'app_query_sum 2',
      'app_query_count 4',
    ]);
  });

  it('has none that would have left it, the time in between included', async () => {
    // "old" was last seen 20 s before the sums were kept.
    const after = await restarted({ expire: 25_000 }, { ageMs: 6000 });
    expect(after.back).toBe(2);
    await after.send([]);
    expect((await after.page()).map((line) => line.split(/\W/)[0])).toEqual([
      'hits',
      'query',
      'query_sum',
      'query_count',
    ]);
    await after.send([]);
    expect(await after.page()).toEqual([]);
  });

  it('holds no more than maxSeries', async () => {
    const after = await restarted({ maxSeries: 1 });
    expect([after.back, await after.page()]).toEqual([1, ['old 1']]);
  });

  it('begins at 0 when the one before was not stopped in order: what went back would be added once more', async () => {
    const after = await restarted({}, { orderly: false });
    expect([after.back, await after.page()]).toEqual([0, []]);
    expect(after.told[0]).toContain('counters begin at 0');
  });

  it('keeps nothing while it goes on', () => {
    expect(open().backend.save!(false)).toBeUndefined();
  });
});
