import { expect, it } from 'vitest';
import { createBreaker } from '../../src/dispatch/breaker.ts';

const retry = { minMs: 100, maxMs: 1000, timeoutMs: 5000 };
/** Waits as long as it ever may. */
const slowest = () => 1;

it('waits up to twice as long after each failure, and no longer than the settings allow', () => {
  const breaker = createBreaker(4, slowest);
  const waits: number[] = [];
  let now = 0;
  for (let failure = 0; failure < 6; failure++) {
    breaker.failed(now, retry, undefined);
    waits.push(breaker.waitMs(now));
    now += breaker.waitMs(now);
  }
  expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
});

it('waits for any part of that, so that many senders do not come back at once', () => {
  for (const [random, wait] of [
    [0, 0],
    [0.25, 25],
    [1, 100],
  ] as const) {
    const breaker = createBreaker(4, () => random);
    breaker.failed(0, retry, undefined);
    expect(breaker.waitMs(0)).toBe(wait);
  }
});

it.each([
  [700, 700],
  [50, 100],
  [99_000, 1000],
  [Number.POSITIVE_INFINITY, 1000],
])('waits for what the server asks for, if that is longer, up to the longest wait: %d ms', (asked, wait) => {
  const breaker = createBreaker(4, slowest);
  breaker.failed(0, retry, asked);
  expect(breaker.waitMs(0)).toBe(wait);
});

it('takes requests that failed together for one failure', () => {
  const breaker = createBreaker(4, slowest);
  for (let request = 0; request < 4; request++) breaker.failed(10, retry, undefined);
  expect(breaker.open).toBe(false);
  expect(breaker.waitMs(10)).toBe(100);
});

it('opens after four failures in a row, probes with one request, and comes back step by step', () => {
  const breaker = createBreaker(4, slowest);
  let now = 0;
  const seen: (readonly [boolean, number])[] = [];
  for (let failure = 0; failure < 4; failure++) {
    breaker.failed(now, retry, undefined);
    seen.push([breaker.open, breaker.concurrency]);
    now += breaker.waitMs(now);
  }
  expect(seen).toEqual([
    [false, 4],
    [false, 4],
    [false, 4],
    [true, 1],
  ]);
  const after: number[] = [];
  for (let success = 0; success < 3; success++) {
    breaker.succeeded(now);
    after.push(breaker.concurrency);
  }
  expect(breaker.open).toBe(false);
  expect(after).toEqual([2, 4, 4]);
  expect(breaker.waitMs(now)).toBe(0);
});

it('hurries when the end is near, whatever the server asked for', () => {
  const breaker = createBreaker(4, slowest);
  breaker.failed(0, retry, 900);
  breaker.hurry();
  expect(breaker.waitMs(0)).toBe(0);
  for (let failure = 0; failure < 9; failure++) breaker.failed(1000 * failure + 1, retry, 60_000);
  expect(breaker.waitMs(8001)).toBe(500);
});

it('goes on waiting when a request succeeds that had begun before another one failed', () => {
  const breaker = createBreaker(4, slowest);
  breaker.failed(10, retry, 900);
  breaker.succeeded(5);
  expect(breaker.waitMs(10)).toBe(900);
  breaker.succeeded(920);
  expect(breaker.waitMs(20)).toBe(0);
});
