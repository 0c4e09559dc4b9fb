import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { type Counter, createIdleCounters, type IdleCounters } from '../../../backends/datadog/idle-counters.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { datadogSettings } from './defaults.ts';

const START = 1_700_000_000;

/** Gives what windows of ten seconds send, one after the other: `name value` at the seconds since the first. */
function sends(windows: readonly (readonly SeriesInput[])[], config: Partial<DatadogConfig> = {}, lengthMs = 10_000) {
  const settings = datadogSettings(config);
  const encode = seriesEncoder(settings, labeller([], 'h1'), recordingContext().lost);
  return windows.map((series, index) => {
    const startMs = START * 1000 + index * lengthMs;
    const window = makeWindow({ series, startMs, endMs: startMs + lengthMs, intervalMs: lengthMs });
    const items = [...encode(window).series].flatMap((item) =>
      item === undefined ? [] : JSON.parse(`[${item.body}]`),
    );
    return items.map(({ metric, type, points: [{ timestamp, value }] }) => {
      expect(timestamp).toBe(Math.floor(startMs / 1000));
      return `${metric} ${type} ${value}`;
    });
  });
}

const hits = (value = 30, more: Partial<SeriesInput> = {}): SeriesInput =>
  ({ type: 'counter', name: 'hits', value, ...more }) as SeriesInput;
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const NONE: readonly SeriesInput[] = [];

describe('D2 an idle counter', () => {
  it('is 30 zeros: for as long as its last sample, some time in its window, is less than 300 s ago', () => {
    const sent = sends([[hits()], ...times(40, NONE)]);
    expect(sent.slice(0, 32)).toEqual([['hits 2 3'], ...times(30, ['hits 2 0']), []]);
    expect(sent.flat()).toHaveLength(31);
  });

  it.each([
    { zeroFill: 60_000, lengthMs: 10_000, zeros: 6 },
    { zeroFill: 5000, lengthMs: 1000, zeros: 5 },
    { zeroFill: 0, lengthMs: 10_000, zeros: 0 },
  ])('of windows of $lengthMs ms and $zeroFill ms: $zeros zeros', ({ zeroFill, lengthMs, zeros }) => {
    expect(sends([[hits()], ...times(20, NONE)], { zeroFill }, lengthMs).flat()).toHaveLength(1 + zeros);
  });

  it('does not depend on what windows hold', () => {
    const held = hits(0, { updated: false });
    expect(sends([[hits()], ...times(40, [held])])).toEqual(sends([[hits()], ...times(40, NONE)]));
  });

  it('counts anew from each sample', () => {
    const sent = sends([[hits()], ...times(29, NONE), [hits(10)], ...times(40, NONE)]).flat();
    expect(sent.filter((one) => one === 'hits 2 0')).toHaveLength(59);
    expect(sent.filter((one) => one !== 'hits 2 0')).toEqual(['hits 2 3', 'hits 2 1']);
  });

  it('is another one with other tags, or another host', () => {
    const all = [hits(10), hits(20, { tags: ['a'] }), hits(30, { tags: ['a'], host: 'x' }), hits(40, { host: '' })];
    expect(sends([all, [all[0]!], [all[1]!, all[2]!]])).toEqual([
      ['hits 2 1', 'hits 2 2', 'hits 2 3', 'hits 2 4'],
      ['hits 2 1', 'hits 2 0', 'hits 2 0', 'hits 2 0'],
      ['hits 2 2', 'hits 2 3', 'hits 2 0', 'hits 2 0'],
    ]);
  });

  it('ends when its name has another type', () => {
    const gauge: SeriesInput = { type: 'gauge', name: 'hits', tags: ['x'], value: 7 };
    const sent = sends([[hits(10), hits(20, { name: 'other' })], [gauge], NONE, [hits(50)], NONE]);
    expect(sent).toEqual([
      ['hits 2 1', 'other 2 2'],
      ['hits 3 7', 'other 2 0'],
      ['other 2 0'],
      ['hits 2 5', 'other 2 0'],
      ['other 2 0', 'hits 2 0'],
    ]);
  });

  it('goes on beside a gauge of its name that is only held', () => {
    const gauge: SeriesInput = { type: 'gauge', name: 'hits', value: 7, updated: false };
    expect(sends([[hits(10)], [gauge]])).toEqual([['hits 2 1'], ['hits 2 0']]);
  });

  it('is counted as it is sent: as a count', () => {
    expect(sends([[hits(10)], NONE], { counterType: 'count' })).toEqual([['hits 1 10'], ['hits 1 0']]);
  });
});

/** One window: which counters were seen, and what is idle. */
function step(idle: IdleCounters, start: number, seen: readonly Counter[]): string[] {
  idle.begin(start);
  for (const one of seen) idle.seen(one);
  return [...idle.idle(new Set())].flatMap((one) => (one === undefined ? [] : keyOf(one)));
}

const keyOf = ({ name, tags, host }: Counter) => JSON.stringify([name, tags, host ?? null]);

describe('the memory of idle counters', () => {
  it('is what a map would be, whatever comes and goes and in whatever order', () => {
    const counters = Array.from({ length: 40 }, (_, i) => ({
      name: `c${i % 10}`,
      tags: i % 4 === 0 ? [] : [`t:${i % 3}`],
      ...(i % 5 === 0 ? { host: `h${i % 2}` } : {}),
    }));
    const windows = fc.array(fc.array(fc.nat({ max: 39 }), { maxLength: 40 }), { maxLength: 30 });
    fc.assert(
      fc.property(windows, (given) => {
        const idle = createIdleCounters(30);
        const model = new Map<string, number>();
        for (const [index, seen] of given.entries()) {
          const start = START + index * 10;
          // Equal texts, but not the same objects.
          const those = seen.map((i) => structuredClone(counters[i]!));
          for (const one of those) model.set(keyOf(one), start);
          for (const [key, last] of model) if (last + 30 < start) model.delete(key);
          const expected = [...model].flatMap(([key, last]) => (last === start ? [] : [key]));
          expect(step(idle, start, those).sort()).toEqual(expected.sort());
          expect(idle.size).toBe(model.size);
        }
      }),
    );
  });

  it('moves together when most are gone, and forgets none of the others', () => {
    const idle = createIdleCounters(10);
    const many = Array.from({ length: 5000 }, (_, i) => ({ name: `m${i}`, tags: [] }));
    step(idle, START, many);
    expect(step(idle, START + 10, many.slice(0, 7))).toHaveLength(4993);
    expect(step(idle, START + 20, many.slice(0, 7))).toEqual([]);
    expect(idle.size).toBe(7);
    expect(step(idle, START + 30, many.slice(3, 4)).sort()).toEqual(
      [0, 1, 2, 4, 5, 6].map((i) => keyOf(many[i]!)).sort(),
    );
  });

  it('has a bound', () => {
    const idle = createIdleCounters(300, 100);
    const many = Array.from({ length: 500 }, (_, i) => ({ name: `m${i}`, tags: [] }));
    step(idle, START, many);
    expect(idle.size).toBe(100);
    expect(step(idle, START + 10, [])).toHaveLength(100);
  });
});
