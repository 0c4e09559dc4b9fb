import { describe, expect, it } from 'vitest';
import { createKeyBlocks, giveBackOf, newKeyBlockCount } from '../../src/aggregate/key-blocks.ts';
import { BLOCK } from '../../src/aggregate/plane.ts';
import { defaultSettings } from '../../src/config/settings.ts';

/** Limits under which all shards may have so many blocks. */
const roomFor = (blocks: number) => ({ ...defaultSettings.limits, keyBytes: 3 * blocks * BLOCK });

function take({ take }: { take(): boolean }, most = 1000): number {
  let taken = 0;
  while (taken < most && take()) taken++;
  return taken;
}

describe('blocks of keys', () => {
  it('are shared by all shards, but for a sixteenth of each', () => {
    const all = newKeyBlockCount();
    const [first, second] = [0, 1].map(() => createKeyBlocks(roomFor(64), { all, own: newKeyBlockCount() }));
    expect([take(first!), first!.bytes]).toEqual([60, 60 * BLOCK]);
    expect([take(second!), take(second!)]).toEqual([4, 0]);
    first!.giveBack();
    expect([first!.bytes, take(second!)]).toEqual([0, 56]);
  });

  it('are there for keys of our own in any case', () => {
    const blocks = createKeyBlocks(roomFor(16));
    const taken = take(blocks);
    expect(blocks.always(blocks.take)).toBe(true);
    expect([blocks.take(), blocks.bytes]).toEqual([false, (taken + 1) * BLOCK]);
  });

  it('follow the limits', () => {
    const blocks = createKeyBlocks(roomFor(16));
    const taken = take(blocks);
    blocks.setLimits(roomFor(32));
    expect(take(blocks)).toBe(14);
    blocks.setLimits(roomFor(16));
    expect([taken, blocks.take()]).toEqual([15, false]);
  });

  it('of a shard that ended are found by its count', () => {
    const [all, own] = [newKeyBlockCount(), newKeyBlockCount()];
    take(createKeyBlocks(roomFor(64), { all, own }));
    expect(all[0]).toBe(56);
    giveBackOf({ all, own });
    giveBackOf({ all, own });
    expect(all[0]).toBe(0);
  });
});
