import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';
import plugin from '../../../../frontends/http/index.ts';
import type { Frontend } from '../../../../src/plugin.ts';
import { begin, send } from '../../../helper/http-client.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../../helper/intake.ts';

const running: Frontend[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

const auth = { users: [{ user: 'drain', password: 's3cret-password' }] };
const authorization = `Basic ${Buffer.from('drain:s3cret-password').toString('base64')}`;

async function start(block: object = { auth }) {
  const intake = recordIntake();
  const frontend = plugin.create(configure(plugin, { port: 0, ...block }), intake, frontendContext());
  running.push(frontend);
  const [address = ''] = await frontend.start();
  return { frontend, intake, url: (path: string) => new URL(path, address).href };
}

interface Line {
  readonly method?: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly status: number;
  readonly client?: string;
  readonly body: string;
  readonly end?: string;
  readonly captured?: number;
  readonly skipped?: number;
}

/** Resolves once the head of the answer is there, from which on requests are captured. */
async function capture(url: string, headers: Record<string, string> = { authorization }) {
  const lines: Line[] = [];
  const asked = request(url, { headers, agent: false });
  asked.end();
  const response = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve));
  const input = createInterface(response);
  // Of one that the test leaves.
  input.on('error', () => undefined);
  input.on('line', (line) => line !== '' && lines.push(JSON.parse(line)));
  const ended = new Promise<void>((resolve) => input.once('close', () => resolve()));
  return { status: response.statusCode, headers: response.headers, lines, ended, leave: () => asked.destroy() };
}

const bodyOf = (line: Line | undefined) => Buffer.from(line?.body ?? '', 'base64');

