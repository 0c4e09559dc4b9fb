import { expect, it } from 'vitest';
import { usualVerdict } from '../../../src/kit/http/verdict.ts';

it.each([
  [[200, 201, 202, 204], 'accepted'],
  [[400], 'rejected'],
  [[413], 'too_large'],
  [[408, 429, 500, 501, 502, 503, 504], 'retry'],
  [[301, 302, 304, 307, 308, 401, 402, 403, 404, 405, 407, 410, 415, 422], 'refused'],
] as const)('%j: %s', (statuses, verdict) => {
  expect(statuses.map(usualVerdict)).toEqual(statuses.map(() => verdict));
});
