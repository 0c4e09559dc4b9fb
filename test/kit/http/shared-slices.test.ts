import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createSlices } from '../../../src/kit/http/shared-slices.ts';

/** A clock that goes on by a millisecond each time it is read. */
function ticking() {
  let now = 0;
  return () => ++now;
}

it('lets the event loop go on between slices, and each work have its turn', async () => {
  const slices = createSlices(ticking());
  const seen: string[] = [];
  function* work(name: string) {
    for (let step = 0; step < 3; step++) {
      seen.push(`${name}${step}`);
      while (!slices.spent()) seen.push('.');
      yield;
    }
    return name;
  }
  const both = Promise.all([slices.run(work('a')), slices.run(work('b'))]);
  for (let turns = 0; turns < 8; turns++) {
    seen.push('|');
    await turn();
  }
  expect(await both).toEqual(['a', 'b']);
  const slicesSeen = seen.filter((entry) => entry !== '.').join('');
  expect(slicesSeen).toMatch(/^a0\|a1\|b0\|a2\|b1\|b2\|+$/);
});

it('does short work at once, in the turn it comes in', () => {
  const slices = createSlices(() => 0);
  let done = 0;
  function* short() {
    yield* [];
    done++;
  }
  for (let each = 0; each < 3; each++) {
    void slices.run(short());
  }
  expect(done).toBe(3);
});

it('brings what is under way to its end when it is told to', async () => {
  const slices = createSlices(ticking());
  let steps = 0;
  function* work() {
    for (; steps < 1000; steps++) yield;
    return 'done';
  }
  const result = slices.run(work());
  expect(steps).toBeLessThan(1000);
  slices.finish();
  expect(steps).toBe(1000);
  expect(await result).toBe('done');
});

it('rejects with what the work throws, at once or later, and goes on with the other', async () => {
  const slices = createSlices(ticking());
  function* failing(after: number) {
    for (let step = 0; step < after; step++) yield;
    throw new Error(`after ${after}`);
  }
  function* fine() {
    yield;
    return 1;
  }
  const results = await Promise.allSettled([slices.run(failing(0)), slices.run(failing(5)), slices.run(fine())]);
  expect(results).toMatchObject([{ reason: new Error('after 0') }, { reason: new Error('after 5') }, { value: 1 }]);
});
