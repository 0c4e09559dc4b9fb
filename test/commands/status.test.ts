import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';
import { fakeLive, stateWith } from '../helper/fake-live.ts';

const verdict = (level: string) => ({
  verdict: { level, text: '5 lines/s in · graphite is down', advice: ['The back-end "graphite" is down.'] },
});

const rejected = {
  lines: [
    {
      line: 'page.views:1|x\u001b[2J',
      reason: 'unknown_type',
      advice: 'the type must be c, m, g, ms, h, d or s',
      frontend: 'udp',
      from: '10.1.2.3:4567',
      atMs: stateWith().time - 2000,
      times: 3,
    },
  ],
};
const pages = { '/api/status': stateWith(), '/api/rejected': rejected };

it('tells in 80 columns how a server does', async () => {
  const { folder, url, asked } = await fakeLive(pages);
  const { code, out, err } = await runCommand(['status'], { cwd: folder });
  expect({ code, err, asked }).toEqual({ code: 0, err: '', asked: ['GET /api/status', 'GET /api/rejected?limit=5'] });
  expect(out).toBe(`good: 12,300 lines/s in · 0 rejected · 0 lost · every back-end delivered

statsdrain 0.1.0 at ${url}, process 4711, up 1m
  10,000 series · 0.42 cores · 100 MiB · longest stall 12 ms

front-end                   lines/s received rejected  dropped   kernel    conn.
udp                          12,300     738k        7        0        0
  rejected: unknown_type 5, no_value 2

back-end                      state     sent failures  waiting      age     lost
graphite                       down        3        2        3      30s        1
  lost: age 1
  5s ago: connect ECONNREFUSED\\u001b[2J (last delivered 30s ago)
  carbon                       down        7                 2       2m        0

rejected lines
  page.views:1|x\\u001b[2J
    unknown_type, udp from 10.1.2.3:4567, 2s ago, 3 times: the type must be c,
    m, g, ms, h, d or s
`);
});

