import { describe, expect, it } from 'vitest';
import { createGathering } from '../../src/receive/gathering.ts';

const LARGE = 8_388_608;

/** What it says of a batch of `datagrams` after a millisecond in which `before` were received. */
function afterMillisecond(receiveBuffer: number, before: number, datagrams: number): boolean {
  const shouldGather = createGathering(receiveBuffer);
  shouldGather(before, 1000);
  return shouldGather(datagrams, 1001);
}

describe('gathering', () => {
  it.each([
    { before: 0, datagrams: 1, gather: false, why: 'nothing came before' },
    { before: 49, datagrams: 1, gather: false, why: 'a wake-up for each datagram is cheaper than two for a few' },
    { before: 50, datagrams: 1, gather: true, why: 'many come and few are found' },
    { before: 700, datagrams: 31, gather: true, why: 'many come and few are found' },
    { before: 700, datagrams: 32, gather: false, why: 'the batch was worth its call' },
    { before: 700, datagrams: 0, gather: false, why: 'the socket has been quiet for 100 ms' },
  ])('$gather after $before in a millisecond and then $datagrams: $why', ({ before, datagrams, gather }) => {
    expect(afterMillisecond(LARGE, before, datagrams)).toBe(gather);
  });

  it.each([
    { receiveBuffer: 425_984, before: 154, gather: true },
    { receiveBuffer: 425_984, before: 155, gather: false },
    { receiveBuffer: LARGE, before: 3034, gather: true },
    { receiveBuffer: LARGE, before: 3035, gather: false },
    { receiveBuffer: 0, before: 60, gather: false },
  ])('keeps three quarters of $receiveBuffer bytes free at $before datagrams in a millisecond: $gather', (row) => {
    expect(afterMillisecond(row.receiveBuffer, row.before, 2)).toBe(row.gather);
  });

  it('counts all batches of a millisecond together, and each millisecond anew', () => {
    const shouldGather = createGathering(LARGE);
    for (let batch = 0; batch < 10; batch++) shouldGather(5, 1000);
    expect(shouldGather(5, 1001)).toBe(true);
    expect(shouldGather(5, 1002)).toBe(false);
  });

  it('goes on after the clock was set back', () => {
    const shouldGather = createGathering(LARGE);
    shouldGather(60, 5000);
    expect(shouldGather(2, 4000)).toBe(true);
    expect(shouldGather(2, 4001)).toBe(false);
  });
});
