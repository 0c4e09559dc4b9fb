import fc from 'fast-check';
import { expect, it } from 'vitest';
import { searchRefused } from '../../../src/kit/http/search.ts';

/** A server that refuses whatever holds one of `bad`. */
async function search(count: number, bad: ReadonlySet<number>, goOn: (requests: number) => boolean = () => true) {
  const taken = new Map<number, number>();
  let requests = 0;
  const found = await searchRefused(
    count,
    async (from, to) => {
      requests++;
      const items = Array.from({ length: to - from }, (_, i) => from + i);
      if (items.some((item) => bad.has(item))) return 'refused';
      for (const item of items) taken.set(item, (taken.get(item) ?? 0) + 1);
      return 'taken';
    },
    () => goOn(requests),
  );
  return { ...found, taken, requests };
}

const numbers = (count: number, from = 0, step = 1) =>
  new Set(Array.from({ length: count }, (_, i) => from + i * step));

it('finds what is refused alone, and everything else arrives once', async () => {
  const cases = fc
    .integer({ min: 2, max: 300 })
    .chain((count) => fc.tuple(fc.constant(count), fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }))));
  await fc.assert(
    fc.asyncProperty(cases, async ([count, bad]) => {
      const { refused, rest, taken } = await search(count, new Set(bad));
      expect(refused).toEqual([...bad].sort((a, b) => a - b));
      expect(rest).toBe(count);
      expect(taken.size).toBe(count - bad.length);
      expect([...taken.values()].every((times) => times === 1)).toBe(true);
    }),
  );
});

it.each([
  { title: 'one of 1,000', count: 1000, bad: numbers(1, 777), most: 30 },
  { title: '200 of 5,000 that stand together', count: 5000, bad: numbers(200, 3100), most: 300 },
  { title: '200 of 5,000 at the beginning', count: 5000, bad: numbers(200), most: 300 },
  { title: 'every 25th of 5,000', count: 5000, bad: numbers(200, 7, 25), most: 1500 },
  { title: 'every other one', count: 1000, bad: numbers(500, 0, 2), most: 1600 },
  { title: 'all', count: 1000, bad: numbers(1000), most: 1030 },
])('$title: no more than $most requests', async ({ count, bad, most }) => {
  const { refused, taken, requests } = await search(count, bad);
  expect(refused).toHaveLength(bad.size);
  expect(taken.size).toBe(count - bad.size);
  expect(requests).toBeLessThanOrEqual(most);
});

it('200 anywhere among 5,000: no more than a third over what has to be asked', async () => {
  let state = 7;
  const bad = new Set<number>();
  while (bad.size < 200) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bad.add(state % 5000);
  }
  const { taken, requests } = await search(5000, bad);
  expect(taken.size).toBe(4800);
  expect(requests).toBeLessThanOrEqual(1211 * 1.35);
});

it('stops where it is told to, and at a part of which nothing is known', async () => {
  const { refused, rest, taken } = await search(1000, numbers(500, 0, 2), (requests) => requests < 40);
  expect(refused.length + taken.size).toBe(rest);
  expect(rest).toBeGreaterThan(10);
  expect(rest).toBeLessThan(40);
  const unknown = await searchRefused(
    8,
    async (from) => (from < 4 ? 'taken' : 'unknown'),
    () => true,
  );
  expect(unknown).toEqual({ refused: [], rest: 4 });
});
