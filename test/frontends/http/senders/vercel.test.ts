import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

const SECRET = 'not-for-the-log';
const sign = (body: Buffer | string, secret = SECRET) => ({
  'x-vercel-signature': createHmac('sha1', secret).update(body).digest('hex'),
});

let ids = 0;
const record = (fields: object) => ({
  id: String(1573817187330377061717300000n + BigInt(ids++)),
  message: 'count#cart.add=2',
  timestamp: 1573817187330,
  source: 'lambda',
  projectId: 'gdufoJxB6b9b1fEqr1jUtFkyavUU',
  projectName: 'shop',
  host: 'shop-5fxbzdvyg.vercel.app',
  level: 'info',
  ...fields,
});
const proxy = (fields: object) => ({
  timestamp: 1573817250172,
  method: 'GET',
  host: 'shop.example.com',
  path: '/ count#forged=1',
  statusCode: 200,
  ...fields,
});

describe('records', () => {
  it.each([
    ['a list', (all: readonly object[]) => JSON.stringify(all)],
    ['lines', (all: readonly object[]) => all.map((one) => `${JSON.stringify(one)}\n`).join('')],
  ])('come as %s', async (_, write) => {
    const { intake, url } = await drains.start();
    const body = write([
      record({ requestId: '643af4e3', statusCode: 200, proxy: proxy({}) }),
      // Another line of the same request.
      record({ requestId: '643af4e3', message: 'count#b', proxy: proxy({}) }),
      record({
        requestId: '643af4e4',
        message: undefined,
        statusCode: -1,
        proxy: proxy({ method: 'EVIL', statusCode: -1 }),
      }),
      record({ requestId: '643af4e5', source: 'static', message: undefined, proxy: proxy({ statusCode: 304 }) }),
      record({ source: 'build', message: 'measure#build=3s cut off in the mid' }),
    ]);
    expect(await send(url('/drain/vercel'), body, { headers: { 'content-type': 'application/json' } })).toMatchObject({
      status: 200,
      text: '',
    });
    expect(found(intake).sort()).toEqual([
      'counter b 1 source:lambda,app:shop',
      'counter cart.add 2 source:lambda,app:shop',
      'counter vercel.requests 1 method:GET,status:200,status_class:2xx,app:shop',
      'counter vercel.requests 1 method:GET,status:304,status_class:3xx,app:shop',
      'counter vercel.requests 1 method:other,status:none,status_class:none,app:shop',
      'timer build 3000 source:build,app:shop',
    ]);
  });

  it('that come again count once', async () => {
    const { intake, url } = await drains.start();
    const [first, second] = [record({}), record({ message: 'count#b', requestId: 'r', proxy: proxy({}) })];
    for (const batch of [[first], [first, second], [second]]) await send(url('/drain/vercel'), JSON.stringify(batch));
    expect(found(intake)).toHaveLength(3);
    expect(intake.counted.get('drain.duplicate_records')).toBe(2);
  });
});

describe('x-vercel-verify', () => {
  it('is in every answer of the route, and in no other', async () => {
    const { url } = await drains.start({ auth: { tokens: ['t'] }, vercel: { verify: '886f64690e', secret: SECRET } });
    const sent = [
      send(url('/drain/vercel'), undefined, { method: 'GET' }),
      send(url('/drain/vercel'), undefined, { method: 'PUT' }),
      send(url('/drain/vercel'), '{}'),
      send(url('/drain/vercel'), '[{}]'),
      send(url('/logs'), '[]', { headers: sign('[]') }),
      send(url('/logs'), '[]'),
    ];
    const answers = (await Promise.all(sent)).map(({ status, headers }) => [status, headers['x-vercel-verify']]);
    expect(answers).toEqual([
      [200, '886f64690e'],
      [405, '886f64690e'],
      [200, '886f64690e'],
      [403, '886f64690e'],
      [200, '886f64690e'],
      [401, undefined],
    ]);
  });
});

describe('with a secret', () => {
  it.each(['{}', '', ' {\n} ', '[]'])('what says nothing needs no signature: %j', async (body) => {
    const { intake, url } = await drains.start({ vercel: { secret: SECRET } });
    expect((await send(url('/drain/vercel'), body)).status).toBe(200);
    expect(found(intake)).toEqual([]);
    expect(intake.counted.get('drain.lines')).toBeUndefined();
  });

  it.each(['/drain/vercel', '/logs'])(
    'a signed body is taken at %s, packed or not, without another credential',
    async (path) => {
      const { intake, url } = await drains.start({ auth: { tokens: ['t'] }, vercel: { secret: SECRET } });
      const plain = JSON.stringify([record({})]);
      const packed = gzipSync(JSON.stringify([record({ message: 'count#b' })]));
      expect((await send(url(path), plain, { headers: sign(plain) })).status).toBe(200);
      expect((await send(url(path), packed, { headers: { ...sign(packed), 'content-encoding': 'gzip' } })).status).toBe(
        200,
      );
      expect(found(intake)).toEqual([
        'counter cart.add 2 source:lambda,app:shop',
        'counter b 1 source:lambda,app:shop',
      ]);
    },
  );

  it.each<[what: string, headers: (body: string) => Record<string, string>]>([
    ['no signature', () => ({})],
    ['a credential instead', () => ({ authorization: 'Bearer t' })],
    ['a signature by another secret', (body) => sign(body, 'other')],
    ['one of another body', () => sign('[]')],
    ['an empty one', () => ({ 'x-vercel-signature': '' })],
    ['one that is cut off', (body) => ({ 'x-vercel-signature': sign(body)['x-vercel-signature'].slice(0, 38) })],
  ])('a body with %s is refused', async (_, headers) => {
    const { intake, url } = await drains.start({ auth: { tokens: ['t'] }, vercel: { secret: SECRET } });
    const body = JSON.stringify([record({})]);
    const answer = await send(url('/drain/vercel'), body, { headers: headers(body) });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain(SECRET);
    expect(found(intake)).toEqual([]);
    expect(intake.counted.get('drain.refused_requests status:403')).toBe(1);
  });
});

it('needs a credential without a secret', async () => {
  const { url } = await drains.start({ auth: { tokens: ['t'] } });
  expect((await send(url('/drain/vercel'), '[]')).status).toBe(401);
  expect((await send(url('/drain/vercel'), '[]', { headers: { authorization: 'Bearer t' } })).status).toBe(200);
});
