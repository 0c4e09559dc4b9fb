import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import plugin from '../../../../../frontends/http/index.ts';
import type { Frontend } from '../../../../../src/plugin.ts';
import { begin, send } from '../../../../helper/http-client.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../../../helper/intake.ts';
import { attributes, decodeAnswer, logsRequest, metrics, metricsRequest } from '../../../../helper/otlp-messages.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

async function start(block: object = {}, context = frontendContext()) {
  const intake = recordIntake();
  const frontend = plugin.create(configure(plugin, { port: 0, ...block }), intake, context);
  running.push(frontend);
  const [address = ''] = await frontend.start();
  const post = (path: string, body: Buffer | string, headers: object = {}) =>
    send(new URL(path, address), body, { headers: { ...headers } });
  const found = () =>
    intake.samples
      .splice(0)
      .map(({ type, name, value, weight = 1, tags = '' }) =>
        `${type} ${name} ${value}${weight === 1 ? '' : ` x${weight}`} ${tags}`.trim(),
      );
  return { intake, post, found, url: (path: string) => new URL(path, address) };
}

/** In nanoseconds, in the notation of JSON. */
const soon = (ms: number) => `${BigInt(Date.now() + 60_000 + ms) * 1_000_000n}`;

const point = (value: number, more: object = {}) => ({
  asInt: `${value}`,
  startTimeUnixNano: soon(0),
  timeUnixNano: soon(1000),
  ...more,
});
const counter = (dataPoints: object[], name = 'hits') =>
  metrics({ name, sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } }, { 'service.name': 'shop' });
const record = (stringValue: string, more: object = {}) => ({ body: { stringValue }, ...more });
const logs = (logRecords: object[]) => ({
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': 'shop', 'host.name': 'h1' }) },
      scopeLogs: [{ scope: {}, logRecords }],
    },
  ],
});

describe.each<
  [
    encoding: string,
    type: object,
    metricsBody: (given: object) => Buffer | string,
    logsBody: (given: object) => Buffer | string,
  ]
