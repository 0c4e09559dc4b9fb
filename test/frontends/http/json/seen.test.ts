import { expect, it } from 'vitest';
import { createSeen } from '../../../../frontends/http/json/seen.ts';

it('knows the last ids, and never more than twice its capacity', () => {
  const seen = createSeen(3);
  expect(['a', 'b', 'a', 'c', 'd', 'a', 'e', 'f', 'g', 'd', 'a'].map(seen.isNew)).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
    true,
    true,
    true,
    false,
    true,
  ]);
});

it('does not remember ids that are too long', () => {
  const seen = createSeen();
  expect([seen.isNew('x'.repeat(201)), seen.isNew('x'.repeat(201))]).toEqual([true, true]);
});
