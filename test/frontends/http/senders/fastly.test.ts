import { afterEach, describe, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

describe('the challenge', () => {
  it.each<[services: readonly string[], expected: string]>([
    [[], '*\n'],
    // `printf SU1Z0isxPaozGVKXdv0eY | sha256sum`
    [['SU1Z0isxPaozGVKXdv0eY'], '66b01d440c79400570c755aad9d589af5368719067c13fee58710a7198db2de8\n'],
  ])('is answered without a credential: %j', async (services, expected) => {
    const { url } = await drains.start({ auth: { tokens: ['t'] }, fastly: { services } });
    const answer = await send(url('/.well-known/fastly/logging/challenge'), undefined, { method: 'GET' });
    expect(answer).toMatchObject({ status: 200, text: expected });
  });
});

const REQUEST = {
  timestamp: '2024-05-01T10:00:01',
  host: 'shop.example.com',
  url: '/?count#forged=1',
  request_method: 'GET',
  response_status: 404,
};

it.each<[format: string, method: string, body: string, expected: readonly string[]]>([
  [
    'an array',
    'POST',
    JSON.stringify([REQUEST, REQUEST]),
    Array(2).fill('counter fastly.requests 1 method:GET,status:404,status_class:4xx'),
  ],
  [
    'lines of JSON',
    'PUT',
    `${JSON.stringify({ ...REQUEST, response_status: '200' })}\n`,
    ['counter fastly.requests 1 method:GET,status:200,status_class:2xx'],
  ],
  ['JSON of a format of its own', 'POST', '{"message":"count#a","status":200}', ['counter a 1']],
  ['lines of text', 'PUT', 'count#a\ncount#b\n', ['counter a 1', 'counter b 1']],
])('takes %s by %s, of any type', async (_, method, body, expected) => {
  const { intake, url } = await drains.start();
  const answer = await send(url('/drain/fastly'), body, { method, headers: { 'content-type': 'x/y' } });
  expect(answer.status).toBe(200);
  expect(found(intake)).toEqual(expected);
});

it('takes no other method', async () => {
  const { url } = await drains.start();
  expect((await send(url('/drain/fastly'), undefined, { method: 'GET' })).headers.allow).toBe('POST, PUT');
});
