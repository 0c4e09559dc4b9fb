import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { Partial } from '../../src/partial/partial.ts';
import type { Window } from '../../src/plugin.ts';
import { createViews, type ViewOptions, type Views } from '../../src/window/views.ts';
import { openShard } from '../helper/shard.ts';

/**
 * Views with the same names share a table. Whatever comes, and whenever their windows begin and end, each has the windows that it would have
 * with a table of its own.
 */

const SECOND = 1000;
/** A multiple of all intervals. */
const START = 1_700_000_004_000;

const HOUR = 3_600_000;
const never = { counter: HOUR, gauge: HOUR, timer: HOUR, histogram: HOUR, distribution: HOUR, set: HOUR };
/** A gauge that is forgotten begins anew, and of two views with a table each one may forget it a window earlier. */
const soon = { counter: 4000, gauge: HOUR, timer: 0, histogram: 2000, distribution: 7000, set: 3000 };

const defaults = {
  ...defaultSettings,
  flushIntervalMs: 6 * SECOND,
  tickMs: SECOND,
};

/** Names that differ in their first letter only are one. */
const mapping: ViewOptions['mapping'] = {
  apply: (_type, identity) =>
    identity.name === 'nobody' ? undefined : { ...identity, name: identity.name.replace(/^[xy]/, 'z') },
};

const views: Readonly<Record<string, ViewOptions>> = {
  whole: { intervalMs: 6 * SECOND },
  short: { intervalMs: SECOND, updatedOnly: true },
  held: { intervalMs: 2 * SECOND },
  updated: { intervalMs: 3 * SECOND, updatedOnly: true },
};
const ids = Object.keys(views);

/** What a back-end sees of a window, whatever the numbers of its series. `births`: and which of them are new. */
function seenIn({ series, points, startMs, endMs, setsGoOn }: Window, births: boolean) {
  const all = Array.from(series, ({ seenOrder, ...one }) => {
    const { type, name, tags, updated, lines } = one;
    const value =
      'value' in one ? one.value : [one.statistics.count, one.statistics.sum, one.statistics.min, one.statistics.max];
    const born = births && [one.seenMs, seenOrder !== undefined];
    const setMs = 'setMs' in one ? one.setMs : undefined;
    return [`${type} ${name} ${tags.join()}`, { value, updated, setMs, born, lines }];
  });
  const ofPoints = points.map(({ name, timestamp, value }) => `${name} ${timestamp} ${value}`).sort();
  return { startMs, endMs, setsGoOn, points: ofPoints, series: Object.fromEntries(all) };
}