it('gives requests as they came and what was answered, refused ones too, without what lets in', async () => {
  const { url, intake } = await start({ auth, maxBody: 100 });
  const captured = await capture(url('/drains/capture?limit=5'));
  expect(captured).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  });
  const packed = gzipSync('count#a=1\n');
  const headers = { authorization, 'content-encoding': 'gzip', 'x-source': 'F' };
  expect((await send(url('/logs?app=shop&token=xyz'), packed, { headers })).status).toBe(204);
  expect((await send(url('/logs'), 'count#b=1', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect((await send(url('/logs'), 'x'.repeat(101), { headers: { authorization } })).status).toBe(413);
  expect((await send(url('/log'), 'lost', { headers: { authorization } })).status).toBe(404);
  expect((await send(url('/logs'), 'broken', { headers: { authorization, 'content-encoding': 'gzip' } })).status).toBe(
    400,
  );
  await captured.ended;
  expect(captured.lines.map(({ status, client, path, end }) => end ?? [status, client?.split(' ')[0], path])).toEqual([
    [204, 'user', '/logs?app=shop&token=***'],
    [401, undefined, '/logs'],
    [413, 'user', '/logs'],
    [404, undefined, '/log'],
    [400, 'user', '/logs'],
    'limit',
  ]);
  const [first, second, third, fourth] = captured.lines;
  expect(bodyOf(first)).toEqual(packed);
  expect(first?.headers).toMatchObject({
    authorization: '***',
    'content-encoding': 'gzip',
    'x-source': 'F',
    'content-length': String(packed.length),
  });
  expect([second, third, fourth].map((line) => String(bodyOf(line)))).toEqual(['count#b=1', 'x'.repeat(101), 'lost']);
  expect(captured.lines.at(-1)).toEqual({ end: 'limit', captured: 5, skipped: 0 });
  expect(JSON.stringify(captured.lines)).not.toContain(authorization.slice(6));
  expect(intake.samples.map(({ name }) => name)).toEqual(['a']);
});

it('gives long bodies whole that come in pieces, packed or not, and changes nothing of what is read', async () => {
  const { url, intake } = await start();
  const text = Array.from({ length: 60_000 }, (_, index) => `count#a=1 n=${index}\n`).join('');
  const packed = gzipSync(text);
  const captured = await capture(url('/drains/capture?limit=2'));
  expect((await send(url('/logs'), text, { headers: { authorization } })).status).toBe(204);
  expect((await send(url('/logs'), packed, { headers: { authorization, 'content-encoding': 'gzip' } })).status).toBe(
    204,
  );
  await captured.ended;
  expect(bodyOf(captured.lines[0]).equals(Buffer.from(text))).toBe(true);
  expect(bodyOf(captured.lines[1]).equals(packed)).toBe(true);
  expect(intake.samples).toHaveLength(120_000);
});

it('ends when its time is over', async () => {
  const { url } = await start();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const captured = await capture(url('/drains/capture?seconds=7'));
  vi.advanceTimersByTime(6999);
  expect(captured.lines).toEqual([]);
  vi.advanceTimersByTime(1);
  vi.useRealTimers();
  await captured.ended;
  expect(captured.lines).toEqual([{ end: 'time', captured: 0, skipped: 0 }]);
});

it('ends when the drain stops, which does not wait for it', async () => {
  const { url, frontend } = await start();
  const captured = await capture(url('/drains/capture'));
  await frontend.stop();
  await captured.ended;
  expect(captured.lines).toEqual([{ end: 'stop', captured: 0, skipped: 0 }]);
});

it('lets two capture at a time, and one more when one has left', async () => {
  const { url } = await start();
  const [first] = await Promise.all([1, 2].map(() => capture(url('/drains/capture'))));
  const refused = await send(url('/drains/capture'), undefined, { method: 'GET', headers: { authorization } });
  expect(refused).toMatchObject({ status: 429, text: '2 captures are under way; wait for one of them.\n' });
  first!.leave();
  await waitFor(async () => {
    const next = await capture(url('/drains/capture'));
    next.leave();
    return next.status === 200;
  });
});

it('leaves out a request that was cut off', async () => {
  const { url } = await start();
  const captured = await capture(url('/drains/capture?limit=1'));
  const { outgoing, answer } = begin(url('/logs'), { headers: { authorization, 'content-length': 100 } });
  await new Promise((resolve) => outgoing.write('count#a=1\n', resolve));
  outgoing.destroy();
  await expect(answer).rejects.toThrow();
  expect((await send(url('/logs'), 'count#b=1', { headers: { authorization } })).status).toBe(204);
  await captured.ended;
  expect(captured.lines.map((line) => String(bodyOf(line)))).toEqual(['count#b=1', '']);
});

it.each([
  ['limit=0', '"limit" in the query must be a whole number from 1 to 10000.\n'],
  ['limit=1e3', '"limit" in the query must be a whole number from 1 to 10000.\n'],
  ['seconds=601', '"seconds" in the query must be a whole number from 1 to 600.\n'],
])('refuses %s', async (query, text) => {
  const { url } = await start();
  const answer = await send(url(`/drains/capture?${query}`), undefined, { method: 'GET', headers: { authorization } });
  expect(answer).toMatchObject({ status: 400, text });
});

it('needs a credential where there is one, and takes anyone on loopback where there is none', async () => {
  const guarded = await start();
  expect((await send(guarded.url('/drains/capture'), undefined, { method: 'GET' })).status).toBe(401);
  const open = await start({});
  const captured = await capture(open.url('/drains/capture?limit=1'), {});
  await send(open.url('/logs'), 'x');
  await captured.ended;
  expect(captured.lines[0]?.client).toBe('anonymous');
});

it('shows nobody what others post where anyone from anywhere may post', async () => {
  const { url } = await start({ host: '0.0.0.0', allowAnonymous: true });
  for (const path of ['/drains', '/drains/capture']) {
    expect(await send(url(path).replace('0.0.0.0', '127.0.0.1'), undefined, { method: 'GET' })).toMatchObject({
      status: 403,
      text: expect.stringContaining('"auth"'),
    });
  }
});

it('skips what it cannot hold, and says how much that was', async () => {
  const { url } = await start({ auth, maxBody: '40MiB', maxInFlight: '64MiB' });
  const captured = await capture(url('/drains/capture?limit=1'));
  expect(
    (await send(url('/statsd'), Buffer.alloc(33 * 1024 * 1024, '\n'), { headers: { authorization } })).status,
  ).toBe(204);
  expect((await send(url('/logs'), 'small', { headers: { authorization } })).status).toBe(204);
  await captured.ended;
  expect(captured.lines.map((line) => String(bodyOf(line)))).toEqual(['small', '']);
  expect(captured.lines.at(-1)).toEqual({ end: 'limit', captured: 1, skipped: 1 });
});
