import { expect, it } from 'vitest';
import { anyGlob } from '../../../../frontends/http/rules/glob.ts';

it.each<[readonly string[], string, boolean]>([
  [['web.1'], 'web.1', true],
  [['web.1'], 'web.12', false],
  [['web.*'], 'web.12', true],
  [['web.*'], 'worker.1', false],
  [['*'], '', true],
  [['*.1'], 'web.1', true],
  [['a*b*c'], 'aXbYc', true],
  [['a*b*c'], 'acb', false],
  [['ab*ba'], 'aba', false],
  [['a', 'b'], 'b', true],
])('%j and %j: %s', (patterns, text, expected) => {
  const matches = anyGlob(patterns);
  expect([matches(text), matches(text)]).toEqual([expected, expected]);
});
