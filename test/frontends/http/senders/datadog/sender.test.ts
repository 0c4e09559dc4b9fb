import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import plugin from '../../../../../frontends/http/index.ts';
import type { Frontend } from '../../../../../src/plugin.ts';
import { metricPayload, sketchPayload } from '../../../../helper/datadog-messages.ts';
import { send } from '../../../../helper/http-client.ts';
import { configure, frontendContext, recordIntake } from '../../../../helper/intake.ts';

const KEY = 'abcdefabcdefabcdefabcdefabcdefab';

const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

async function start(block: object = {}) {
  const intake = recordIntake();
  const context = frontendContext();
  const frontend = plugin.create(configure(plugin, { port: 0, datadog: {}, ...block }), intake, context);
  running.push(frontend);
  const [address = ''] = await frontend.start();
  const post = (path: string, body: Buffer | string, headers = {}) => send(new URL(path, address), body, { headers });
  return { intake, context, post, url: (path: string) => new URL(path, address) };
}

const now = () => Math.floor(Date.now() / 1000);
const series = (value = 1) => JSON.stringify({ series: [{ metric: 'a', type: 'count', points: [[now(), value]] }] });
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

describe('routes', () => {
  const sample = { type: 'counter', name: 'a', value: 1 };
  const payload = metricPayload({ series: [{ metric: 'a', type: 1, points: [{ timestamp: now(), value: 1 }] }] });
  const dogsketches = [{ ts: now(), cnt: 1, min: 1, max: 1, sum: 1, k: [1338], n: [1] }];
  const sketches = sketchPayload({ sketches: [{ metric: 'd', dogsketches }] });
  const distribution = JSON.stringify({ series: [{ metric: 'd', points: [[now(), [1]]] }] });

  it.each<[path: string, body: string | Buffer, headers: object, answer: string, taken: object]>([
    ['/api/v1/series', series(), {}, '{"status":"ok"}', sample],
    ['/api/v1/series', gzipSync(series()), { 'content-encoding': 'gzip' }, '{"status":"ok"}', sample],
    ['/api/v2/series', series(), { 'content-type': 'application/json' }, '{"errors":[]}', sample],
    ['/api/v2/series', deflateSync(series()), { 'content-encoding': 'deflate' }, '{"errors":[]}', sample],
    ['/api/v2/series', payload, PROTOBUF, '{"errors":[]}', sample],
    ['/api/v2/series', payload, { 'content-type': 'Application/X-Protobuf; x=y' }, '{"errors":[]}', sample],
    ['/api/v1/distribution_points', distribution, {}, '{"status":"ok"}', { type: 'distribution', name: 'd', value: 1 }],
    [
      '/api/beta/sketches',
      sketches,
      PROTOBUF,
      '{"errors":[]}',
      { type: 'distribution', name: 'd', value: 1, weight: 1 },
    ],
  ])('%s %#', async (path, body, headers, answer, taken) => {
    const { post, intake } = await start();
    expect(await post(path, body, headers)).toMatchObject({ status: 202, text: answer });
    expect(intake.samples).toEqual([taken]);
    expect(intake.counted.get('drain.requests')).toBe(1);
  });

  it.each([
    ['/api/v1/check_run', '{"check":"db","status":1}', '_sc|db|1'],
    ['/api/v1/check_run', '[{"check":"db","status":1}]', '_sc|db|1'],
    ['/api/v1/events', '{"title":"t","text":"x"}', '_e{1,1}:t|x'],
    ['/intake/', '{"events":{"api":[{"msg_title":"t","msg_text":"x"}]}}', '_e{1,1}:t|x|s:api'],
    ['/intake', '{"events":{"api":[{"msg_title":"t","msg_text":"x"}]}}', '_e{1,1}:t|x|s:api'],
  ])('%s %#', async (path, body, line) => {
    const { post, intake } = await start();
    expect(await post(path, body)).toMatchObject({ status: 202, text: '{"status":"ok"}' });
    expect(intake.received).toEqual([line]);
  });

  it('are not there unless they are asked for', async () => {
    const { post, url, intake } = await start({ datadog: undefined });
    expect((await post('/api/v1/series', series())).status).toBe(404);
    expect((await send(url('/api/v1/validate'), undefined, { method: 'GET' })).status).toBe(404);
    expect(intake.pushes()).toBe(0);
  });

  it('leave those of log lines as they are', async () => {
    const { post, intake } = await start();
    expect(await post('/logs', 'count#a=1', { 'content-type': 'application/x-protobuf' })).toMatchObject({
      status: 204,
    });
    expect(await post('/statsd', 'b:1|c')).toMatchObject({ status: 204, text: '' });
    expect([intake.samples.length, intake.received]).toEqual([1, ['b:1|c']]);
    expect((await post('/nowhere', '')).text).toContain('There is no such path');
  });
});

