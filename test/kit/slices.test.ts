import { afterEach, expect, it, vi } from 'vitest';
import { atOnce, inParts, inSlices, type Steps } from '../../src/kit/slices.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Ten steps, each of which takes a millisecond of the clock; gives the turns of the event loop at each. */
function work() {
  let now = 0;
  let turns = 0;
  const seen: number[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const count = () => {
    turns++;
    if (seen.length < 10) setImmediate(count);
  };
  function* steps(): Steps<readonly number[]> {
    setImmediate(count);
    for (let step = 0; step < 10; step++) {
      now++;
      seen.push(turns);
      yield;
    }
    return seen;
  }
  return steps();
}

it('gives way whenever a slice is over, and gives what the work gives', async () => {
  expect(await inSlices(work(), 3)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
});

it('does all of it at once where nobody waits', () => {
  expect(atOnce(work())).toEqual(new Array(10).fill(0));
});

it('hands on what the work throws', async () => {
  function* failing(): Steps<never> {
    yield;
    throw new Error('broken');
  }
  await expect(inSlices(failing())).rejects.toThrow('broken');
});

it.each([
  [0, []],
  [2, [[0, 2]]],
  [
    7,
    [
      [0, 3],
      [3, 6],
      [6, 7],
    ],
  ],
])('a length of %i is done in parts of at most three', (length, expected) => {
  const parts: number[][] = [];
  atOnce(inParts(length, 3, (from, to) => void parts.push([from, to])));
  expect(parts).toEqual(expected);
});