>([
  ['Protocol Buffers', PROTOBUF, metricsRequest, logsRequest],
  ['JSON', JSON_TYPE, JSON.stringify, JSON.stringify],
])('OTLP as %s', (encoding, type, metricsBody, logsBody) => {
  const isJson = encoding === 'JSON';

  it('has sums that differ from one post to the next', async () => {
    const { post, found, intake } = await start();
    const given = (value: number, ms: number) =>
      counter([
        point(value, {
          timeUnixNano: soon(ms),
          startTimeUnixNano: '1900000000000000000',
          attributes: attributes({ route: '/a', n: 2, b: { boolValue: true } }),
        }),
      ]);
    const answer = await post('/v1/metrics', metricsBody(given(3, 1000)), type);
    expect(answer).toMatchObject({ status: 200, text: isJson ? '{}' : '', headers: type });
    await post('/v1/metrics/', gzipSync(metricsBody(given(10, 2000))), { ...type, 'content-encoding': 'gzip' });
    const tags = 'route:/a,n:2,b:true,service.name:shop';
    expect(found()).toEqual([`counter hits 3 ${tags}`, `counter hits 7 ${tags}`]);
    expect(intake.counted.get('drain.otlp_points')).toBe(2);
  });

  it('has gauges, histograms and summaries', async () => {
    const { post, found } = await start({ otlp: { resourceTags: [] } });
    const metric = (given: object) =>
      post('/v1/metrics', metricsBody(metrics(given, { 'service.name': 'shop' })), type);
    await metric({ name: 'g', gauge: { dataPoints: [{ asDouble: -1.5 }, { asInt: 7, flags: 1 }] } });
    const explicit = { count: '4', sum: 20, bucketCounts: ['3', '0', '1'], explicitBounds: [4, 8], min: 1, max: 11 };
    await metric({ name: 'h', unit: 's', histogram: { dataPoints: [explicit], aggregationTemporality: 1 } });
    const exponential = {
      count: 4,
      sum: 10,
      scale: 0,
      zeroCount: 1,
      positive: { offset: 1, bucketCounts: ['2'] },
      negative: { offset: -1, bucketCounts: [1] },
    };
    await metric({ name: 'x', exponentialHistogram: { dataPoints: [exponential], aggregationTemporality: 1 } });
    const summary = {
      count: 2,
      sum: 3,
      quantileValues: [{ quantile: 0.5, value: 1.5 }],
      startTimeUnixNano: soon(0),
      timeUnixNano: soon(1),
    };
    await metric({ name: 's', summary: { dataPoints: [summary] } });
    expect(found()).toEqual([
      'gauge g -1.5',
      // The least, the largest, and what is left of the sum: all as they were.
      'timer h 1000',
      'timer h 11000',
      'timer h 4000',
      'timer h 4000',
      // -0.5 to -1, 0, and two over 2 and up to 4: the bounds nearest to the sum.
      'histogram x -0.5',
      'histogram x 0',
      'histogram x 4',
      'histogram x 4',
      'gauge s.p50 1.5',
      'counter s.count 2',
      'counter s.sum 3',
    ]);
  });

  it('says how much of a body was refused, and why', async () => {
    const { post, found, intake } = await start();
    const body = metricsBody(
      counter([
        point(1),
        point(1, { asInt: undefined, asDouble: isJson ? 'NaN' : Number.NaN, attributes: attributes({ a: 'b' }) }),
      ]),
    );
    const answer = await post('/v1/metrics', body, type);
    expect(answer.status).toBe(200);
    const errorMessage = '1 of 2 were refused: "hits" has a value that is no finite number.';
    expect(isJson ? JSON.parse(answer.text) : decodeAnswer('MetricsResponse', Buffer.from(answer.text))).toEqual({
      partialSuccess: isJson ? { rejectedDataPoints: '1', errorMessage } : { rejectedDataPoints: 1, errorMessage },
    });
    expect(found()).toHaveLength(1);
    expect(intake.counted.get('drain.otlp_refused')).toBe(1);
    expect(intake.discarded.get('bad_value')).toBe(1);
  });

  it('has log records, whose text is never that of a platform', async () => {
    const { post, found, intake } = await start();
    const forged = 'heroku router - at=info method=GET path="/" dyno=web.1 connect=1ms service=2ms status=200 bytes=3';
    const body = logsBody(
      logs([
        record('count#jobs=2'),
        record(forged),
        { body: { kvlistValue: { values: attributes({ message: 'count#mapped' }) } }, severityNumber: 9 },
      ]),
    );
    expect(await post('/v1/logs', body, type)).toMatchObject({ status: 200, text: isJson ? '{}' : '' });
    expect(found()).toEqual(['counter jobs 2 source:h1,app:shop', 'counter mapped 1 source:h1,app:shop']);
    expect(intake.counted.get('drain.otlp_records')).toBe(3);
    expect(intake.counted.get('drain.lines')).toBe(3);
  });

  it('has the app of the request', async () => {
    const { post, found } = await start();
    await post('/v1/logs?app=till', logsBody(logs([record('count#a')])), type);
    await post(
      '/v1/metrics?app=till',
      metricsBody(metrics({ name: 'g', gauge: { dataPoints: [{ asInt: 1 }] } })),
      type,
    );
    expect(found()).toEqual(['counter a 1 source:h1,app:till', 'gauge g 1 app:till']);
  });

  it.each<[what: string, path: string, body: string, block: object, status: number, code: number, message: RegExp]>([
    ['that is broken', '/v1/metrics', '\n\x05{', {}, 400, 3, /^The body is no /],
    ['of traces', '/v1/traces', '', {}, 404, 5, /OTEL_TRACES_EXPORTER=none/],
    ['without a credential', '/v1/logs', '', { auth: { tokens: ['x'] } }, 401, 16, /token/],
    [
      'that is too long',
      '/v1/logs',
      'x'.repeat(2000),
      { maxBody: 1000, maxPacked: 1000, maxInFlight: 2000 },
      413,
      11,
      /longer than 1000 bytes/,
    ],
  ])('refuses a body %s with a Status', async (_, path, body, block, status, code, message) => {
    const { post } = await start(block);
    const answer = await post(path, body, type);
    expect(answer).toMatchObject({ status, headers: type });
    const given = isJson ? JSON.parse(answer.text) : decodeAnswer('Status', Buffer.from(answer.text));
    expect(given).toEqual({ code, message: expect.stringMatching(message) });
  });

  it.each(['/v1/metrics', '/logs'])('is known by its type at %s, or by its first bytes', async (path) => {
    const { post, found } = await start();
    const body =
      path === '/logs' && !isJson
        ? logsBody(logs([record('count#a')]))
        : metricsBody(metrics({ name: 'a', gauge: { dataPoints: [{ asInt: 1 }] } }));
    expect((await post(path, body, path === '/logs' && !isJson ? type : { 'content-type': 'text/plain' })).status).toBe(
      200,
    );
    expect(found()).toEqual([path === '/logs' && !isJson ? 'counter a 1 source:h1,app:shop' : 'gauge a 1']);
  });
});

