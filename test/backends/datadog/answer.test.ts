import { expect, it } from 'vitest';
import { complaintsIn, judge } from '../../../backends/datadog/answer.ts';

it.each([
  ['{"errors":[]}', []],
  ['{"errors":["a","b"]}', ['a', 'b']],
  ['{"errors":["",null,7]}', ['7']],
  [JSON.stringify({ errors: ['x'.repeat(300)] }), ['x'.repeat(200)]],
  ['{"status":"ok"}', []],
  ['{"errors":"x"}', []],
  ['null', []],
  ['<html>', []],
  ['', []],
])('of a request that was taken the intake complains in %s', (answer, want) => {
  expect(complaintsIn(answer)).toEqual(want);
});

it.each([
  [401, 'refused_everywhere'],
  [403, 'refused_everywhere'],
  [202, undefined],
  [400, undefined],
  [402, 'useless'],
  [404, 'useless'],
  [407, undefined],
  [503, undefined],
])('%d: %s', (status, verdict) => {
  expect(judge(status, '')).toBe(verdict);
});
