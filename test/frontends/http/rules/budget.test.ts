import { expect, it } from 'vitest';
import { createBudget } from '../../../../frontends/http/rules/budget.ts';

it('a rule that has had a fifth of ten seconds rests until they are over', () => {
  const budget = createBudget();
  expect([budget.allows(0), budget.spend(1999, 1999), budget.allows(2000)]).toEqual([true, false, true]);
  expect([budget.spend(2, 2001), budget.allows(2001), budget.allows(9999)]).toEqual([true, false, false]);
  expect([budget.allows(10_000), budget.spend(2000, 12_000), budget.spend(1, 12_001)]).toEqual([true, true, false]);
});
