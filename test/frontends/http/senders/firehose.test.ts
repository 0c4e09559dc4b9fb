import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

const KEY = 'k'.repeat(4096);
const ID = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f';
const headers = {
  'content-type': 'application/json',
  'x-amz-firehose-request-id': ID,
  'x-amz-firehose-protocol-version': '1.0',
  'x-amz-firehose-access-key': KEY,
};

const body = (...records: readonly (Buffer | string)[]) =>
  JSON.stringify({
    requestId: ID,
    timestamp: 1578090901599,
    records: records.map((data) => ({ data: Buffer.from(data as string).toString('base64') })),
  });

const cloudWatch = (fields: object = {}) =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/lambda/checkout',
    logStream: '2024/05/01/[$LATEST]7c2e',
    subscriptionFilters: ['all'],
    logEvents: [
      { id: '1', timestamp: 1578090901599, message: 'count#cart.add=2\n' },
      { id: '2', timestamp: 1578090901600, message: 'measure#db.query=12.5ms' },
    ],
    ...fields,
  });

const EXPECTED = ['counter cart.add 2 app:checkout', 'timer db.query 12.5 app:checkout'];

describe('a body', () => {
  it.each<[what: string, records: readonly (Buffer | string)[], expected: readonly string[], bad?: number]>([
    ['of CloudWatch Logs', [gzipSync(cloudWatch())], EXPECTED],
    ['of CloudWatch Logs that Firehose has unpacked', [cloudWatch() + cloudWatch()], [...EXPECTED, ...EXPECTED]],
    [
      'of CloudWatch Logs in parts of gzip',
      [Buffer.concat([gzipSync(cloudWatch().slice(0, 100)), gzipSync(cloudWatch().slice(100))])],
      EXPECTED,
    ],
    ['of CloudWatch Logs that asks only', [gzipSync(cloudWatch({ messageType: 'CONTROL_MESSAGE' }))], []],
    [
      'of producers that write JSON',
      ['{"message":"count#a"}', '{"message":"count#b"}\n{"message":"count#c"}\n'],
      ['counter a 1', 'counter b 1', 'counter c 1'],
    ],
    ['of producers that write lines', ['count#a\ncount#b\n', 'count#c'], ['counter a 1', 'counter b 1', 'counter c 1']],
    [
      'with lines that look like those of a platform',
      ['<158>1 2024-05-01T10:00:01Z host heroku router - dyno=web.1 connect=1ms service=2ms status=200'],
      [],
    ],
    ['with something else packed', [gzipSync('count#a')], ['counter a 1']],
    ['with gzip that is cut off', [gzipSync(cloudWatch()).subarray(0, 60), 'count#a'], ['counter a 1'], 1],
    [
      'with a message that is cut off',
      [gzipSync(cloudWatch().slice(0, -3)), 'count#a'],
      [EXPECTED[0]!, 'counter a 1'],
      1,
    ],
    ['without records', [], []],
  ])('%s is read', async (_, records, expected, bad) => {
    for (const path of ['/drain/firehose', '/logs']) {
      const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
      const before = Date.now();
      const answer = await send(url(path), gzipSync(body(...records)), {
        headers: { ...headers, 'content-encoding': 'gzip' },
      });
      expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
        status: 200,
        type: 'application/json',
      });
      const { requestId, timestamp, ...more } = JSON.parse(answer.text);
      expect({ requestId, more }).toEqual({ requestId: ID, more: {} });
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(found(intake)).toEqual(expected);
      expect(intake.counted.get('drain.bad_records')).toBe(bad);
    }
  });

  it('that comes again counts once', async () => {
    const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
    for (let time = 0; time < 2; time++) {
      const answer = await send(url('/drain/firehose'), body('count#a', gzipSync('x').subarray(0, 5)), { headers });
      expect(JSON.parse(answer.text)).toMatchObject({ requestId: ID });
    }
    expect(found(intake)).toEqual(['counter a 1']);
    expect(intake.counted.get('drain.duplicate_frames')).toBe(1);
    expect(intake.counted.get('drain.bad_records')).toBe(1);
  });

  it('of 5 MiB that do not pack is taken', async () => {
    const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
    const packed = gzipSync(body(...Array.from({ length: 5 }, () => randomBytes(1000 * 1024)), 'count#a'));
    expect(packed.length).toBeGreaterThan(5_000_000);
    expect(
      (await send(url('/drain/firehose'), packed, { headers: { ...headers, 'content-encoding': 'gzip' } })).status,
    ).toBe(200);
    expect(found(intake)).toContain('counter a 1');
  });

  it('with a bomb in it costs that record', async () => {
    const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
    const bomb = gzipSync(Buffer.alloc(11 * 1024 * 1024));
    const answer = await send(url('/drain/firehose'), body(bomb, 'count#a'), { headers });
    expect(answer.status).toBe(200);
    expect(found(intake)).toEqual(['counter a 1']);
    expect(intake.counted.get('drain.bad_records')).toBe(1);
  });

  it('may have a record that is none', async () => {
    const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
    const data = Buffer.from('count#a').toString('base64');
    const answer = await send(
      url('/drain/firehose'),
      `{"records":[{"data":1},{},2,{"data":"${data}"}],"requestId":"${ID}"}`,
      { headers },
    );
    expect(answer.status).toBe(200);
    expect(found(intake)).toEqual(['counter a 1']);
    expect(intake.counted.get('drain.bad_records')).toBe(3);
  });
});

it('takes the id of the body where the header has none', async () => {
  const { url } = await drains.start();
  const answer = await send(url('/drain/firehose'), body('count#a'));
  expect(JSON.parse(answer.text)).toMatchObject({ requestId: ID });
});

describe('a refusal has the form that Firehose wants', () => {
  const good = body('count#a');
  it.each<[status: number, path: string, method: string, sent: string, more: Record<string, string | number>]>([
    [401, '/drain/firehose', 'POST', good, { 'x-amz-firehose-access-key': 'other' }],
    [401, '/logs', 'POST', good, { 'x-amz-firehose-access-key': 'other' }],
    [400, '/drain/firehose', 'POST', '{"records":[', {}],
    [400, '/drain/firehose', 'POST', '[]', {}],
    [405, '/drain/firehose', 'PUT', good, {}],
    [413, '/drain/firehose', 'POST', '', { 'content-length': 17 * 1024 * 1024 }],
    [413, '/logs', 'POST', '', { 'content-length': 17 * 1024 * 1024 }],
    [400, '/drain/firehose?app=a%20b', 'POST', good, {}],
  ])('%i at %s by %s', async (status, path, method, sent, more) => {
    const { intake, url } = await drains.start({ auth: { tokens: [KEY] } });
    const answer = await send(url(path), sent, { method, headers: { ...headers, ...more } });
    expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
      status,
      type: 'application/json',
    });
    expect(JSON.parse(answer.text)).toEqual({
      requestId: ID,
      timestamp: expect.any(Number),
      errorMessage: expect.any(String),
    });
    expect(found(intake)).toEqual([]);
  });
});

it.each(['GET', 'HEAD'])('answers a probe by %s', async (method) => {
  const { url } = await drains.start({ auth: { tokens: [KEY] } });
  expect((await send(url('/drain/firehose'), undefined, { method })).status).toBe(200);
});
