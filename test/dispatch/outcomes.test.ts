import { expect, it } from 'vitest';
import { createOutcomeRecord } from '../../src/dispatch/outcomes.ts';

it('keep the last success and the last error, with their times', () => {
  let now = 1000;
  const record = createOutcomeRecord(() => now);
  expect(record.last).toEqual({});
  record.failed('refused');
  now = 2000;
  record.failed('no answer');
  expect(record.last).toEqual({ lastError: { atMs: 2000, message: 'no answer' } });
  now = 3000;
  record.succeeded();
  expect(record.last).toEqual({ lastSuccessMs: 3000, lastError: { atMs: 2000, message: 'no answer' } });
});
