import { expect, it } from 'vitest';
import { createTaken } from '../../../../frontends/http/transport/dedup.ts';

it('remembers an id for the whole time and not longer than twice', () => {
  let now = 0;
  const taken = createTaken(100, 1000, () => now);
  taken.add('a');
  now = 99;
  taken.add('b');
  now = 100;
  expect([taken.has('a'), taken.has('b')]).toEqual([true, true]);
  now = 198;
  expect(taken.has('b')).toBe(true);
  now = 200;
  expect([taken.has('a'), taken.has('b')]).toEqual([false, false]);
});

it('forgets everything after a pause', () => {
  let now = 0;
  const taken = createTaken(100, 1000, () => now);
  taken.add('a');
  now = 1_000_000;
  expect(taken.has('a')).toBe(false);
});

it('holds no more than its capacity, and the latest half of that for certain', () => {
  const taken = createTaken(100, 10, () => 0);
  for (let id = 0; id < 1000; id++) taken.add(String(id));
  const held = Array.from({ length: 1000 }, (_, id) => id).filter((id) => taken.has(String(id)));
  expect(held.length).toBeLessThanOrEqual(10);
  expect(held).toEqual(expect.arrayContaining([995, 996, 997, 998, 999]));
});
