import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createShard } from '../../src/aggregate/shard.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { startShardLoop } from '../../src/ingest/shard-loop.ts';
import type { Partial } from '../../src/partial/partial.ts';

beforeEach(() => void vi.useFakeTimers({ now: 13_200 }));
afterEach(() => void vi.useRealTimers());

function open(intervalMs: number, originMs = 0) {
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => Date.now(), seed: 1 });
  const partials: Partial[] = [];
  const loop = startShardLoop(shard, intervalMs, originMs, (partial) => partials.push(partial));
  return {
    loop,
    ends: () =>
      partials.map(({ endMs, final, interim }) => (final ? `${endMs} final` : interim ? `${endMs} interim` : endMs)),
  };
}

it('hands over at multiples of the interval, and a last short window once', () => {
  const { loop, ends } = open(10_000);
  vi.advanceTimersByTime(30_000);
  expect(ends()).toEqual([20_000, 30_000, 40_000]);
  loop.finish();
  loop.finish();
  expect(ends()).toEqual([20_000, 30_000, 40_000, '43200 final']);
  vi.advanceTimersByTime(60_000);
  expect(ends()).toHaveLength(4);
});

it('hands over one window for a stall over several ends', () => {
  const { ends } = open(1000);
  vi.setSystemTime(18_500);
  vi.advanceTimersByTime(800);
  expect(ends()).toEqual([14_000]);
  vi.advanceTimersByTime(700);
  expect(ends()).toEqual([14_000, 20_000]);
});

it('goes over to another interval', () => {
  const { loop, ends } = open(10_000);
  loop.setInterval(1000, 0);
  vi.advanceTimersByTime(2000);
  expect(ends()).toEqual([14_000, 15_000]);
});

it('follows a clock that is set back', () => {
  const { ends } = open(1000);
  vi.advanceTimersByTime(1000);
  vi.setSystemTime(4_100);
  vi.advanceTimersByTime(3000);
  expect(
    ends()
      .slice(1)
      .every((end) => Number(end) <= 8000),
  ).toBe(true);
  expect(ends().length).toBeGreaterThanOrEqual(3);
});

it('counts from the start, and goes over to the clock', () => {
  const { loop, ends } = open(10_000, 13_000);
  vi.advanceTimersByTime(20_000);
  expect(ends()).toEqual([23_000, 33_000]);
  loop.setInterval(10_000, 0);
  vi.advanceTimersByTime(20_000);
  expect(ends()).toEqual([23_000, 33_000, 40_000, 50_000]);
});

it('has a first window that begins before the second of the start', () => {
  vi.setSystemTime(12_600);
  const { ends } = open(10_000, 13_000);
  vi.advanceTimersByTime(11_000);
  expect(ends()).toEqual([23_000]);
});

it('hands over what there is of the open window, which goes on', () => {
  const { loop, ends } = open(10_000);
  vi.advanceTimersByTime(2000);
  loop.handOver();
  vi.advanceTimersByTime(8000);
  expect(ends()).toEqual(['20000 interim', 20_000]);
  loop.finish();
  loop.handOver();
  expect(ends()).toEqual(['20000 interim', 20_000, '23200 final']);
});
