import { beforeEach, expect, it, vi } from 'vitest';
import { untilQuiet } from '../../src/kit/until-quiet.ts';

/** Milliseconds that have gone by, in which something has arrived at the times of `when`. */
const clock = vi.hoisted(() => ({ now: 0, stalled: 0 }));
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => {
    clock.now += ms;
  },
  setImmediate: async () => {
    clock.now += clock.stalled;
  },
}));

beforeEach(() => {
  clock.now = 0;
  clock.stalled = 0;
});

const arrivedAt =
  (...when: number[]) =>
  () =>
    when.filter((ms) => ms <= clock.now).length;

it.each([
  ['nothing arrives', [], 50],
  ['something arrives at first', [10, 60], 150],
  ['what arrived was there before', [0, 0], 50],
  ['it does not end', Array.from({ length: 100 }, (_, i) => i * 25), 500],
])('waits for a period without arrivals, ten at most: %s', async (_, when, ms) => {
  await untilQuiet(arrivedAt(...when));
  expect(clock.now).toBe(ms);
});

it('does not wait, or not any longer, when nothing is expected', async () => {
  await untilQuiet(arrivedAt(10, 60, 110), () => false);
  expect(clock.now).toBe(0);
  await untilQuiet(arrivedAt(10, 60, 110), () => clock.now < 100);
  expect(clock.now).toBe(100);
});

it('asks the system once more before it finds that nothing has arrived', async () => {
  clock.stalled = 1;
  await untilQuiet(arrivedAt(51));
  expect(clock.now).toBe(102);
});