const line = fc
  .record({
    name: fc.constantFrom('xa', 'ya', 'za', 'b', 'nobody'),
    value: fc.constantFrom(
      ':1|c',
      ':2|c|#t',
      ':5|g',
      ':+1|g',
      ':-2|g',
      ':3|ms',
      ':4|h',
      ':5|d',
      ':m|s',
      ':n|s',
      ':7|c|T9',
    ),
  })
  .map(({ name, value }) => name + value);

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('lines' as const), lines: fc.array(line, { maxLength: 5 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('quiet' as const), rounds: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refresh' as const), id: fc.constantFrom(...ids) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const), id: fc.constantFrom(...ids) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), id: fc.constantFrom(...ids) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), value: fc.integer({ max: 9, min: 0 }) }) },
);

describe('views with the same names', () => {
  it.each([
    { rules: 'some', expire: never, births: true },
    { rules: 'none', expire: never, births: true },
    // When a series that is forgotten comes again it is new, and who looks seldom forgets late.
    { rules: 'some', expire: soon, births: false },
    { rules: 'none', expire: soon, births: false },
  ])(
    'have the windows that they would have with a table of their own ($rules rules, $expire.counter ms)',
    ({ rules, expire, births }) => {
      const settings = { ...defaults, expire };
      const seen = (window: Window) => seenIn(window, births);
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
          let now = 0;
          const shards = [0, 1].map((index) => openShard({}, index, () => (now += 0.01)));
          for (const { shard } of shards) shard.setLines(true);
          const optionsOf = (id: string, shares: boolean): ViewOptions => ({
            ...views[id],
            ...(rules === 'none' && shares ? {} : { mapping: rules === 'none' ? { apply: (_, one) => one } : mapping }),
            rulesId: shares ? 'all' : id,
          });
          const both = [true, false].map((shares) => ({ shares, views: createViews(settings) }));
          const open = new Set(['whole', 'short']);
          const each = (action: (one: Views, shares: boolean) => void) => {
            for (const { views: one, shares } of both) action(one, shares);
          };
          const expectEqual = (what: (one: Views, shares: boolean) => unknown) => {
            const [shared, own] = both.map(({ views: one, shares }) => what(one, shares));
            expect(shared).toEqual(own);
          };
          const openAll = () =>
            each((one, shares) => {
              for (const id of open) atOnce(one.open(id, optionsOf(id, shares)));
              one.setLines(new Set(['short', 'held']));
            });
          openAll();
          let atMs = START;
          let round = 0;
          const merge = (endMs: number, ends: 'due' | ReadonlySet<string>, partials: readonly Partial[]) => {
            expectEqual((one) => {
              const own = () => [{ type: 'gauge', name: 'statsdrain.own', tags: [], value: round } as const];
              const { windows } = atOnce(one.merge(partials, atMs, endMs, own, ends));
              return Object.fromEntries(
                Array.from(windows, ([id, { window, badNames }]) => [id, seen(window), badNames]),
              );
            });
            atMs = endMs;
          };
          const close = () => {
            round++;
            now = round * SECOND;
            const endMs = START + round * SECOND;
            merge(
              endMs,
              'due',
              shards.map(({ shard }) => shard.handOver(endMs, false)),
            );
          };
          for (const one of steps) {
            switch (one.kind) {
              case 'lines':
                one.lines.forEach((text, at) => void shards[at % 2]!.intake.lines(Buffer.from(text)));
                close();
                break;
              case 'quiet':
                for (let at = 0; at < one.rounds; at++) close();
                break;
              case 'refresh':
                if (!open.has(one.id)) break;
                shards[0]!.intake.lines(Buffer.from('xa:1|c\nb:+1|g\nya:m|s'));
                now += 100;
                merge(
                  Math.min(atMs + 100, START + (round + 1) * SECOND - 1),
                  new Set([one.id]),
                  shards.map(({ shard }) => shard.handOver(START + (round + 1) * SECOND, false, true)),
                );
                break;
              case 'open':
                open.add(one.id);
                openAll();
                break;
              case 'close':
                if (open.size === 1) break;
                open.delete(one.id);
                expectEqual((all) => {
                  const cut = atOnce(all.cut(open));
                  return Array.from(cut, ([id, { window }]) => [id, seen(window)]);
                });
                each((all) => atOnce(all.keep(open)));
                break;
              case 'restore':
                // Without rules the first one counts, and those of the other tables are rules.
                if (rules === 'none') break;
                expectEqual((all) =>
                  all.restoreGauge({ name: 'zkept', tags: [], value: one.value, idleMs: one.value * 1500 }),
                );
                break;
              default:
                one satisfies never;
            }
          }
          for (let at = 0; at < 20; at++) close();
          // Tables of their own may each know a gauge, that several keys made, by another of these.
          const [shared, own] = both.map(
            ({ views: one }) => new Map(Array.from(atOnce(one.keepGauges()), ({ name, value }) => [name, value])),
          );
          expect(rules === 'none' ? shared : new Map([...own!, ...shared!])).toEqual(own);
        }),
        { numRuns: 30 },
      );
    },
  );

  it('are forgotten when no window needs them, and what is left goes on under other numbers', () => {
    let now = 0;
    const { shard, intake } = openShard({}, 0, () => now);
    const all = createViews({ ...defaults, expire: { ...never, counter: 0 } });
    for (const id of ['whole', 'short']) atOnce(all.open(id, views[id]!));
    const known: number[] = [];
    let round = 0;
    const close = (...lines: string[]) => {
      now = ++round * SECOND;
      if (lines.length > 0) intake.lines(Buffer.from(lines.join('\n')));
      const endMs = START + now;
      const { windows } = atOnce(
        all.merge([shard.handOver(endMs, false)], endMs - SECOND, endMs, ({ series }) => {
          known.push(series);
          return [];
        }),
      );
      const valuesOf = ({ series }: Window) =>
        Array.from(series, (one) => [one.name, 'value' in one && one.value] as const);
      return new Map(Array.from(windows, ([id, { window }]) => [id, new Map(valuesOf(window))]));
    };
    const burst = 70_000;
    for (let from = 0; from < burst; from += 10_000)
      intake.lines(Buffer.from(Array.from({ length: 10_000 }, (_, at) => `c${from + at}:1|c`).join('\n')));
    close('level:40|g', 'early:1|c');
    for (let at = 2; at < 6; at++) close('late:1|c');
    // The keys are used no more, but the long window has them yet.
    const first = close();
    expect(first.get('whole')!.size).toBe(burst + 3);
    expect(first.get('whole')!.get('early')).toBe(1);
    expect(first.get('whole')!.get('late')).toBe(4);
    for (let at = 0; at < 30; at++) close('early:2|c');
    expect(known.at(-1)).toBe(2);
    expect(close('level:+2|g').get('short')).toEqual(new Map([['level', 42]]));
    while (round % 6 !== 5) close();
    expect(close('early:1|c').get('whole')).toEqual(
      new Map([
        ['early', 1],
        ['level', 42],
      ]),
    );
  });
});
