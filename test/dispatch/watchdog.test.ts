import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatchdog } from '../../src/dispatch/watchdog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(periodMs: number) {
  const ask = vi.fn();
  const stuck = vi.fn();
  return { ask, stuck, dog: createWatchdog({ periodMs, ask, stuck }) };
}

it('asks once in each window, and barks once after three windows without an answer', () => {
  const { ask, stuck } = open(10_000);
  vi.advanceTimersByTime(40_000);
  expect(ask).toHaveBeenCalledTimes(4);
  expect(stuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(stuck.mock.calls).toEqual([[40_000]]);
  vi.advanceTimersByTime(100_000);
  expect(stuck).toHaveBeenCalledTimes(1);
});

it('is quiet while there are answers, late ones too', () => {
  const { stuck, dog } = open(10_000);
  for (let turn = 0; turn < 10; turn++) {
    vi.advanceTimersByTime(35_000);
    dog.answered();
  }
  expect(stuck).not.toHaveBeenCalled();
});

it('takes windows of milliseconds for windows of four seconds', () => {
  const { stuck } = open(10);
  vi.advanceTimersByTime(16_000);
  expect(stuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(4000);
  expect(stuck).toHaveBeenCalledTimes(1);
});

it('begins anew with another window, and ends', () => {
  const { stuck, dog } = open(10_000);
  vi.advanceTimersByTime(40_000);
  dog.setPeriod(60_000);
  vi.advanceTimersByTime(240_000);
  expect(stuck).not.toHaveBeenCalled();
  dog.stop();
  vi.advanceTimersByTime(600_000);
  expect(stuck).not.toHaveBeenCalled();
});
