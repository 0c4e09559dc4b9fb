import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import plugin from '../../../../frontends/http/index.ts';
import type { CapturedRequest } from '../../../../src/plugin.ts';
import { configure } from '../../../helper/intake.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/logplex/${name}.logplex`, import.meta.url));

async function open(block: object = {}) {
  const replay = await plugin.replay!(configure(plugin, block));
  onTestFinished(() => replay.close());
  return (request: Partial<CapturedRequest>) =>
    replay.read({ method: 'POST', path: '/logs', headers: {}, body: Buffer.alloc(0), ...request });
}

const LOGPLEX = {
  'content-type': 'application/logplex-1',
  'logplex-frame-id': '09C557EAFCFB6CF2740EE62F62971098',
  'logplex-drain-token': 'd.fc6b856b',
  'logplex-msg-count': '3',
};

it('reads a batch of Logplex, and knows one that comes again', async () => {
  const read = await open();
  const request503 = 'dyno_type:web,status:503,status_class:5xx,method:POST,protocol:https,app:shop';
  const request = { path: '/logs?app=shop', headers: LOGPLEX, body: fixture('outage') };
  const first = await read(request);
  expect(first).toMatchObject({ status: 204, sender: 'logplex', metrics: [], counted: [], discarded: [] });
  expect(first).not.toHaveProperty('refusal');
  expect(
    first.lines.map(({ process, metrics, reasons }) => [
      process,
      metrics.map(({ name, value, tags }) => [name, value, tags]),
      reasons,
    ]),
  ).toEqual([
    ['logplex', [['heroku.errors', 1, 'code:L10,app:shop']], ['tells of 37 lost lines']],
    [
      'router',
      [
        ['heroku.router.requests', 1, request503],
        ['heroku.router.connect_ms', 0, request503],
        ['heroku.router.service_ms', 30001, request503],
        ['heroku.router.bytes', 0, request503],
        ['heroku.errors', 1, 'code:H12,dyno:web.1,dyno_type:web,app:shop'],
      ],
      [],
    ],
    ['worker.1', [['job.failed', 1, 'source:worker.1,app:shop']], []],
  ]);
  const second = await read(request);
  expect(second.lines.flatMap(({ metrics }) => metrics)).toEqual([]);
  expect(second.lines[2]?.reasons).toEqual(['the body was taken before, and is only acknowledged']);
  expect(second.counted).toMatchObject([{ name: 'drain.duplicate_frames', value: 1 }]);
});

it('tells where a frame is broken and what is refused', async () => {
  const read = await open({ maxBody: 2000 });
  const broken = await read({ headers: LOGPLEX, body: Buffer.concat([fixture('outage'), Buffer.from('99 <')]) });
  expect(broken.counted).toMatchObject([{ name: 'drain.frame_errors', value: 1, meaning: expect.any(String) }]);
  expect(await read({ body: Buffer.alloc(2001, 'x') })).toMatchObject({
    status: 413,
    refusal: 'The body is longer than 2000 bytes.',
    lines: [],
  });
  expect(await read({ path: '/nowhere', body: Buffer.from('x') })).toMatchObject({ status: 404, lines: [] });
});

it('unpacks what was packed, and leaves out what belonged to the connection or was a credential', async () => {
  const read = await open({ auth: { users: [{ user: 'drain', password: 'secret' }] } });
  const headers = {
    host: 'metrics.example.com',
    authorization: '***',
    'x-api-key': '***',
    'content-encoding': 'gzip',
    'content-length': '7',
    'transfer-encoding': 'chunked',
    connection: 'close',
    expect: '100-continue',
  };
  const answer = await read({ path: '/logs?token=***&app=a', headers, body: gzipSync('count#a=1') });
  expect(answer).toMatchObject({ status: 204, lines: [{ metrics: [{ name: 'a', tags: 'app:a' }] }] });
});

it('is not the server: certificates, the address and the port of the configuration are left alone', async () => {
  const read = await open({ host: '0.0.0.0', port: 1, allowAnonymous: true, tls: { cert: '/none', key: '/none' } });
  expect(await read({ body: Buffer.from('count#a') })).toMatchObject({
    status: 204,
    lines: [{ metrics: [{ name: 'a' }] }],
  });
});

it('reads clients of Datadog, whose key was taken out', async () => {
  const read = await open({ auth: { tokens: ['t'] }, datadog: {} });
  const point = [Math.round(Date.now() / 1000), 2];
  const body = Buffer.from(JSON.stringify({ series: [{ metric: 'a', type: 'count', points: [point, ['x', 1]] }] }));
  const answer = await read({ path: '/api/v1/series?api_key=***', headers: { 'dd-api-key': '***' }, body });
  expect(answer).toMatchObject({ status: 202, sender: 'datadog', metrics: [{ type: 'counter', name: 'a', value: 2 }] });
  expect(answer.discarded).toEqual([{ reason: 'bad_value', value: 1 }]);
});

it('tells what rules make of a line', async () => {
  const metric = { type: 'measure', name: 'job.time', value: '$ms', unit: 'ms' };
  const rule = { name: 'jobs', when: { contains: 'took' }, parse: 'logfmt', metrics: [metric] };
  const read = await open({ rules: { rules: [rule] } });
  const { lines, counted, discarded } = await read({ body: Buffer.from('took ms=12\ntook ms=x\nms=1\n') });
  expect(lines.map(({ metrics, reasons }) => [metrics.map(({ name, value }) => [name, value]), reasons])).toEqual([
    [[['job.time', 12]], []],
    [[], ['a rule read it, and what it asks for is no usable value']],
    [[], ['no metric in it']],
  ]);
  expect({ counted, discarded }).toEqual({ counted: [], discarded: [] });
});
