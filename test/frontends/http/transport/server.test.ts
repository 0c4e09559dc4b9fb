import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectSecure } from 'node:tls';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import plugin from '../../../../frontends/http/index.ts';
import type { Frontend } from '../../../../src/plugin.ts';
import { folderWith } from '../../../config/temporary.ts';
import { certificateFor } from '../../../helper/certificate.ts';
import { begin, send } from '../../../helper/http-client.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../../helper/intake.ts';
import { found, frames, message } from '../log-frames.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

async function start(block: object = {}, ready = true) {
  const intake = recordIntake();
  const context = frontendContext({ ready: () => ready });
  const frontend = plugin.create(configure(plugin, { port: 0, ...block }), intake, context);
  running.push(frontend);
  const [address = ''] = await frontend.start();
  return { frontend, intake, context, url: (path: string) => new URL(path, address), address };
}

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/logplex/${name}.logplex`, import.meta.url));

const LOGPLEX = {
  'content-type': 'application/logplex-1',
  'logplex-frame-id': '09C557EAFCFB6CF2740EE62F62971098',
  'logplex-drain-token': 'd.fc6b856b-3332-4546-93de-7d0ee272c3bd',
  'user-agent': 'Logplex/v72',
};

describe('POST /logs', () => {
  it.each(['/logs/', '//LOGS', '/Drain/Logplex'])('takes a batch at %s', async (path) => {
    const { intake, url } = await start();
    const body = frames(message('app', 'web.1', 'count#a'));
    expect((await send(new URL(url('/').origin + path), body, { headers: LOGPLEX })).status).toBe(204);
    expect(found(intake)).toEqual(['counter a 1 source:web.1']);
  });

  it('knows frames without any header by their first bytes, and believes the platform where all of the body is framed', async () => {
    const { intake, url } = await start();
    const body = frames(
      message('heroku', 'web.1', 'Error R14 (Memory quota)'),
      message('app', 'web.1', 'count#a\ncount#b'),
    );
    const error = 'counter heroku.errors 1 code:R14,dyno:web.1,dyno_type:web';
    const app = ['counter a 1 source:web.1', 'counter b 1 source:web.1'];
    await send(url('/logs'), body);
    expect(found(intake)).toEqual([error, ...app]);
    await send(url('/logs'), Buffer.concat([body, Buffer.from('x\n'), body]));
    expect(found(intake).slice(3)).toEqual([...app, ...app]);
  });

  it('believes lines that say that they are of the platform only where the configuration does', async () => {
    const line = '2024-05-01T10:00:01+00:00 heroku[web.1]: Error R14 (Memory quota exceeded)';
    for (const [block, expected] of [
      [{}, []],
      [{ platformLines: true }, ['counter heroku.errors 1 code:R14,dyno:web.1,dyno_type:web']],
      [{ profile: 'seed' }, ['counter heroku.error.R14 1']],
      [{ profile: 'seed', platformLines: false }, []],
    ] as const) {
      const { intake, url } = await start(block);
      await send(url('/logs'), line);
      expect(found(intake)).toEqual(expected);
    }
  });

  it('takes only names that the credential may write', async () => {
    const users = [{ user: 'a', password: 'b', prefixes: ['shop.'] }];
    const { intake, url } = await start({ auth: { users } });
    const headers = { authorization: `Basic ${btoa('a:b')}` };
    expect((await send(url('/logs'), 'count#shop.a=1 count#evil=1', { headers })).status).toBe(204);
    expect(found(intake)).toEqual(['counter shop.a 1']);
    expect(intake.counted.get('drain.refused_names')).toBe(1);
  });

  it('tells drains of one credential apart, where a message was cut', async () => {
    const { intake, url } = await start();
    const cut = frames(message('app', 'web.1', 'x'.repeat(10_000)));
    const more = frames(message('app', 'web.1', 'count#a'));
    const post = (body: Buffer, drain: string) =>
      send(url('/logs'), body, { headers: { 'content-type': 'application/logplex-1', 'logplex-drain-token': drain } });
    await post(cut, 'd.1');
    await post(more, 'd.2');
    expect(found(intake)).toHaveLength(1);
    await post(more, 'd.1');
    expect(found(intake)).toHaveLength(1);
  });

  it('takes a batch of Logplex', async () => {
    const { intake, url } = await start();
    const body = fixture('normal');
    const answer = await send(url('/logs?app=shop'), body, { headers: { ...LOGPLEX, 'logplex-msg-count': 4 } });
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(found(intake)).toContain('counter cart.add 2 source:eu,app:shop');
    expect(intake.counted).toEqual(
      new Map([
        ['drain.frames', 4],
        ['drain.lines', 4],
        ['drain.requests', 1],
        ['drain.bytes', 705],
      ]),
    );
  });

  it('counts a batch that is sent again once', async () => {
    const { intake, url } = await start();
    const headers = { ...LOGPLEX, 'logplex-msg-count': 3 };
    expect((await send(url('/logs'), fixture('outage'), { headers })).status).toBe(204);
    const samples = [...intake.samples];
    expect((await send(url('/logs'), fixture('outage'), { headers })).status).toBe(204);
    expect(intake.samples).toEqual(samples);
    // The answer clears the sender's counter of what it lost, so a notice counts each time.
    expect(intake.counted.get('drain.lost_lines')).toBe(74);
    expect(intake.counted.get('drain.duplicate_frames')).toBe(1);
    expect(intake.counted.get('drain.requests')).toBe(2);

    const other = { ...headers, 'logplex-drain-token': 'd.other' };
    expect((await send(url('/logs'), fixture('outage'), { headers: other })).status).toBe(204);
    expect(intake.samples).toHaveLength(2 * samples.length);
  });

  it('counts a batch once that is sent twice at the same time', async () => {
    const { intake, url } = await start();
    const body = frames(message('app', 'web.1', 'count#a'));
    await Promise.all([1, 2].map(() => send(url('/logs'), body, { headers: LOGPLEX })));
    expect(intake.samples).toHaveLength(1);
  });

  it('takes a batch again that was cut off the first time', async () => {
    const { intake, url } = await start();
    const body = frames(message('app', 'web.1', 'count#a'));
    const { outgoing, answer } = begin(url('/logs'), { headers: { ...LOGPLEX, 'content-length': body.length } });
    // The callback says that the kernel has the bytes; destroyed before, the request would never leave.
    await new Promise((resolve) => outgoing.write(body.subarray(0, 20), resolve));
    outgoing.destroy();
    await expect(answer).rejects.toThrow();
    await waitFor(() => intake.counted.get('drain.refused_requests status:400') === 1);
    expect((await send(url('/logs'), body, { headers: LOGPLEX })).status).toBe(204);
    expect(intake.samples).toHaveLength(1);
  });

  it('takes a batch of log-shuttle, packed, and knows it again by its request id', async () => {
    const { intake, url } = await start();
    const headers = {
      'content-type': 'application/logplex-1',
      'content-encoding': 'gzip',
      'x-request-id': '5f1c8d2e-0000-4000-8000-000000000000',
    };
    const body = gzipSync(fixture('log-shuttle'));
    expect((await send(url('/logs'), body, { headers })).status).toBe(204);
    expect((await send(url('/logs'), body, { headers })).status).toBe(204);
    expect(found(intake)).toEqual([
      'counter heroku.errors 1 code:L13',
      'gauge queue-depth -3 source:web.1',
      'histogram upload 1.5 source:web.1',
      'counter heroku.errors 1 code:R14,dyno:web.1,dyno_type:web',
    ]);
    expect(intake.counted.get('drain.duplicate_frames')).toBe(1);
    expect(intake.counted.get('drain.bytes')).toBe(2 * 356);
  });

  it.each([['2'], ['x'], ['']])('accepts a wrong Logplex-Msg-Count and counts it: "%s"', async (count) => {
    const { intake, url } = await start();
    const body = frames(message('app', '-', 'count#a'));
    const answer = await send(url('/logs'), body, { headers: { ...LOGPLEX, 'logplex-msg-count': count } });
    expect(answer.status).toBe(204);
    expect(found(intake)).toEqual(['counter a 1']);
    expect(intake.counted.get('drain.msg_count_mismatch')).toBe(1);
  });

  it.each<[title: string, headers: Record<string, string>]>([
    ['its type', { 'content-type': 'application/logplex-1' }],
    ['its type with parameters', { 'content-type': 'Application/Logplex-1; charset=UTF-8;;' }],
    ['Logplex-Msg-Count', { 'content-type': 'text/plain', 'logplex-msg-count': '1' }],
    ['Logplex-Frame-Id', { 'logplex-frame-id': 'a' }],
    ['Logplex-Drain-Token', { 'logplex-drain-token': 'a' }],
  ])('knows octet counting by %s', async (_, headers) => {
    const { intake, url } = await start();
    const body = frames(message('app', '-', 'count#a'), message('app', '-', 'count#b'));
    expect((await send(url('/logs'), body, { headers })).status).toBe(204);
    expect(intake.counted.get('drain.frames')).toBe(2);
    expect(found(intake)).toEqual(['counter a 1', 'counter b 1']);
  });

  it.each([undefined, 'text/plain', 'application/json', 'application/x-www-form-urlencoded', ';', 'x', ' ', 'a/b;;'])(
    'takes lines of the type %s',
    async (type) => {
      const { intake, url } = await start();
      const headers = type === undefined ? {} : { 'content-type': type };
      expect((await send(url('/logs?x=1'), 'count#a\ncount#b=2 source=eu', { headers })).status).toBe(204);
      expect(found(intake)).toEqual(['counter a 1', 'counter b 2 source:eu']);
    },
  );

  it('takes each batch of lines, whatever its X-Request-Id', async () => {
    const { intake, url } = await start();
    const headers = { 'x-request-id': 'same' };
    await send(url('/logs'), 'count#a', { headers });
    await send(url('/logs'), 'count#a', { headers });
    expect(intake.samples).toHaveLength(2);
  });

  it('takes a body of unknown length, and none', async () => {
    const { intake, url } = await start();
    const { outgoing, answer } = begin(url('/logs'));
    outgoing.write('count#a\ncou');
    outgoing.end('nt#b');
    expect((await answer).status).toBe(204);
    expect((await send(url('/logs'))).status).toBe(204);
    expect((await send(url('/logs'), '')).status).toBe(204);
    expect(found(intake)).toEqual(['counter a 1', 'counter b 1']);
  });

  it.each(['app=', 'app=a,b', 'app=a&app=b', 'app=a%20b', 'app=a%0Ab', `app=${'a'.repeat(101)}`])(
    'refuses ?%s',
    async (query) => {
      const { intake, url } = await start();
      const answer = await send(url(`/logs?${query}`), 'count#a');
      expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(/^"app" in the query must .*\.\n$/) });
      expect(intake.pushes()).toBe(0);
    },
  );
});

describe('POST /statsd', () => {
  it.each<[encoding: string, pack: (body: Buffer) => Buffer]>([
    ['identity', (body) => body],
    ['gzip', (body) => gzipSync(body)],
    ['X-GZIP', (body) => gzipSync(body)],
    ['deflate', (body) => deflateSync(body)],
  ])('takes StatsD lines in %s', async (encoding, pack) => {
    const { intake, url } = await start();
    const answer = await send(url('/statsd'), pack(Buffer.from('a:1|c\nb:2|ms|#x:y')), {
      headers: { 'content-encoding': encoding },
    });
    expect(answer.status).toBe(204);
    expect(intake.received).toEqual(['a:1|c', 'b:2|ms|#x:y']);
  });
});

it.each(['gzip', 'deflate'])('answers an empty body in %s', async (encoding) => {
  const { url } = await start();
  const headers = { 'content-encoding': encoding, 'content-length': 0 };
  expect((await send(url('/statsd'), '', { headers })).status).toBeLessThan(500);
});

describe('probes and other paths', () => {
  it('answers probes without a credential', async () => {
    const { url } = await start({ auth: { tokens: ['t'] } });
    for (const path of ['/healthz', '/readyz']) {
      expect((await send(url(path), undefined, { method: 'GET' })).status).toBe(200);
    }
  });

  it('is alive but not ready while the server starts or stops', async () => {
    const { url } = await start({}, false);
    expect((await send(url('/healthz'), undefined, { method: 'GET' })).status).toBe(200);
    expect((await send(url('/readyz'), undefined, { method: 'GET' })).status).toBe(503);
    expect(await send(url('/readyz'), undefined, { method: 'HEAD' })).toMatchObject({ status: 503, text: '' });
  });

  it.each([
    ['GET', '/logs', 405, 'POST'],
    ['PUT', '/statsd?x', 405, 'POST'],
    ['POST', '/healthz', 405, 'GET'],
    ['POST', '/', 405, 'GET'],
    ['POST', '/x', 404, undefined],
    ['POST', '/logs/x', 404, undefined],
    ['GET', '/__proto__', 404, undefined],
    ['GET', '/%ff', 400, undefined],
  ])('%s %s is answered with %i', async (method, path, status, allow) => {
    const { intake, url } = await start();
    const answer = await send(url(path), method === 'POST' ? 'count#a' : undefined, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(allow);
    expect(intake.pushes()).toBe(0);
  });
});

describe('credentials', () => {
  const auth = {
    users: [
      { user: 'drain', password: 'old:secret' },
      { user: 'drain', password: 'new-sécret' },
    ],
    tokens: ['token-1', 'token-2'],
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([basic('drain:old:secret'), basic('drain:new-sécret'), 'Bearer token-1', 'bearer  token-2'])(
    'accepts "%s"',
    async (authorization) => {
      const { intake, url } = await start({ auth });
      expect((await send(url('/logs'), 'count#a', { headers: { authorization } })).status).toBe(204);
      expect(intake.samples).toHaveLength(1);
    },
  );

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    basic(''),
    basic('drain'),
    basic('drain:'),
    basic('drain:old:secret '),
    basic('other:old:secret'),
    basic('token-1:x'),
    'Bearer old:secret',
    'Bearer token-3',
    'Bearer token-1 token-2',
    `Bearer ${Buffer.from('drain:old:secret').toString('base64')}`,
    'Digest token-1',
    '__proto__ token-1',
  ])('refuses "%s"', async (authorization) => {
    const { intake, context, url } = await start({ auth });
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/logs', '/statsd']) {
      const answer = await send(url(path), 'count#a', { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        'Basic realm="statsdrain", charset="UTF-8", Bearer realm="statsdrain"',
      );
    }
    expect(intake.pushes()).toBe(0);
    expect(intake.counted).toEqual(
      new Map([
        ['drain.auth_failures', 2],
        ['drain.refused_requests status:401', 2],
      ]),
    );
    expect(context.logged).toMatchObject([{ level: 'warn', fields: { remote: '127.0.0.1' } }]);
    expect(JSON.stringify(context.logged)).not.toMatch(/secret|token-\d/);
  });

  it('does not take a batch for one of another sender', async () => {
    const { intake, url } = await start({ auth });
    const body = frames(message('app', '-', 'count#a'));
    for (const authorization of ['Bearer token-1', 'Bearer token-2', 'Bearer token-2']) {
      await send(url('/logs'), body, { headers: { ...LOGPLEX, authorization } });
    }
    expect(intake.samples).toHaveLength(2);
  });
});

describe('limits', () => {
  const limits = { maxBody: 2 * MIB, maxPacked: 64 * KIB, maxInFlight: 4 * MIB };
  const gzip = { 'content-encoding': 'gzip' };
  const lines = (bytes: number) => {
    const body = Buffer.alloc(bytes, 'x');
    body.write('count#a\n');
    return body;
  };
  /** Compresses to no less than its own size. */
  const noise = (bytes: number) => {
    let state = 1;
    return Buffer.from(
      Array.from({ length: bytes }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state & 0xff;
      }),
    );
  };
  const mostlyZeros = Buffer.concat([noise(40 * KIB), Buffer.alloc(2.5 * MIB)]);

  it.each<[title: string, body: Buffer, headers: Record<string, string>, status: number, sentence: RegExp]>([
    ['a body over maxBody', lines(2 * MIB + 8), {}, 413, /longer than 2097152 bytes/],
    ['a packed body over maxPacked', gzipSync(noise(65 * KIB)), gzip, 413, /longer than 65536 bytes/],
    ['a packed body that unpacks to more than maxBody', gzipSync(mostlyZeros), gzip, 413, /to more than 2097152 bytes/],
    ['a packed body of less than 1 MiB, whatever its ratio', gzipSync(Buffer.alloc(MIB)), gzip, 204, /^$/],
    ['a packed body over 100 times its size', gzipSync(Buffer.alloc(1.5 * MIB, 'x')), gzip, 204, /^$/],
    ['a bomb of 64 MiB', gzipSync(Buffer.alloc(64 * MIB)).subarray(0, 64 * KIB), gzip, 413, /unpacks to more than/],
    ['a packed body that is broken', Buffer.from('no gzip'), gzip, 400, /broken or incomplete/],
    ['a packed body that is cut off', gzipSync(lines(KIB)).subarray(0, -9), gzip, 400, /broken or incomplete/],
    [
      'an encoding that is not supported',
      Buffer.from([0, 1, 2]),
      { 'content-encoding': 'compress' },
      415,
      /gzip, deflate, br,( zstd)? and identity/,
    ],
    ['two layers', gzipSync(gzipSync(lines(8))), { 'content-encoding': 'gzip, gzip' }, 415, /only one layer/],
    ['text that says that it is packed', lines(8), { 'content-encoding': '__proto__' }, 204, /^$/],
  ])('%s', async (_, body, headers, status, sentence) => {
    const { intake, url } = await start(limits);
    const answer = await send(url('/logs'), body, { headers });
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(sentence);
    if (status !== 204) {
      expect(answer.text).toMatch(/^[A-Z].*\.\n$/);
      expect(intake.pushes()).toBe(0);
      expect(intake.counted).toEqual(new Map([[`drain.refused_requests status:${status}`, 1]]));
    }
    // All of the memory was given back.
    for (let i = 0; i < 3; i++) expect((await send(url('/logs'), lines(2 * MIB))).status).toBe(204);
  });

  it('refuses a body that is declared too long before it is sent', async () => {
    const { url } = await start(limits);
    const { outgoing, answer } = begin(url('/logs'), { headers: { 'content-length': 2 * MIB + 1 } });
    outgoing.flushHeaders();
    expect((await answer).status).toBe(413);
    outgoing.destroy();
  });

  it('refuses a body of unknown length as soon as it is too long', async () => {
    const { intake, url } = await start(limits);
    const { outgoing, answer } = begin(url('/logs'));
    outgoing.write(lines(2 * MIB + 8));
    expect((await answer).status).toBe(413);
    expect(intake.pushes()).toBe(0);
    outgoing.destroy();
  });

  it.each([
    ['declared', 'content-length'],
    ['received', 'transfer-encoding'],
  ])('refuses what is over the memory for bodies, %s, and takes it when there is room', async (_, kind) => {
    const { intake, url } = await start(limits);
    const held = [1, 2].map(() => begin(url('/logs'), { headers: { 'content-length': 2 * MIB } }));
    for (const { outgoing } of held) outgoing.write(lines(8));
    const headers = kind === 'content-length' ? {} : { 'transfer-encoding': 'chunked' };
    const refused = async () => {
      const { outgoing, answer } = begin(url('/logs'), { headers });
      outgoing.end(lines(8));
      return answer;
    };
    await waitFor(async () => (await refused()).status === 503, 'both bodies are being received');
    const answer = await refused();
    expect(answer.headers['retry-after']).toBe('1');
    expect(intake.counted.get('drain.overload')).toBeGreaterThan(0);
    const pushes = intake.pushes();

    for (const { outgoing } of held) outgoing.end(Buffer.alloc(2 * MIB - 8, 'x'));
    for (const { answer } of held) expect((await answer).status).toBe(204);
    expect(intake.pushes()).toBe(pushes + 2);
    expect((await refused()).status).toBe(204);
  });

  it('gives the memory back when a client goes away', async () => {
    const { intake, url } = await start(limits);
    const held = [1, 2].map(() => begin(url('/logs'), { headers: { 'content-length': 2 * MIB } }));
    for (const { outgoing } of held) outgoing.write(lines(8));
    const status = async () => (await send(url('/logs'), lines(8))).status;
    await waitFor(async () => (await status()) === 503, 'both bodies are being received');
    for (const { outgoing, answer } of held) {
      outgoing.destroy();
      await expect(answer).rejects.toThrow();
    }
    await waitFor(async () => (await status()) === 204, 'there is room again');
    expect(intake.received).toEqual([]);
  });

  it('refuses headers of more than 16 KiB', async () => {
    const { url } = await start();
    const headers = { 'x-long': 'x'.repeat(17_000) };
    expect((await send(url('/logs'), 'count#a', { headers })).status).toBe(431);
  });

  it.each([
    ['headers', { headersTimeout: 50 }, 'POST /logs HTTP/1.1\r\nHost: a\r\n'],
    ['a body', { requestTimeout: 50 }, 'POST /logs HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ncount#a'],
    ['nothing', { headersTimeout: 50 }, ''],
  ])('closes a connection that brings %s for too long', async (_, block, head) => {
    const { address, intake } = await start(block);
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.write(head);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(intake.pushes()).toBe(0);
  });

  it('holds a credential to its rate, and no other one', async () => {
    const { url, intake } = await start({ maxRate: 0.1, auth: { tokens: ['token-1', 'token-2'] } });
    const post = (token: string) => send(url('/logs'), 'count#a', { headers: { authorization: `Bearer ${token}` } });
    expect((await post('token-1')).status).toBe(204);
    expect(await post('token-1')).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect((await post('token-2')).status).toBe(204);
    expect(intake.counted.get('drain.refused_requests status:429')).toBe(1);
  });

  it('lists what was no request of HTTP among the refusals of its address', async () => {
    const { address, intake, url } = await start();
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.write('NONSENSE\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(intake.counted.get('drain.refused_requests status:400')).toBe(1);
    const { unknown } = JSON.parse((await send(url('/drains'), undefined, { method: 'GET' })).text);
    expect(unknown).toMatchObject([{ remote: '127.0.0.1', refusals: { 400: 1 } }]);
  });

  it('lets no idle connections shut out who posts, whatever they asked for', async () => {
    const { address, intake, context, url } = await start({ maxConnections: 4 });
    const port = Number(new URL(address).port);
    const idle = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'));
    for (const socket of idle) {
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
    }
    expect((await send(url('/logs'), 'count#a')).status).toBe(204);
    expect(intake.counted.get('connections.refused why:evicted')).toBe(1);
    expect(context.logged).toMatchObject([
      { level: 'warn', message: expect.stringContaining('to make room'), fields: { remote: '127.0.0.1' } },
    ]);
    for (const socket of idle) socket.destroy();
  });
});

describe('over TLS', () => {
  const own = certificateFor('drain', '127.0.0.1');
  const tls = () => {
    const folder = folderWith({ 'cert.pem': own.cert, 'key.pem': own.key });
    return { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  };

  it('takes the same, and the same credentials', async () => {
    const { intake, url, address } = await start({ tls: tls(), auth: { tokens: ['t'] } });
    expect(address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const headers = { authorization: 'Bearer t' };
    expect((await send(url('/logs'), 'count#a', { headers, ca: own.cert })).status).toBe(204);
    expect((await send(url('/statsd'), 'b:1|c', { headers, ca: own.cert })).status).toBe(204);
    expect((await send(url('/statsd'), 'c:1|c', { ca: own.cert })).status).toBe(401);
    expect((await send(url('/readyz'), undefined, { method: 'GET', ca: own.cert })).status).toBe(200);
    expect([found(intake), intake.received]).toEqual([['counter a 1'], ['b:1|c']]);
  });

  it('does not start without its certificate, which the error names', async () => {
    const files = { cert: '/none/cert.pem', key: '/none/key.pem' };
    await expect(start({ tls: files })).rejects.toThrow('cannot read the certificate "/none/cert.pem": no such file');
  });

  it.each([
    ['headers', { headersTimeout: 100 }, 'POST /logs HTTP/1.1\r\nHost: a\r\n'],
    ['a body', { requestTimeout: 100 }, 'POST /logs HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ncount#a'],
  ])('closes a connection that brings %s for too long', async (_, block, head) => {
    const { address, intake } = await start({ tls: tls(), ...block });
    const socket = connectSecure({ port: Number(new URL(address).port), host: '127.0.0.1', ca: own.cert });
    socket.write(head);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(intake.pushes()).toBe(0);
  });
});

describe('stop', () => {
  it('finishes what is being received', async () => {
    const { frontend, intake, url } = await start();
    const { outgoing, answer } = begin(url('/logs'), { headers: { 'content-length': 7 } });
    outgoing.write('coun');
    await waitFor(() => (outgoing.socket?.bytesWritten ?? 0) > 0);
    expect((await send(url('/healthz'), undefined, { method: 'GET' })).status).toBe(200);
    const stopped = frontend.stop();
    outgoing.end('t#a');
    expect((await answer).status).toBe(204);
    await stopped;
    expect(found(intake)).toEqual(['counter a 1']);
  });

  it('does not wait for a body that does not come', async () => {
    const { frontend, intake, url } = await start();
    const { outgoing, answer } = begin(url('/logs'), { headers: { 'content-length': 7 } });
    outgoing.write('coun');
    expect((await send(url('/healthz'), undefined, { method: 'GET' })).status).toBe(200);
    const refused = expect(answer).rejects.toThrow();
    await frontend.stop();
    await refused;
    expect(intake.pushes()).toBe(0);
    expect(intake.counted).toEqual(new Map());
  });
});

describe('GET /drains', () => {
  const basic = (user: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:secret-of-${user}`).toString('base64')}`,
  });
  const auth = { users: [{ user: 'drain', password: 'secret-of-drain' }] };

  it('tells who posted, what came of it, and who was refused', async () => {
    const { url } = await start({ auth, maxBody: 2000 });
    const headers = { ...LOGPLEX, ...basic('drain') };
    for (const _ of [1, 2])
      expect((await send(url('/logs?app=shop'), fixture('outage'), { headers })).status).toBe(204);
    expect((await send(url('/logs'), 'x'.repeat(3000), { headers })).status).toBe(413);
    expect((await send(url('/logs'), 'a', { headers: basic('other') })).status).toBe(401);
    expect((await send(url('/nowhere'), 'a', { headers: basic('drain') })).status).toBe(404);
    expect((await send(url('/logs'), 'count#a=1 count#b=x\nhello', { headers: basic('drain') })).status).toBe(204);

    const answer = await send(url('/drains'), undefined, { method: 'GET', headers: basic('drain') });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    });
    const { drains, unknown } = JSON.parse(answer.text);
    expect(drains).toEqual([
      expect.objectContaining({ sender: 'raw', requests: 1, bytes: 25, lines: 2, metrics: 1, refusals: {} }),
      expect.objectContaining({
        drain: 'd.fc6b856b…',
        sender: 'logplex',
        requests: 2,
        bytes: 2 * fixture('outage').length,
        // Of three lines one is a notice of 37 lost ones, which counts each time, and the code of its error is a metric.
        lines: 3,
        duplicates: 1,
        lostLines: 74,
        refusals: { 413: 1 },
        lastError: 'The body is longer than 2000 bytes.',
      }),
    ]);
    expect(unknown).toEqual([expect.objectContaining({ remote: '127.0.0.1', refusals: { 401: 1, 404: 1 } })]);
    expect(answer.text).not.toContain('secret');
    expect(answer.text).not.toContain('3332-4546');
  });

  it('counts the ready samples of those who send no log lines', async () => {
    const { url } = await start({ datadog: {} });
    const body = JSON.stringify({ series: [{ metric: 'a', type: 'count', points: [[Date.now() / 1000, 1]] }] });
    expect((await send(url('/api/v1/series'), body)).status).toBe(202);
    const { drains } = JSON.parse((await send(url('/drains'), undefined, { method: 'GET' })).text);
    expect(drains).toEqual([expect.objectContaining({ client: 'anonymous', sender: 'datadog', metrics: 1, lines: 0 })]);
  });

  it('needs the credential that a post needs, and takes GET only', async () => {
    const { url } = await start({ auth });
    expect((await send(url('/drains'), undefined, { method: 'GET' })).status).toBe(401);
    expect(await send(url('/drains'), 'x', { headers: basic('drain') })).toMatchObject({
      status: 405,
      headers: { allow: 'GET' },
    });
  });
});

it('knows after a reload who posted, and counts a body once that came before it', async () => {
  const kept = frontendContext().kept;
  const body = frames(message('app', 'web.1', 'count#a'));
  const samples: number[] = [];
  for (const _ of [1, 2]) {
    const intake = recordIntake();
    const frontend = plugin.create(configure(plugin, { port: 0 }), intake, frontendContext({ kept }));
    running.push(frontend);
    const [address = ''] = await frontend.start();
    expect((await send(new URL('/logs', address), body, { headers: LOGPLEX })).status).toBe(204);
    samples.push(intake.samples.length);
    const { drains } = JSON.parse((await send(new URL('/drains', address), undefined, { method: 'GET' })).text);
    expect(drains).toEqual([expect.objectContaining({ requests: samples.length, duplicates: samples.length - 1 })]);
    await frontend.stop();
  }
  expect(samples).toEqual([1, 0]);
});