it('tells of connections, items that were left out, and what waits on disk', async () => {
  const { frontends, backends } = stateWith();
  const [udp] = frontends;
  const [{ lanes, ...graphite } = expect.fail('there is a back-end')] = backends;
  const state = stateWith({
    frontends: [{ ...udp, name: 'tcp', connections: 1234 }],
    backends: [
      {
        ...graphite,
        lastSuccessMs: null,
        lostItems: { unsupported: 5 },
        lanes: lanes.map((lane) => ({ ...lane, spooled: 17 })),
      },
    ],
  });
  const { folder } = await fakeLive({ ...pages, '/api/status': state });
  const { out } = await runCommand(['status'], { cwd: folder });
  expect(out).toMatch(/^tcp .* 1,234$/m);
  expect(out).toContain('\n  items lost: unsupported 5\n');
  expect(out).toContain('\n  17 more on disk\n');
  expect(out).toContain('(nothing delivered yet)\n');
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

it('tells an error of a lane once', async () => {
  const [{ lanes, ...graphite } = expect.fail('there is a back-end')] = stateWith().backends;
  const { lastError } = graphite;
  const state = stateWith({ backends: [{ ...graphite, lanes: lanes.map((lane) => ({ ...lane, lastError })) }] });
  const { folder } = await fakeLive({ ...pages, '/api/status': state });
  const { out } = await runCommand(['status'], { cwd: folder });
  expect(out.match(/5s ago: connect ECONNREFUSED.*/g)).toEqual([
    '5s ago: connect ECONNREFUSED\\u001b[2J (nothing delivered yet)',
  ]);
});

it.each([
  ['good', 0, ''],
  ['warning', 0, ''],
  ['bad', 1, 'bad: 5 lines/s in · graphite is down\n  - The back-end "graphite" is down.\n'],
])('is quiet about what is healthy, and tells by the exit code what is not (%s)', async (level, code, out) => {
  const { folder } = await fakeLive({ '/api/status': stateWith(verdict(level)) });
  expect(await runCommand(['status', '--quiet'], { cwd: folder })).toEqual({ code, out, err: '', served: [] });
});

it('gives the answer as JSON', async () => {
  const { folder } = await fakeLive({ '/api/status': stateWith(verdict('bad')) });
  const { code, out } = await runCommand(['status', 'config.json', '--json'], { cwd: folder });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual(stateWith(verdict('bad')));
  expect(out.trimEnd()).not.toContain('\n');
});

it('asks with the credential of the configuration, or of a URL', async () => {
  const auth = { tokens: ['t0k3n-of-mine'] };
  const { folder, url, asked } = await fakeLive(pages, { auth });
  await runCommand(['status'], { cwd: folder });
  await runCommand(['status', url.replace('//', '//me:s3cret@')]);
  await runCommand(['status', url], { env: { STATSDRAIN_TOKEN: 'other' } });
  expect(asked.filter((one) => one.includes('/api/status'))).toEqual([
    'GET /api/status Bearer t0k3n-of-mine',
    `GET /api/status Basic ${Buffer.from('me:s3cret').toString('base64')}`,
    'GET /api/status Bearer other',
  ]);
});

it('is not healthy where nobody answers', async () => {
  const { folder, url, close } = await fakeLive({});
  await close();
  expect(await runCommand(['status', '--quiet'], { cwd: folder })).toMatchObject({
    code: 1,
    out: '',
    err: `statsdrain: ${url}: nobody listens there; is the server running, and is this its address?\n`,
  });
});

it.each([
  [{ '/api/status': { hello: 1 } }, /: http:\S+ answered something else than the back-end "live" of statsdrain/],
  [{ '/api/status': (response: import('node:http').ServerResponse) => void response.end('<html>') }, /something else/],
  [{}, /\/api\/status answered 404: /],
])('says that something else answers (%#)', async (answers, problem) => {
  const { folder } = await fakeLive(answers);
  const { code, err } = await runCommand(['status'], { cwd: folder });
  expect([code, err]).toEqual([1, expect.stringMatching(problem)]);
});

it.each([
  [['none.json'], 1, /none\.json has no back-end "live", .*; add \{ "type": "live", .* \} to its "backends"\n$/],
  [['any.json'], 1, /the port of back-end "live" is 0/],
  [['a.json', 'b.json'], 64, /status: unexpected argument "b\.json": it takes one file or URL/],
  [['--json', '--quiet'], 64, /--json and --quiet do not go together/],
  [['http://'], 64, /what begins like a URL is none/],
  [['absent.json'], 78, /no such file/],
])('refuses %j', async (args, code, problem) => {
  const frontends = [{ type: 'udp' }];
  const cwd = folderWith({
    'none.json': { frontends, backends: [{ type: 'console' }] },
    'any.json': { frontends, backends: [{ type: 'live', port: 0 }] },
  });
  const outcome = await runCommand(['status', ...args], { cwd });
  expect(outcome).toMatchObject({ code, out: '', err: expect.stringMatching(problem) });
});

it('lets a server that is none command the terminal nowhere', async () => {
  const evil = '\u001b[2J\n\u202e';
  const state = stateWith();
  const hostile = JSON.parse(
    JSON.stringify({
      '/api/status': { ...state, verdict: { level: 'good', text: 'x', advice: ['x'] } },
      '/api/rejected': rejected,
    }),
    (_, value: unknown) => (typeof value === 'string' ? value + evil : value),
  ) as Record<string, object>;
  const { folder } = await fakeLive(hostile);
  const { out, err } = await runCommand(['status'], { cwd: folder });
  expect(err).toBe('');
  expect(out).toContain('good\\u001b[2J\\n\\u202e: x');
  expect(out).toContain('unknown_type\\u001b[2J');
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

it('ends where an answer has no end', async () => {
  const endless = new Readable({ read() {}, highWaterMark: 1024 });
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  endless._read = () => void endless.push(chunk);
  const { folder, url } = await fakeLive({ '/api/status': (response) => void endless.pipe(response) });
  expect(await runCommand(['status'], { cwd: folder })).toMatchObject({
    code: 1,
    err: `statsdrain: ${url}: the answer is over 64 MiB\n`,
  });
});

it('shows the beginning of a refusal that has no end', async () => {
  const { folder, url } = await fakeLive({
    '/api/status': (response) => void response.writeHead(500).end('no '.repeat(400)),
  });
  const { err } = await runCommand(['status'], { cwd: folder });
  expect(err.length).toBeLessThan(600);
  expect(err).toContain(`${url}/api/status answered 500: no no`);
});

it.each(['status', 'top', 'tap'])('says that a server broke its answer off (%s)', async (verb) => {
  const breakOff = (response: ServerResponse) => {
    response.write('{');
    setTimeout(() => (response.socket as Socket).resetAndDestroy(), 20);
  };
  const { folder } = await fakeLive({ '/api/status': breakOff, '/api/top': breakOff, '/api/tap': breakOff });
  const { code, err } = await runCommand([verb], { cwd: folder });
  expect(code).toBe(1);
  expect(err).toMatch(/it broke its answer off|the server ended the connection after 0 lines/);
});
