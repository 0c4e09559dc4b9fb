import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { randomOf } from './fuzz-input.ts';

/** A request that is well-formed HTTP; what it says may be anything. */
export interface FuzzedPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** Samples of {@link GOOD_NAME} that lie before the damage, each 1; undefined where nobody can say. */
  readonly good: number | undefined;
}

export const GOOD_NAME = 'fuzz.good';

const MESSAGES = [
  'at=info count#a=2 source=eu',
  'measure#db=12.5ms sample#mem=1.5MB',
  'unique#user=alice count#x',
  'measure#t=1m30.5s, (count#b=1)',
  'at=info method=GET path="/" host=example.com fwd="203.0.113.9" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https',
  'source=web.1 dyno=heroku.1.a sample#load_avg_1m=0.25 sample#memory_rss=210.5MB',
  'Error R14 (Memory quota exceeded)',
  "Error L10 (drain 'd.1'): 7 messages dropped since 2026-01-01T00:00:00+00:00.",
  'plain text, "quoted \\" text" and éé',
] as const;
const PROCESSES = ['app web.1', 'heroku router', 'heroku web.1', 'app postgres', 'heroku api', '- -'] as const;
const TYPES = [
  'application/logplex-1',
  'text/plain',
  'application/json',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'application/x-protobuf',
  'application/x-amz-json-1.1',
  '__proto__',
  'a/b;;;charset=',
  ';',
] as const;
const HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['logplex-msg-count', ['1', '20', '-1', '1e9', 'x', '']],
  ['logplex-drain-token', ['d.1', '', 'd'.repeat(300), '__proto__']],
  ['user-agent', ['Logplex/v72', 'log-shuttle/0.18', 'fluent-bit', 'GoogleHC']],
  ['x-amz-firehose-request-id', ['9f2c', '', 'r'.repeat(300)]],
  ['x-amz-firehose-protocol-version', ['1.0', '9']],
  ['x-amz-firehose-access-key', ['key']],
  ['x-vercel-signature', ['00', 'zz']],
  ['x-vercel-id', ['a']],
  ['authorization', ['Basic eDp5', 'Bearer t', 'Basic', '__proto__ x', `Bearer ${'t'.repeat(3000)}`]],
  ['dd-api-key', ['k']],
  ['x-api-key', ['k']],
  ['fastly-client', ['1']],
  [
    'content-encoding',
    ['gzip', 'deflate', 'br', 'zstd', 'identity', 'x-gzip', 'gzip, gzip', '__proto__', 'aws-chunked'],
  ],
];
const QUERIES = ['', '', '', '?app=shop', '?app=', '?app=a&app=b', '?token=t', '?%ff', '?app=%00', '?__proto__=1'];
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\r\n',
  '\0',
  '\\',
  '\\u0000',
  'é',
  '\ufeff',
  '\x1b[31m',
  '1e999',
  '-',
  'null',
  '9999999 <',
  '0 <1>',
  '<190>1 ',
  'count#',
  '=',
  '#',
  'source=',
  '"__proto__":{}',
  '%',
  '&message=',
  '\x1f\x8b',
] as const;

