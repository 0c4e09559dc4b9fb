import { afterEach, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

/** As omelasticsearch writes it with its own template. */
const BODY =
  '{"index":{"_index": "system","_type": "events"}}\n' +
  '{"message":" count#cart.add=2","fromhost":"web-1","facility":"user","priority":"info","timereported":"2024-05-01T10:00:01+00:00","timegenerated":"2024-05-01T10:00:01+00:00"}\n' +
  '{"create":{}}\n{"message":"count#b"}\n';

it.each(['/_bulk', '/_bulk/', '/_bulk?timeout=1m', '/logs'])('takes what rsyslog posts to %s', async (path) => {
  const { intake, url } = await drains.start();
  const answer = await send(url(path), BODY, { headers: { 'content-type': 'text/json; charset=utf-8' } });
  expect(answer).toMatchObject({
    status: 200,
    text: '{"took":0,"errors":false,"items":[{"index":{"status":201}},{"create":{"status":201}}]}',
  });
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
  expect(found(intake)).toEqual(['counter cart.add 2', 'counter b 1']);
  expect(intake.counted.get('drain.lines')).toBe(2);
});

it('answers where nothing was posted', async () => {
  const { url } = await drains.start();
  expect((await send(url('/_bulk'), '')).text).toBe('{"took":0,"errors":false,"items":[]}');
});

it.each(['/', '/_cat/health', '/_cat/health?format=json'])(
  'answers who looks at %s first, without a credential',
  async (path) => {
    const { url } = await drains.start({ auth: { tokens: ['t'] } });
    expect(await send(url(path), undefined, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    const { status, text } = await send(url(path), undefined, { method: 'GET' });
    expect({ status, json: typeof JSON.parse(text) }).toEqual({ status: 200, json: 'object' });
  },
);

it('refuses as Elasticsearch does', async () => {
  const { intake, url } = await drains.start({ auth: { users: [{ user: 'rsyslog', password: 'p' }] } });
  const answer = await send(url('/_bulk'), BODY);
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.text)).toMatchObject({ error: { type: 'statsdrain' }, status: 401 });
  expect((await send(url('/_bulk'), BODY, { method: 'DELETE' })).text).toContain('"status":405');
  const headers = { authorization: `Basic ${Buffer.from('rsyslog:p').toString('base64')}` };
  expect((await send(url('/_bulk'), BODY, { headers })).status).toBe(200);
  expect(intake.samples).toHaveLength(2);
});
