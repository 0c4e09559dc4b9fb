import { afterEach, expect, it, vi } from 'vitest';
import { retryAfterMs } from '../../../src/kit/http/retry-after.ts';

afterEach(() => {
  vi.useRealTimers();
});

it.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': ' 1.5 ' }, 1500],
  [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '99999999999' }, 3_600_000],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1x' }, undefined],
  [{ 'x-pause': '12' }, 12_000],
  [{ 'retry-after': '1', 'x-pause': '12' }, 1000],
  [{ 'retry-after': 'soon', 'x-pause': '12' }, 12_000],
  [{ 'x-other': '12' }, undefined],
  [{}, undefined],
])('%j is %s ms', (headers, want) => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12, 0, 0) });
  const given = new Map(Object.entries(headers as Record<string, string>));
  expect(retryAfterMs((name) => given.get(name), ['x-pause'])).toBe(want);
});

it('is not looked up in headers that nobody named', () => {
  expect(retryAfterMs((name) => (name === 'x-pause' ? '12' : undefined))).toBeUndefined();
});