/** Posts that depend on nothing but a seed. `paths` are those that take posts, and are chosen as often as each other. */
export function createPostFuzzer(seed: number, paths: readonly string[]): () => FuzzedPost {
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <One>(some: readonly One[]): One => some[below(some.length)]!;
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  const several = (most: number, make: () => string) => Array.from({ length: 1 + below(most) }, make);
  let posts = 0;

  const frame = (process: string, message: string) => {
    const text = `<${below(200)}>1 2026-01-01T00:00:00+00:00 host ${process} - ${message}\n`;
    return `${Buffer.byteLength(text)} ${text}`;
  };
  const frames = () => several(12, () => frame(oneOf(PROCESSES), oneOf(MESSAGES))).join('');
  const lines = () => several(12, () => oneOf(MESSAGES)).join('\n');
  const record = (): object => {
    const key = oneOf(['message', 'msg', 'log', 'MESSAGE', 'body', 'line', '__proto__']);
    const fields = {
      time: 1.7e9 + below(1e6),
      level: oneOf(['info', 30, null, 'error']),
      service: 'web.1',
      nested: { a: [1, { b: 2 }] },
    };
    return { ...fields, [key]: oneOf([oneOf(MESSAGES), { message: oneOf(MESSAGES) }, 7, null]) };
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const records = () => Array.from({ length: 1 + below(8) }, record);
  const ndjson = () =>
    records()
      .map((one) => JSON.stringify(one))
      .join('\n');
  const cloudWatch = () =>
    gzipSync(
      JSON.stringify({
        messageType: oneOf(['DATA_MESSAGE', 'CONTROL_MESSAGE']),
        logGroup: '/aws/lambda/shop',
        logStream: 's',
        logEvents: [{ id: '1', timestamp: 1.7e12, message: oneOf(MESSAGES) }],
      }),
    ).toString('base64');
  const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
  const dataPoints = () => [
    { timeUnixNano: '1700000000000000000', startTimeUnixNano: 1, asInt: String(below(99)), asDouble: 1.5, attributes },
  ];

  /** Bodies of every kind that some sender reads. */
  const kinds: readonly (() => string | Buffer)[] = [
    frames,
    frames,
    lines,
    ndjson,
    () => JSON.stringify(records()),
    () => JSON.stringify(record()),
    () => `message=${encodeURIComponent(oneOf(MESSAGES))}&levelname=INFO&name=root&msg=%25s`,
    () => several(5, () => `{"index":{}}\n${JSON.stringify(record())}`).join('\n'),
    () =>
      JSON.stringify({
        requestId: String(posts),
        timestamp: 1.7e12,
        records: [{ data: base64(lines()) }, { data: cloudWatch() }],
      }),
    () =>
      JSON.stringify([
        {
          id: '1',
          message: oneOf(MESSAGES),
          timestamp: 1.7e12,
          source: 'lambda',
          proxy: { statusCode: -1, path: '/' },
        },
      ]),
    () =>
      JSON.stringify({
        EdgeResponseStatus: 200,
        ClientRequestMethod: 'GET',
        EdgeStartTimestamp: 1.7e18,
        EdgeTimeToFirstByteMs: 4,
      }),
    () => '{"content":"tests"}',
    () =>
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes },
            scopeLogs: [{ logRecords: [{ body: { stringValue: oneOf(MESSAGES) }, severityNumber: 9 }] }],
          },
        ],
      }),
    () =>
      JSON.stringify({
        resourceMetrics: [
          {
            resource: { attributes },
            scopeMetrics: [
              {
                metrics: [
                  { name: 'a', sum: { dataPoints: dataPoints(), aggregationTemporality: below(4), isMonotonic: true } },
                  { name: 'b', gauge: { dataPoints: dataPoints() } },
                  {
                    name: 'c',
                    histogram: { dataPoints: [{ count: 3, sum: 4, bucketCounts: ['1', 2], explicitBounds: [1] }] },
                  },
                ],
              },
            ],
          },
        ],
      }),
    () =>
      JSON.stringify({
        series: [
          { metric: 'a', type: oneOf([0, 1, 2, 'count', 9]), points: [{ timestamp: 1, value: 1 }], tags: ['a:b'] },
        ],
      }),
    // A message of protobuf: field 1 holds a message, and so on; each length may be too long.
    () => Buffer.concat([Buffer.from([0x0a, 12 + below(3), 0x0a, 10 + below(3), 0x12, 8, 0x0a]), noise(below(24))]),
    () => several(6, () => oneOf(['a:1|c', 'b:2|ms|#x:y', 'c:3|g', 'd:x|s', ':|', 'e:1|c|@0.5'])).join('\n'),
    () => noise(below(300)),
    () => '['.repeat(below(3000)),
    () => `{"message":${'{"a":'.repeat(below(1000))}`,
    () => '',
  ];

  function damaged(whole: Buffer): Buffer {
    let bytes = whole;
    for (let times = below(4); times > 0 && bytes.length > 0; times--) {
      const at = below(bytes.length);
      switch (below(6)) {
        case 0:
          bytes = bytes.subarray(0, at);
          break;
        case 1:
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(9)))]);
          break;
        case 2:
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at >> 1)]);
          break;
        case 3:
          bytes = Buffer.from(bytes);
          bytes[at] = below(256);
          break;
        default:
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(oneOf(PIECES)), bytes.subarray(at)]);
      }
    }
    return bytes;
  }

  function packed(bytes: Buffer): readonly [encoding: string, bytes: Buffer] {
    switch (below(12)) {
      case 0:
        return ['gzip', gzipSync(bytes)];
      case 1:
        return ['deflate', deflateSync(bytes)];
      case 2:
        return ['deflate', deflateRawSync(bytes)];
      case 3:
        return ['br', brotliCompressSync(bytes, { params: { 1: 2 } })];
      case 4:
        return [oneOf(['gzip', 'deflate', 'br', 'zstd']), damaged(gzipSync(bytes))];
      case 5:
        return [oneOf(['gzip', 'deflate', 'br', 'zstd', 'none']), bytes];
      default:
        return ['', bytes];
    }
  }

  function someHeaders(): Record<string, string> {
    const headers: Record<string, string> = below(4) === 0 ? {} : { 'content-type': oneOf(TYPES) };
    for (let times = below(3); times > 0; times--) {
      const [name, values] = oneOf(HEADERS);
      headers[name] = oneOf(values);
    }
    if (below(8) === 0) headers['logplex-frame-id'] = String(below(1000));
    return headers;
  }

  /** What is good of it comes first, and nothing behind it may take it away. */
  function goodThenDamaged(): FuzzedPost {
    const good = 1 + below(4);
    const isFramed = below(2) === 0;
    const one = isFramed ? frame('app good.1', `count#${GOOD_NAME}=1`) : `count#${GOOD_NAME}=1\n`;
    const rest = damaged(Buffer.from(isFramed ? frames() : lines()));
    const bytes = Buffer.concat([Buffer.from(one.repeat(good)), rest]);
    const id = `${seed}-${posts}`;
    const headers: Record<string, string> = isFramed
      ? { 'content-type': 'application/logplex-1', 'logplex-frame-id': id, 'user-agent': 'Logplex/v72' }
      : { 'content-type': 'text/plain' };
    if (below(3) > 0) return { path: '/logs', headers, bytes, good };
    return { path: '/logs', headers: { ...headers, 'content-encoding': 'gzip' }, bytes: gzipSync(bytes), good };
  }

  return () => {
    posts++;
    if (below(5) === 0) return goodThenDamaged();
    const [encoding, bytes] = packed(damaged(Buffer.from(oneOf(kinds)())));
    const headers = someHeaders();
    if (encoding !== '') headers['content-encoding'] = encoding;
    return { path: oneOf(paths) + (below(8) === 0 ? oneOf(QUERIES) : ''), headers, bytes, good: undefined };
  };
}
