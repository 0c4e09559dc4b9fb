import { expect, it } from 'vitest';
import { createRuleNumbers } from '../../src/ingest/rule-numbers.ts';

it('gives equal rules the same number, and others one that was never given', () => {
  const numbers = createRuleNumbers();
  const numberOf = (rules?: Parameters<typeof numbers.keysOf>[0]) => numbers.keysOf(rules)?.number;
  expect(numberOf()).toBeUndefined();
  expect([numberOf({ prefix: 'a' }), numberOf({ prefix: 'b' }), numberOf({ tags: ['a'] })]).toEqual([1, 2, 3]);
  expect([numberOf({ tagStyles: ['librato'] }), numberOf({ prefix: 'a', tags: ['a'] })]).toEqual([4, 5]);
  expect([numberOf({ prefix: 'b' }), numberOf({ prefix: 'a' })]).toEqual([2, 1]);
  expect(numbers.all.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(numbers.keysOf({ prefix: 'b' })).toEqual({ number: 2, prefix: 'b' });
});
