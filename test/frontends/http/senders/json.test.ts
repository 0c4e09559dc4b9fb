import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { looksLikeJson } from '../../../../frontends/http/senders/json.ts';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

/** What a sender posts, and what is found in it. */
const BODIES: readonly [sender: string, path: string, type: string, body: string, expected: readonly string[]][] = [
  [
    'fluent-bit, format json',
    '/drain/fluent-bit',
    JSON_TYPE,
    '[{"date":1714557601.12,"log":"count#cart.add=2\\n","stream":"stdout","kubernetes":{"labels":{"app":"shop"},"container_name":"api"}},{"date":1714557601.2,"log":"count#b"}]',
    ['counter cart.add 2 source:api,app:shop', 'counter b 1'],
  ],
  [
    'fluent-bit, format json_lines',
    '/drain/fluent-bit',
    JSON_TYPE,
    '{"date":1.5,"log":"count#a"}\n{"date":1.5,"log":"count#b"}\n',
    ['counter a 1', 'counter b 1'],
  ],
  [
    'fluent-bit, format json_stream',
    '/drain/fluent-bit',
    JSON_TYPE,
    '{"date":1.5,"log":"count#a"}{"date":1.5,"log":"count#b"}',
    ['counter a 1', 'counter b 1'],
  ],
  [
    'Vector',
    '/drain/vector',
    NDJSON,
    '{"host":"web-1","message":"measure#db.query=12.5ms","source_type":"file","timestamp":"2024-05-01T10:00:01.120345678Z"}\n',
    ['timer db.query 12.5 source:web-1'],
  ],
  [
    "Fly's log shipper",
    '/drain/fly',
    JSON_TYPE,
    '[{"event":{"provider":"app"},"fly":{"app":{"instance":"3d8d9014b32d89","name":"shop"},"region":"ams"},"host":"c0a5","log":{"level":"info"},"message":"count#cart.add","timestamp":"2024-05-01T10:00:01Z"}]',
    ['counter cart.add 1 source:3d8d9014b32d89,app:shop'],
  ],
  [
    'Logstash, format json_batch',
    '/drain/logstash',
    JSON_TYPE,
    '[{"@timestamp":"2024-05-01T10:00:01.120Z","@version":"1","host":{"name":"web-1"},"message":"sample#queue.size=4"}]',
    ['gauge queue.size 4 source:web-1'],
  ],
  [
    'syslog-ng, $(format-json)',
    '/drain/syslog-ng',
    'text/plain',
    '{"PROGRAM":"shop","PRIORITY":"info","PID":"4711","MESSAGE":"count#cart.add","HOST":"web-1","FACILITY":"user","DATE":"May  1 10:00:01"}\n',
    ['counter cart.add 1 source:web-1,app:shop'],
  ],
  [
    'winston',
    '/drain/winston',
    JSON_TYPE,
    '{"level":"info","message":"count#cart.add","service":"shop"}',
    ['counter cart.add 1 app:shop'],
  ],
  [
    'winston before 3.3',
    '/drain/winston',
    JSON_TYPE,
    '{"method":"collect","params":{"level":"info","message":"count#cart.add","service":"shop"}}',
    ['counter cart.add 1 app:shop'],
  ],
  [
    'pino',
    '/drain/json',
    NDJSON,
    '{"level":30,"time":1714557601120,"pid":12,"hostname":"web-1","msg":"count#a"}\n',
    ['counter a 1 source:web-1'],
  ],
  [
    'journald',
    '/drain/json',
    JSON_TYPE,
    '{"SYSLOG_IDENTIFIER":"shop","MESSAGE":[99,111,117,110,116,35,97],"_HOSTNAME":"web-1"}\n',
    ['counter a 1 source:web-1,app:shop'],
  ],
];

describe.each(BODIES)('a body of %s', (_, path, type, body, expected) => {
  it.each([path, '/drain/json', '/logs'])('is read at %s', async (where) => {
    const { intake, url } = await drains.start();
    const answer = await send(url(where), body, { headers: { 'content-type': type } });
    // winston takes 204 for a failure.
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(found(intake)).toEqual(expected);
    expect(intake.counted.get('drain.bad_records')).toBeUndefined();
  });
});

it('takes a body whatever its type is said to be, packed and with PUT', async () => {
  const { intake, url } = await drains.start();
  const headers = { 'content-type': 'x/y', 'content-encoding': 'gzip' };
  expect(
    (await send(url('/drain/json?app=shop'), gzipSync('{"msg":"count#a"}'), { headers, method: 'PUT' })).status,
  ).toBe(200);
  expect(found(intake)).toEqual(['counter a 1 app:shop']);
});

it('counts what is broken, and takes the rest', async () => {
  const { intake, url } = await drains.start();
  const body = '{"msg":"count#a"}\n{"msg":"cut\nnot JSON\n{"msg":"count#b"}\n';
  expect((await send(url('/drain/json'), body)).status).toBe(200);
  expect(found(intake)).toEqual(['counter a 1', 'counter b 1']);
  expect(intake.counted).toEqual(
    new Map(
      Object.entries({ 'drain.requests': 1, 'drain.bytes': body.length, 'drain.lines': 2, 'drain.bad_records': 2 }),
    ),
  );
});

it('finds no tokens in a record without a text, and no line of a platform in a text', async () => {
  const { intake, url } = await drains.start();
  const router =
    '<158>1 2024-05-01T10:00:01Z host heroku router - at=info dyno=web.1 connect=1ms service=2ms status=200';
  const body = [
    { 'count#forged': 1, note: ' count#forged=1 ', list: ['x', 'count#forged'] },
    { msg: router },
    { msg: 'heroku[router]: dyno=web.1 status=200' },
  ];
  await send(url('/logs'), JSON.stringify(body), { headers: { 'content-type': JSON_TYPE } });
  expect(found(intake)).toEqual([]);
  expect(intake.counted.get('drain.lines')).toBe(3);
});

describe('a body looks like JSON', () => {
  it.each<[body: string, type: string, looks: boolean]>([
    ['{"a":1}', '', true],
    ['\ufeff \r\n{ "a":1}', '', true],
    ['{}', '', true],
    ['[{"a":1}]', '', true],
    ['["a"]', '', true],
    ['[]', '', true],
    ['[', 'application/json', true],
    ['[', '', false],
    ['[INFO] count#a', '', false],
    ['[1714557601] count#a', '', false],
    ['{web} count#a', '', false],
    ['count#a', 'application/json', false],
    ['', 'application/json', false],
    ['<190>1 {"a":1}', '', false],
  ])('by its first bytes: %j %s', (body, type, looks) => {
    expect(looksLikeJson(Buffer.from(body), type)).toBe(looks);
  });
});

it('leaves lines of text to others', async () => {
  const { intake, url } = await drains.start();
  expect(
    (await send(url('/logs'), '[INFO] count#a\n{x} count#b', { headers: { 'content-type': JSON_TYPE } })).status,
  ).toBe(204);
  expect(found(intake)).toEqual(['counter a 1', 'counter b 1']);
});
