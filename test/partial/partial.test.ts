import { describe, expect, it } from 'vitest';
import { transferList } from '../../src/partial/partial.ts';
import { openShard } from '../helper/shard.ts';

/** The buffers of all typed arrays in plain data. */
function buffersIn(data: unknown): ArrayBufferLike[] {
  if (ArrayBuffer.isView(data)) return [data.buffer];
  return typeof data === 'object' && data !== null ? Object.values(data).flatMap(buffersIn) : [];
}

describe('a partial', () => {
  it('moves to another thread with all its buffers, none of them twice', () => {
    const { shard, intake } = openShard({ timerValuesPerSeries: 1, setMembersPerSeries: 1 });
    shard.setLines(true);
    intake.lines(Buffer.from('c:1|c\ng:1|g\ng:+1|g\nt:1|ms|@0.5\nt:2|ms\nh:1|h\nd:1|d\ns:x|s\ns:y|s\nbad\nc:1|c|T5'));
    const partial = shard.handOver(1000, false);
    const moved = transferList(partial);
    expect(partial.sets.lines).toEqual(Uint32Array.of(2));
    expect(partial.timers.sketches.length * partial.sets.sketches.length).toBeGreaterThan(0);
    expect(buffersIn(partial).filter((buffer) => !moved.some((one) => one === buffer))).toEqual([]);
    expect(new Set(moved).size).toBe(moved.length);
  });
});
