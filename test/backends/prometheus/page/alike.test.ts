import { expect, it } from 'vitest';
import { createAlike } from '../../../../backends/prometheus/page/alike.ts';

it('numbers of one text are together, in the order in which they came', () => {
  const alike = createAlike();
  for (const [text, number] of [
    ['b', 3],
    ['a', 1],
    ['b', 2],
    ['__proto__', 7],
    ['b', 9],
  ] as const) {
    alike.add(text, number);
  }
  expect([...alike.firsts]).toEqual([
    ['b', 3],
    ['a', 1],
    ['__proto__', 7],
  ]);
  expect(alike.first('b')).toBe(3);
  expect(alike.first('c')).toBeUndefined();
  expect([alike.like(3), alike.like(1), alike.like(2)]).toEqual([[3, 2, 9], undefined, undefined]);
});
