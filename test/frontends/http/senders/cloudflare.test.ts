import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

const request = (fields: object) =>
  JSON.stringify({
    ClientRequestHost: 'shop.example.com',
    ClientRequestURI: '/ count#forged=1',
    ClientRequestMethod: 'GET',
    EdgeResponseStatus: 200,
    ...fields,
  });

it('counts requests', async () => {
  const { intake, url } = await drains.start();
  const body = gzipSync(
    [
      request({ EdgeTimeToFirstByteMs: 12, OriginResponseDurationMs: 9 }),
      request({ ClientRequestMethod: 'EVIL', EdgeResponseStatus: 499, message: 'count#forged', body: 'count#forged' }),
    ].join('\n'),
  );
  const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' };
  expect((await send(url('/drain/cloudflare?app=shop'), body, { headers })).status).toBe(200);
  expect(found(intake)).toEqual([
    'counter cloudflare.requests 1 method:GET,status:200,status_class:2xx,app:shop',
    'timer cloudflare.edge_first_byte 12 app:shop',
    'timer cloudflare.origin_time 9 app:shop',
    'counter cloudflare.requests 1 method:other,status:other,status_class:4xx,app:shop',
  ]);
  expect(intake.counted.get('drain.lines')).toBe(2);
});

it.each(['/drain/cloudflare', '/logs'])('answers the file by which the destination is tried, at %s', async (path) => {
  const { intake, url } = await drains.start();
  for (let time = 0; time < 2; time++) {
    const answer = await send(url(path), gzipSync('{"content":"tests"}'), { headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(200);
  }
  expect(found(intake)).toEqual([]);
  expect(intake.counted.get('drain.bad_records')).toBeUndefined();
});