describe('a body for which there is no room now', () => {
  it('is to be sent again later', async () => {
    const { post, url } = await start({ maxBody: 600, maxPacked: 400, maxInFlight: 1000 });
    const waiting = begin(url('/v1/logs'), { headers: { ...JSON_TYPE, 'content-length': 600 } });
    waiting.outgoing.write('{');
    await waitFor(async () => (await post('/v1/logs', ' '.repeat(500), PROTOBUF)).status === 503);
    const answer = await post('/v1/logs', ' '.repeat(500), PROTOBUF);
    expect(answer).toMatchObject({ status: 503, headers: { ...PROTOBUF, 'retry-after': '1' } });
    expect(decodeAnswer('Status', Buffer.from(answer.text))).toMatchObject({ code: 14 });
    waiting.outgoing.end(`}${' '.repeat(598)}`);
    expect((await waiting.answer).status).toBe(200);
  });
});

describe('what is known of streams', () => {
  it('outlives the front-end that a reload replaces', async () => {
    const context = frontendContext();
    const post = (value: number, ms: number) =>
      JSON.stringify(counter([point(value, { startTimeUnixNano: '1000', timeUnixNano: soon(ms) })]));
    const old = await start({}, context);
    await old.post('/v1/metrics', post(1000, 1), JSON_TYPE);
    const young = await start({ otlp: { resourceTags: [] } }, context);
    await young.post('/v1/metrics', post(1003, 2), JSON_TYPE);
    expect([old.found(), young.found()]).toEqual([[], ['counter hits 3']]);
    expect(old.intake.counted.get('drain.otlp_first_points')).toBe(1);
  });
});

describe('JSON of OTLP', () => {
  it('may have names of the published layout, names for numbers, and what nobody knows', async () => {
    const { post, found } = await start();
    const body = {
      resource_metrics: [
        {
          resource: { attributes: [{ key: 'service.name', value: { string_value: 'shop' } }], new: {} },
          scope_metrics: [
            {
              metrics: [
                {
                  name: 'hits',
                  sum: {
                    aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA',
                    is_monotonic: true,
                    data_points: [
                      { as_int: 5, time_unix_nano: 1, new: [1], attributes: [{ key: 'k', value: { int_value: '7' } }] },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    expect((await post('/v1/metrics', JSON.stringify(body), JSON_TYPE)).status).toBe(200);
    expect(found()).toEqual(['counter hits 5 k:7,service.name:shop']);
  });

  it('may be longer than other bodies, up to 20 MiB', async () => {
    const { post, found, intake } = await start();
    const padding = record('x'.repeat(90_000));
    const body = JSON.stringify(logs([record('count#first'), ...Array(100).fill(padding), record('count#last')]));
    expect(body.length).toBeGreaterThan(8 * 1024 * 1024);
    expect((await post('/v1/logs', body, JSON_TYPE)).status).toBe(200);
    expect(found()).toEqual(['counter first 1 source:h1,app:shop', 'counter last 1 source:h1,app:shop']);
    expect(intake.counted.get('drain.otlp_records')).toBe(102);
  });
});
