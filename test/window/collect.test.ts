import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Partial } from '../../src/partial/partial.ts';
import { originOf, windowEnd } from '../../src/partial/window-end.ts';
import { createCollector } from '../../src/window/collect.ts';
import { openShard } from '../helper/shard.ts';

const part = (shard: number, endMs: number, final = false, interim = false): Partial =>
  openShard({}, shard).shard.handOver(endMs, final, interim);

const interim = (shard: number, endMs: number) => part(shard, endMs, false, true);

function open(shards: number, startMs = 3000) {
  const collector = createCollector(startMs, 2000);
  for (let shard = 0; shard < shards; shard++) collector.addShard(shard);
  const take = (nowMs: number) => {
    const closed = collector.take(nowMs);
    return (
      closed && [closed.startMs, closed.endMs, closed.partials.map(({ shard, endMs }) => `${shard}@${endMs}`).join(' ')]
    );
  };
  return { collector, take };
}

describe('collector', () => {
  it('closes a window when every shard has handed over', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000), 10_000);
    expect(take(10_001)).toBeUndefined();
    collector.add(part(1, 10_000), 10_000);
    expect(take(10_002)).toEqual([3000, 10_000, '0@10000 1@10000']);
    expect(take(10_003)).toBeUndefined();
  });

  it('waits for a late shard for the grace only, and loses nothing of it', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000), 10_000);
    expect(take(11_999)).toBeUndefined();
    expect(take(12_000)).toEqual([3000, 10_000, '0@10000']);
    collector.add(part(1, 10_000), 10_000);
    expect(collector.takeLate()).toBe(1);
    expect(take(12_500)).toBeUndefined();
    collector.add(part(0, 20_000), 20_000);
    collector.add(part(1, 20_000), 20_000);
    expect(take(20_001)).toEqual([10_000, 20_000, '1@10000 0@20000 1@20000']);
    expect(collector.takeLate()).toBe(0);
  });

  it('waits no longer and no shorter when the wall clock steps forward in the middle of it', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000), 50_000);
    expect(take(51_999)).toBeUndefined();
    collector.add(part(1, 10_000), 51_999);
    expect(take(51_999)).toEqual([3000, 10_000, '0@10000 1@10000']);
  });

  it('takes the part of a shard that slept over several windows as it comes', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000), 10_000);
    collector.add(part(0, 20_000), 20_000);
    collector.add(part(1, 20_000), 20_000);
    expect(take(20_001)).toEqual([3000, 10_000, '0@10000']);
    expect(take(20_001)).toEqual([10_000, 20_000, '0@20000 1@20000']);
  });

  it('does not wait for a shard that ended or was lost', () => {
    const { collector, take } = open(3);
    collector.add(part(2, 9000, true), 9000);
    collector.loseShard(1);
    collector.add(part(0, 10_000), 10_000);
    expect(take(10_001)).toEqual([3000, 10_000, '2@9000 0@10000']);
    expect(collector.shardCount).toBe(1);
  });

  it('gives the rest when all shards have ended', () => {
    const { collector } = open(2);
    collector.add(part(0, 12_300, true), 12_300);
    collector.add(part(1, 12_310, true), 12_310);
    expect(collector.shardCount).toBe(0);
    const rest = collector.takeRest();
    expect([rest?.startMs, rest?.endMs, rest?.partials.length]).toEqual([3000, 12_310, 2]);
    expect(collector.takeRest()).toBeUndefined();
  });

  it('starts again as long as the last window was when the wall clock is set back', () => {
    const { collector, take } = open(1, 1_000_000);
    collector.add(part(0, 1_010_000), 1_010_000);
    expect(take(1_010_001)?.[1]).toBe(1_010_000);
    collector.add(part(0, 510_000), 510_000);
    expect(take(510_001)).toEqual([500_000, 510_000, '0@510000']);
    collector.add(part(0, 520_000), 520_000);
    expect(take(520_001)).toEqual([510_000, 520_000, '0@520000']);
  });

  it('keeps the order of a shard when the wall clock is set back under a window that was not complete', () => {
    const { collector, take } = open(2, 1_000_000);
    for (const shard of [0, 1]) collector.add(part(shard, 1_010_000), 1_010_000);
    take(1_010_001);
    collector.add(part(0, 1_020_000), 1_020_000);
    for (const shard of [0, 1]) collector.add(part(shard, 510_000), 510_000);
    expect(take(510_001)).toEqual([500_000, 510_000, '0@1020000 0@510000 1@510000']);
    expect(collector.takeRest()).toBeUndefined();
  });

  it('waits for a shard that is added, from the next window on', () => {
    const { collector, take } = open(1);
    collector.add(part(0, 10_000), 10_000);
    expect(take(10_001)?.[1]).toBe(10_000);
    collector.addShard(7);
    collector.add(part(0, 20_000), 20_000);
    expect(take(20_001)).toBeUndefined();
    collector.add(part(7, 20_000), 20_000);
    expect(take(20_002)).toEqual([10_000, 20_000, '0@20000 7@20000']);
  });

  it('closes nothing for interim partials, and gives them before the last one of their shard', () => {
    const { collector, take } = open(2);
    collector.add(interim(0, 10_000), 10_000);
    collector.add(interim(1, 10_000), 10_000);
    expect(take(13_000)).toBeUndefined();
    collector.add(part(0, 10_000), 10_000);
    expect(take(10_001)).toBeUndefined();
    collector.add(interim(1, 10_000), 10_000);
    expect(take(10_002)).toBeUndefined();
    collector.add(part(1, 10_000), 10_000);
    expect(take(10_003)).toEqual([3000, 10_000, '0@10000 1@10000 0@10000 1@10000 1@10000']);
    expect(collector.takeLate()).toBe(0);
  });

  it('gives an interim partial of a shard that ends early, or is lost, with its window', () => {
    const { collector, take } = open(3);
    collector.add(interim(1, 10_000), 10_000);
    collector.add(part(1, 7000, true), 7000);
    collector.add(interim(2, 10_000), 10_000);
    collector.loseShard(2);
    collector.add(part(0, 10_000), 10_000);
    expect(take(10_001)).toEqual([3000, 10_000, '1@10000 1@7000 2@10000 0@10000']);
  });

  it('ends the last window when the last shard ended, not where an interim partial would have', () => {
    const { collector } = open(2);
    collector.add(interim(0, 20_000), 20_000);
    collector.add(interim(1, 20_000), 20_000);
    collector.add(part(0, 12_300, true), 12_300);
    collector.loseShard(1);
    const rest = collector.takeRest();
    expect([rest?.startMs, rest?.endMs, rest?.partials.length]).toEqual([3000, 12_300, 3]);
    expect(collector.takeRest()).toBeUndefined();
  });

  it('tells what has come of the next window only', () => {
    const { collector, take } = open(2);
    const upcoming = () => collector.upcoming().map(({ shard, endMs }) => `${shard}@${endMs}`);
    expect(upcoming()).toEqual([]);
    collector.add(interim(0, 10_000), 10_000);
    expect(upcoming()).toEqual(['0@10000']);
    collector.add(part(0, 10_000), 10_000);
    collector.add(interim(0, 20_000), 20_000);
    expect(upcoming()).toEqual(['0@10000', '0@10000']);
    collector.add(part(1, 10_000), 10_000);
    take(10_001);
    expect(upcoming()).toEqual(['0@20000']);
    collector.add(part(1, 12_000, true), 12_000);
    expect(upcoming()).toEqual(['0@20000', '1@12000']);
  });

  it('loses no partial and gives none twice, in whatever order they come', () => {
    const step = fc.tuple(fc.nat(2), fc.constantFrom(0, 0, 1, 2), fc.nat(15_000), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const collector = createCollector(0, 2000);
        const at = [0, 0, 0];
        const given: Partial[] = [];
        const taken: Partial[] = [];
        let nowMs = 0;
        let closedMs = 0;
        for (const shard of at.keys()) collector.addShard(shard);
        const give = (partial: Partial) => {
          given.push(partial);
          collector.add(partial, 0);
        };
        for (const [shard, skipped, passed, asked] of steps) {
          if (asked) give({ ...part(shard, 0), endMs: at[shard]! + 10_000, interim: true });
          at[shard] = at[shard]! + 10_000 * (1 + skipped);
          nowMs = Math.max(nowMs + passed, at[shard]!);
          give({ ...part(shard, 0), endMs: at[shard]! });
          for (let closed = collector.take(nowMs); closed !== undefined; closed = collector.take(nowMs)) {
            expect(closed.startMs).toBe(closedMs);
            expect(closed.endMs).toBeGreaterThan(closed.startMs);
            for (const { endMs } of closed.partials) expect(endMs).toBeLessThanOrEqual(closed.endMs);
            closedMs = closed.endMs;
            taken.push(...closed.partials);
          }
        }
        taken.push(...(collector.takeRest()?.partials ?? []));
        expect(taken.length).toBe(given.length);
        expect(new Set(taken)).toEqual(new Set(given));
        for (const shard of at.keys()) {
          const ends = taken.filter((partial) => partial.shard === shard).map(({ endMs }) => endMs);
          expect(ends).toEqual([...ends].sort((a, b) => a - b));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('follows a wall clock that is set back', () => {
    const { collector, take } = open(2, 1_000_000);
    for (const shard of [0, 1]) collector.add(part(shard, 1_010_000), 1_010_000);
    expect(take(1_010_001)?.[1]).toBe(1_010_000);
    for (const shard of [0, 1]) collector.add(part(shard, 510_000), 510_000);
    for (const shard of [0, 1]) collector.add(part(shard, 520_000), 520_000);
    take(520_001);
    expect(take(520_001)?.[1] ?? 520_000).toBe(520_000);
    for (const shard of [0, 1]) collector.add(part(shard, 530_000), 530_000);
    expect(take(530_001)).toEqual([520_000, 530_000, '0@530000 1@530000']);
  });
});

it.each([
  [0, 10_000, 10_000],
  [9_999, 10_000, 10_000],
  [10_000, 10_000, 20_000],
  [1_700_000_003_500, 10_000, 1_700_000_010_000],
  [1_234, 500, 1_500],
])('the window of %i ms at an interval of %i ms ends at %i ms', (now, interval, end) => {
  expect(windowEnd(now, interval, 0)).toBe(end);
});

it.each([
  ['behind the start', 1_700_000_003_200, 10_000, 1_700_000_013_000],
  ['at the start', 1_700_000_003_000, 10_000, 1_700_000_013_000],
  ['half a second before the start', 1_700_000_002_500, 10_000, 1_700_000_013_000],
  ['half an interval before the start', 1_700_000_002_650, 700, 1_700_000_003_700],
  ['more than that before the start', 1_700_000_002_649, 700, 1_700_000_003_000],
  ['many intervals behind the start', 1_700_000_093_001, 10_000, 1_700_000_103_000],
  ['at the end of one', 1_700_000_013_000, 10_000, 1_700_000_023_000],
  ['an hour before the start', 1_699_996_403_000, 10_000, 1_699_996_413_000],
])('counted from the start a window ends at a multiple of the interval since: %s', (_, now, interval, end) => {
  expect(windowEnd(now, interval, 1_700_000_003_000)).toBe(end);
});

it('windows are counted from 1970 or from the second of the start', () => {
  expect([originOf('clock', 1_700_000_003), originOf('start', 1_700_000_003)]).toEqual([0, 1_700_000_003_000]);
});
