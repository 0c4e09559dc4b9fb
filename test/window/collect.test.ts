import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Partial } from '../../src/aggregate/partial.ts';
import { windowEnd } from '../../src/window/clock.ts';
import { createCollector } from '../../src/window/collect.ts';
import { openShard } from '../helper/shard.ts';

const part = (shard: number, endMs: number, final = false): Partial =>
  openShard({}, shard).shard.handOver(endMs, final);

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
    collector.add(part(0, 10_000));
    expect(take(10_001)).toBeUndefined();
    collector.add(part(1, 10_000));
    expect(take(10_002)).toEqual([3000, 10_000, '0@10000 1@10000']);
    expect(take(10_003)).toBeUndefined();
  });

  it('waits for a late shard for the grace only, and loses nothing of it', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000));
    expect(take(11_999)).toBeUndefined();
    expect(take(12_000)).toEqual([3000, 10_000, '0@10000']);
    collector.add(part(1, 10_000));
    expect(collector.takeLate()).toBe(1);
    expect(take(12_500)).toBeUndefined();
    collector.add(part(0, 20_000));
    collector.add(part(1, 20_000));
    expect(take(20_001)).toEqual([10_000, 20_000, '1@10000 0@20000 1@20000']);
    expect(collector.takeLate()).toBe(0);
  });

  it('takes the part of a shard that slept over several windows as it comes', () => {
    const { collector, take } = open(2);
    collector.add(part(0, 10_000));
    collector.add(part(0, 20_000));
    collector.add(part(1, 20_000));
    expect(take(20_001)).toEqual([3000, 10_000, '0@10000']);
    expect(take(20_001)).toEqual([10_000, 20_000, '0@20000 1@20000']);
  });

  it('does not wait for a shard that ended or was lost', () => {
    const { collector, take } = open(3);
    collector.add(part(2, 9000, true));
    collector.loseShard(1);
    collector.add(part(0, 10_000));
    expect(take(10_001)).toEqual([3000, 10_000, '2@9000 0@10000']);
    expect(collector.shardCount).toBe(1);
  });

  it('gives the rest when all shards have ended', () => {
    const { collector } = open(2);
    collector.add(part(0, 12_300, true));
    collector.add(part(1, 12_310, true));
    expect(collector.shardCount).toBe(0);
    const rest = collector.takeRest();
    expect([rest?.startMs, rest?.endMs, rest?.partials.length]).toEqual([3000, 12_310, 2]);
    expect(collector.takeRest()).toBeUndefined();
  });

  it('starts again as long as the last window was when the wall clock is set back', () => {
    const { collector, take } = open(1, 1_000_000);
    collector.add(part(0, 1_010_000));
    expect(take(1_010_001)?.[1]).toBe(1_010_000);
    collector.add(part(0, 510_000));
    expect(take(510_001)).toEqual([500_000, 510_000, '0@510000']);
    collector.add(part(0, 520_000));
    expect(take(520_001)).toEqual([510_000, 520_000, '0@520000']);
  });

  it('keeps the order of a shard when the wall clock is set back under a window that was not complete', () => {
    const { collector, take } = open(2, 1_000_000);
    for (const shard of [0, 1]) collector.add(part(shard, 1_010_000));
    take(1_010_001);
    collector.add(part(0, 1_020_000));
    for (const shard of [0, 1]) collector.add(part(shard, 510_000));
    expect(take(510_001)).toEqual([500_000, 510_000, '0@1020000 0@510000 1@510000']);
    expect(collector.takeRest()).toBeUndefined();
  });

  it('waits for a shard that is added, from the next window on', () => {
    const { collector, take } = open(1);
    collector.add(part(0, 10_000));
    expect(take(10_001)?.[1]).toBe(10_000);
    collector.addShard(7);
    collector.add(part(0, 20_000));
    expect(take(20_001)).toBeUndefined();
    collector.add(part(7, 20_000));
    expect(take(20_002)).toEqual([10_000, 20_000, '0@20000 7@20000']);
  });

  it('loses no partial and gives none twice, in whatever order they come', () => {
    const step = fc.tuple(fc.nat(2), fc.constantFrom(0, 0, 1, 2), fc.nat(15_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const collector = createCollector(0, 2000);
        const at = [0, 0, 0];
        const given: Partial[] = [];
        const taken: Partial[] = [];
        let nowMs = 0;
        let closedMs = 0;
        for (const shard of at.keys()) collector.addShard(shard);
        for (const [shard, skipped, passed] of steps) {
          at[shard] = at[shard]! + 10_000 * (1 + skipped);
          nowMs = Math.max(nowMs + passed, at[shard]!);
          const partial = { ...part(shard, 0), endMs: at[shard]! };
          given.push(partial);
          collector.add(partial);
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
    for (const shard of [0, 1]) collector.add(part(shard, 1_010_000));
    expect(take(1_010_001)?.[1]).toBe(1_010_000);
    for (const shard of [0, 1]) collector.add(part(shard, 510_000));
    for (const shard of [0, 1]) collector.add(part(shard, 520_000));
    take(520_001);
    expect(take(520_001)?.[1] ?? 520_000).toBe(520_000);
    for (const shard of [0, 1]) collector.add(part(shard, 530_000));
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
