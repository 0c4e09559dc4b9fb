import { expect, it } from 'vitest';
import { repeatKey } from '../../../../frontends/http/senders/logplex.ts';

it.each([
  [{}, undefined],
  [{ 'logplex-frame-id': '' }, undefined],
  [{ 'logplex-frame-id': 'f'.repeat(201) }, undefined],
  [{ 'logplex-frame-id': 'F', 'x-request-id': 'R' }, '\nF'],
  [{ 'logplex-frame-id': 'F', 'logplex-drain-token': 'd.1' }, 'd.1\nF'],
  [{ 'x-request-id': 'R' }, '\nR'],
])('knows a batch that is sent again by its ids: %j', (headers, key) => {
  expect(repeatKey(headers)).toBe(key);
});
