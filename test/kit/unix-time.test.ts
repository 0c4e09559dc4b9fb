import { afterEach, expect, it, vi } from 'vitest';
import { unixSeconds } from '../../src/kit/unix-time.ts';

afterEach(() => void vi.useRealTimers());

it('rounds to the nearest second', () => {
  expect([1_700_000_000_499, 1_700_000_000_500].map((ms) => unixSeconds(ms))).toEqual([1_700_000_000, 1_700_000_001]);
});

it('is now unless told otherwise', () => {
  vi.useFakeTimers({ now: 1_700_000_000_500 });
  expect(unixSeconds()).toBe(1_700_000_001);
});