describe('refusals are said as the intake says them', () => {
  const errors = (text: string) => (JSON.parse(text) as { errors: string[] }).errors;

  it.each<[what: string, path: string, body: string | Buffer, headers: object, status: number, error: RegExp]>([
    ['no JSON', '/api/v1/series', '{"series":[', {}, 400, /^The body cannot be read: it is no JSON\.$/],
    [
      'a bad series among good ones',
      '/api/v2/series',
      '{"series":[{"metric":"a"},7]}',
      {},
      400,
      /a series is an object/,
    ],
    ['a broken message', '/api/v2/series', Buffer.from([10, 9, 1]), PROTOBUF, 400, /no message of Protocol Buffers/],
    ['a broken sketch', '/api/beta/sketches', Buffer.from([10, 9, 1]), PROTOBUF, 400, /no message of Protocol Buffers/],
    ['a damaged body', '/api/v1/series', 'x', { 'content-encoding': 'gzip' }, 400, /broken or incomplete/],
    [
      'an unknown encoding',
      '/api/v1/series',
      Buffer.from([0, 1]),
      { 'content-encoding': 'compress' },
      415,
      /Content-Encoding must be one of/,
    ],
    ['too long', '/api/v1/series', 'x'.repeat(2001), {}, 413, /longer than 2000 bytes/],
    ['too long, packed', '/api/v1/series', Buffer.alloc(1001), { 'content-encoding': 'gzip' }, 413, /longer than 1000/],
    [
      'too long, unpacked',
      '/intake/',
      gzipSync('x'.repeat(2001)),
      { 'content-encoding': 'gzip' },
      413,
      /unpacks to more/,
    ],
  ])('%s', async (_, path, body, headers, status, error) => {
    const { post, intake } = await start({ maxBody: 2000, maxPacked: 1000, maxInFlight: 3000 });
    const answer = await post(path, body, headers);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(errors(answer.text)).toEqual([expect.stringMatching(error)]);
    expect([intake.pushes(), intake.discarded.size]).toEqual([0, 0]);
    expect(intake.counted.get(`drain.refused_requests status:${status === 403 ? 401 : status}`)).toBe(1);
  });

  it.each([
    ['GET', '/api/v1/series', 'POST'],
    ['PUT', '/intake/', 'POST'],
    ['POST', '/api/v1/validate', 'GET'],
  ])('%s %s', async (method, path, allowed) => {
    const { url } = await start();
    const answer = await send(url(path), '', { method });
    expect(answer).toMatchObject({ status: 405, headers: { allow: allowed } });
    expect(errors(answer.text)).toEqual([`${path} takes ${allowed} only.`]);
  });
});

describe('an API key', () => {
  const block = { auth: { tokens: ['another', KEY] } };

  it.each<[where: string, path: string, headers: object]>([
    ['DD-API-KEY', '/api/v1/series', { 'DD-API-KEY': KEY }],
    ['the query', `/api/v1/series?api_key=${KEY}`, {}],
    ['Authorization', '/api/v1/series', { authorization: `Bearer ${KEY}` }],
  ])('is looked for in %s', async (_, path, headers) => {
    const { post, intake } = await start(block);
    expect((await post(path, series(), headers)).status).toBe(202);
    expect(intake.samples).toHaveLength(1);
  });

  it.each<[what: string, path: string, headers: object]>([
    ['no key', '/api/v1/series', {}],
    ['a wrong key', '/api/v1/series', { 'DD-API-KEY': KEY.toUpperCase() }],
    ['an empty key', '/api/v1/series?api_key=', {}],
    ['a key given twice', '/api/v1/series?api_key=x&api_key=y', {}],
    ['a wrong key beside a good credential', '/intake/', { 'DD-API-KEY': 'x', authorization: `Bearer ${KEY}` }],
  ])('%s is forbidden', async (_, path, headers) => {
    const { post, intake, context } = await start(block);
    expect(await post(path, series(), headers)).toMatchObject({ status: 403, text: '{"errors":["Forbidden"]}' });
    expect([intake.pushes(), intake.counted.get('drain.auth_failures')]).toEqual([0, 1]);
    expect(context.logged).toHaveLength(1);
    expect(JSON.stringify(context.logged)).not.toContain(KEY);
  });

  it('is validated', async () => {
    const { url, intake } = await start(block);
    const ask = (headers: object) =>
      send(url('/api/v1/validate'), undefined, { method: 'GET', headers: { ...headers } });
    expect(await ask({ 'DD-API-KEY': KEY })).toMatchObject({ status: 200, text: '{"valid":true}' });
    expect(await ask({ 'DD-API-KEY': 'x' })).toMatchObject({ status: 403, text: '{"errors":["Forbidden"]}' });
    expect(intake.pushes()).toBe(0);
    const open = await start();
    expect((await send(open.url('/api/v1/validate'), undefined, { method: 'GET' })).status).toBe(200);
  });
});

it('no body is answered with 500, whatever it holds', async () => {
  const { post, context } = await start();
  const paths = [
    '/api/v1/series',
    '/api/v2/series',
    '/api/v1/distribution_points',
    '/api/beta/sketches',
    '/api/v1/check_run',
    '/api/v1/events',
    '/intake/',
  ];
  const keys = [
    'series',
    'metric',
    'points',
    'type',
    'tags',
    'resources',
    'events',
    'api',
    'title',
    'check',
    'status',
    'timestamp',
    '__proto__',
  ];
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue(),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...keys), tie('json'), { maxKeys: 5 }),
    ),
  }));
  const bodies = fc.oneof(
    json.map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.boolean(), bodies, async (path, binary, body) => {
      const { status } = await post(path, body, binary ? PROTOBUF : {});
      expect([202, 400]).toContain(status);
    }),
    { numRuns: 1500 },
  );
  expect(context.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
