import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Limits } from '../../src/config/settings.ts';
import { contents, openMerger, openShard } from '../helper/shard.ts';

/** What a merger of these limits counts in sets whose members came through one shard for each list. */
function count(limits: Partial<Limits>, ...shards: readonly (readonly string[])[]): Record<string, unknown> {
  const partials = shards.map((lines, index) => {
    const { shard, intake } = openShard(limits, index);
    for (const line of lines) intake.lines(Buffer.from(line, 'latin1'));
    return shard.handOver(1, false);
  });
  const merger = openMerger({ limits: { ...defaultSettings.limits, ...limits } });
  return contents(merger.merge(partials, 0, 1000, () => []));
}

const members = (...names: readonly (string | number)[]) => names.map((name) => `u:${name}|s`);
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a set', () => {
  it('counts a member of several shards once', () => {
    expect(count({}, members('a', 'b'), members('b', 'c'))).toEqual({ 'set u': 3 });
    expect(count({}, members('a'), members('a'), members('a'))).toEqual({ 'set u': 1 });
    expect(count({}, members('a', 'b'), [], members('c'))).toEqual({ 'set u': 3 });
  });

  it('counts a member of several spellings of one series once', () => {
    const lines = ['u:a|s|#x:1,y:2', 'u:a|s|#y:2,x:1', 'u;x=1:a|s|#y:2', 'u;y=2;x=1:b|s', 'u:a|s'];
    expect(count({}, lines)).toEqual({ 'set u{x:1,y:2}': 2, 'set u': 1 });
  });

  it('tells members by their bytes, UTF-8 or not', () => {
    expect(count({}, members('\xff', '\xc3\xa9'), members('\xfe', '\xff', ''))).toEqual({ 'set u': 4 });
  });

  it('is exact up to the limit, wherever its members came from', () => {
    expect(count({ setMembersPerSeries: 4 }, members('a', 'b', 'c'), members('c', 'd'))).toEqual({ 'set u': 4 });
    expect(count({ setMembersPerSeries: 4 }, members('a', 'b', 'c', 'd', 'a'))).toEqual({ 'set u': 4 });
  });

  it('loses no member when shards that were exact are over the limit together', () => {
    expect(count({ setMembersPerSeries: 2 }, members('a', 'b'), members('c', 'd'))).toEqual({ 'set u': 4 });
    expect(count({ setMembersPerSeries: 1 }, members('a'), members('b'), members('c'))).toEqual({ 'set u': 3 });
  });

  it('joins the exact members of one shard to the estimate of another', () => {
    const limits = { setMembersPerSeries: 2 };
    expect(count(limits, members('a', 'b', 'c'), members('c', 'd'))).toEqual({ 'set u': 4 });
    expect(count(limits, members('d'), members('a', 'b', 'c', 'd'))).toEqual({ 'set u': 4 });
    expect(count(limits, members('a', 'b', 'c'), members('c', 'd', 'e'))).toEqual({ 'set u': 5 });
  });

  it('that is an estimate leaves the other sets exact', () => {
    const other = numbered(0, 50).map((member) => `v:${member}|s`);
    const found = count({ setMembersPerSeries: 50 }, [...members(...numbered(0, 60)), ...other], other.slice(0, 7));
    expect(found['set v']).toBe(50);
  });

  it('is estimated within four standard errors', () => {
    const found = count(
      { setMembersPerSeries: 100 },
      members(...numbered(0, 4000)),
      members(...numbered(2000, 6000)),
      members(...numbered(5950, 6050)),
    );
    expect(Math.abs((found['set u'] as number) - 6050)).toBeLessThan(6050 * 0.0081 * 4);
  });

  it('is the same however its members are split, exact or not', () => {
    const line = fc.tuple(fc.constantFrom('u', 'v'), fc.nat(9)).map(([name, member]) => `${name}:${member}|s`);
    const steps = fc.array(fc.tuple(line, fc.nat(2)), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 10 }), (all, setMembersPerSeries) => {
        const of = (shard: number) => all.filter(([, index]) => index === shard).map(([one]) => one);
        const distinct = new Set(all.map(([one]) => one));
        const expected = Object.fromEntries(
          ['u', 'v']
            .map((name) => [`set ${name}`, [...distinct].filter((one) => one.startsWith(name)).length] as const)
            .filter(([, size]) => size > 0),
        );
        const limits = { setMembersPerSeries };
        expect(count(limits, of(0), of(1), of(2))).toEqual(expected);
        expect(count(limits, of(2), of(0), of(1))).toEqual(expected);
        expect(
          count(
            limits,
            all.map(([one]) => one),
          ),
        ).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
