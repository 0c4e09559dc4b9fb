import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LiveConfig } from '../../../backends/live/config.ts';
import live from '../../../backends/live/index.ts';
import type { Backend, RejectedLine, ServerView, TapOptions, TappedLine } from '../../../src/plugin.ts';
import { folderWith } from '../../config/temporary.ts';
import { certificateFor } from '../../helper/certificate.ts';
import { type EventStream, openEvents } from '../../helper/event-stream.ts';
import { send as ask } from '../../helper/http-client.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../../helper/window.ts';
import { backend, frontend, serverStatus } from './server-status.ts';
import { liveSettings } from './settings.ts';

const running: Backend[] = [];
const streams: EventStream[] = [];

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  for (const one of running.splice(0)) await one.stop?.();
});

interface Given {
  readonly config?: Partial<LiveConfig>;
  readonly server?: Partial<ServerView>;
  readonly refresh?: () => Promise<void>;
}

/** A tap that a test feeds. */
const tapping = () => {
  const taps: {
    options: TapOptions;
    lines: Parameters<ServerView['tap']>[1];
    end(reason: 'time' | 'stopping'): void;
  }[] = [];
  const tap: ServerView['tap'] = (options, lines) =>
    new Promise((resolve) => {
      taps.push({ options, lines, end: resolve });
      options.signal.addEventListener('abort', () => resolve('aborted'));
    });
  return { taps, tap };
};

async function start({ config = {}, server = {}, refresh }: Given = {}) {
  const context = recordingContext({
    server: { status: () => serverStatus({ frontends: [frontend('udp')], backends: [backend()] }), ...server },
    ...(refresh !== undefined && { refresh }),
  });
  const shown = live.create(liveSettings(config), context);
  running.push(shown);
  const [url = ''] = (await shown.start?.()) ?? [];
  let endMs = 1_700_000_000_000;
  return {
    shown,
    context,
    url,
    get: async <Body>(path: string, headers = {}) => {
      const { status, text } = await ask(url + path, undefined, { method: 'GET', headers });
      return { status, body: JSON.parse(text) as Body };
    },
    events: async (path: string, headers = {}) => {
      const stream = await openEvents(url + path, headers);
      streams.push(stream);
      return stream;
    },
    next: (series: readonly SeriesInput[] = [], rest: WindowInput = {}) => {
      const startMs = endMs;
      endMs += 10_000;
      return sendTo(shown, makeWindow({ startMs, endMs, series, ...rest }), AbortSignal.timeout(5000), context);
    },
  };
}

const rejected = (line: string): RejectedLine => ({ frontend: 'udp', reason: 'bad_value', advice: 'a number', line });

describe('the API', () => {
  it('tells how the server does', async () => {
    const { get, next } = await start();
    await next([{ type: 'counter', name: 'a', value: 1 }]);
    const { status, body } = await get<Record<string, unknown>>('api/status');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      verdict: { level: 'good', text: '0 lines/s in · 0 rejected · 0 lost · every back-end delivered', advice: [] },
      version: '0.1.0',
      pid: 7,
      configFile: '/etc/c.json',
      ready: true,
      intervalMs: 10_000,
      frontends: [{ name: 'udp', connections: null, rejected: {} }],
      backends: [{ name: 'graphite', state: 'delivering' }],
      series: 1,
      process: { rssBytes: expect.any(Number) },
    });
    expect(Object.keys(body)).toEqual([
      ...['verdict', 'time', 'version', 'node', 'pid', 'startedMs', 'configFile', 'ready', 'intervalMs'],
      ...['rates', 'totals', 'frontends', 'backends', 'series', 'process'],
    ]);
  });

  it('is up to the second: shards are asked, once a second at most', async () => {
    let received = 10;
    const accounts = vi.fn(async () => [
      { name: 'udp', counts: frontend('udp', { received }).counts, examples: [rejected('a:x|c')] },
    ]);
    const { get, next } = await start({ server: { accounts } });
    await next();
    expect(accounts).not.toHaveBeenCalled();
    received = 25;
    const [first] = await Promise.all([get('api/status'), get('api/status'), get('api/rejected'), get('api/series')]);
    expect(first.body).toMatchObject({ totals: { received: 25 } });
    expect(accounts).toHaveBeenCalledTimes(1);
    expect((await get('api/rejected')).body).toMatchObject({
      total: 1,
      lines: [{ line: 'a:x|c', reason: 'bad_value', advice: 'a number', frontend: 'udp', from: null, times: 1 }],
    });
  });

  it('asks them no more often where windows are short, and knows what a later window says', async () => {
    let received = 10;
    const counted = () => frontend('udp', { received });
    const accounts = vi.fn(async () => [{ ...counted(), examples: [] }]);
    const status = () => serverStatus({ frontends: [counted()] });
    const { get, next } = await start({ server: { accounts, status } });
    await get('api/status');
    for (received = 20; received <= 40; received += 10) {
      await next();
      expect((await get('api/status')).body).toMatchObject({ totals: { received } });
    }
    expect(accounts).toHaveBeenCalledTimes(1);
  });

  it('goes on as of the last window when shards do not answer', async () => {
    const { get, next } = await start({ server: { accounts: () => Promise.reject(new Error('stopping')) } });
    await next([], { examples: [rejected('b:x|c')] });
    expect((await get('api/status')).status).toBe(200);
    expect((await get('api/rejected')).body).toMatchObject({ total: 1, lines: [{ line: 'b:x|c' }] });
  });

  it('has what came so far before the first window is over', async () => {
    const started: { next?: () => Promise<void> } = {};
    const refresh = vi.fn(async () => started.next?.());
    const { get, next } = await start({ refresh });
    started.next = () => next([{ type: 'gauge', name: 'early', value: 4 }]);
    expect((await get('api/series?q=early')).body).toMatchObject({
      empty: false,
      series: [{ name: 'early', type: 'gauge', value: 4, tags: [], host: null, count: null, updated: true }],
    });
    await get('api/series?q=early');
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('says that there is nothing yet', async () => {
    const { get } = await start({ server: { status: () => serverStatus() } });
    expect((await get('api/series?q=a')).body).toEqual({
      query: 'a',
      series: [],
      more: 0,
      notKept: 0,
      empty: true,
      never: { nearest: [], rejected: [] },
    });
    expect((await get('api/history')).body).toEqual({
      times: [],
      lines: [],
      series: [],
      drops: [],
      rejected: [],
      cpu: [],
      rssBytes: [],
    });
    expect((await get('api/top')).body).toEqual({ by: 'lines', windowMs: 0, names: [], more: 0 });
    expect((await get('api/status')).body).toMatchObject({ verdict: { level: 'warning' } });
  });

  it('finds series, with their last windows', async () => {
    const { get, next } = await start();
    await next([{ type: 'timer', name: 'db.query', tags: ['env:a'], host: 'h', values: [1, 3], lines: 2 }]);
    await next();
    await next([{ type: 'timer', name: 'db.query', tags: ['env:a'], host: 'h', values: [5] }]);
    const { body } = await get<{ readonly series: readonly object[] }>('api/series?q=query');
    expect(body.series).toEqual([
      {
        id: expect.any(String),
        name: 'db.query',
        type: 'timer',
        tags: ['env:a'],
        host: 'h',
        value: 5,
        count: 1,
        lines: null,
        updated: true,
        lastSeenMs: 1_700_000_030_000,
        history: { times: [1_700_000_010_000, 1_700_000_020_000, 1_700_000_030_000], values: [2, null, 5] },
      },
    ]);
  });

  it('says of a name that never came what is like it, and which rejected lines begin so', async () => {
    const { get, next } = await start();
    await next([{ type: 'counter', name: 'page.views', value: 1 }], {
      examples: [rejected('page.view:x|c'), rejected('other:x|c')],
    });
    expect((await get('api/series?q=page.view:')).body).toMatchObject({
      series: [],
      never: { nearest: ['page.views'], rejected: [{ line: 'page.view:x|c' }] },
    });
    expect((await get('api/series?q=page.view')).body).toMatchObject({ series: [{}], never: null });
  });

  it('lists the largest names', async () => {
    const { get, next } = await start();
    const wide = [1, 2, 3].map(
      (id) => ({ type: 'counter', name: 'wide', tags: [`id:${id}`], value: 1, lines: 1 }) as const,
    );
    await next([{ type: 'counter', name: 'busy', value: 1, lines: 100 }, ...wide]);
    expect((await get('api/top')).body).toMatchObject({
      by: 'lines',
      names: [{ name: 'busy', linesPerSecond: 10 }, {}],
    });
    expect((await get('api/top?by=series&limit=1')).body).toEqual({
      by: 'series',
      windowMs: 10_000,
      names: [
        {
          name: 'wide',
          type: 'counter',
          linesPerSecond: 0.3,
          series: 3,
          tag: { key: 'id', values: 3, samples: ['3', '2', '1'] },
        },
      ],
      more: 1,
    });
  });

  it('explains a line', async () => {
    const explain = vi.fn(async (line: string) => [{ line, metrics: [1] }]);
    const { get } = await start({ server: { explain } });
    expect(await get('api/explain?line=a%3A1%7Cc%0A')).toEqual({
      status: 200,
      body: { line: 'a:1|c\n', explanations: [{ line: 'a:1|c\n', metrics: [1] }] },
    });
    const { get: getOther } = await start({ server: { explain: () => Promise.reject(new Error('no parser')) } });
    expect(await getOther('api/explain?line=a')).toEqual({
      status: 503,
      body: { error: 'The line cannot be explained now: no parser' },
    });
  });

  it.each([
    ['api/series?limit=0', 400, '"limit" is "0"; it must be a whole number from 1 to 200.'],
    ['api/series?limit=x', 400, '"limit" is "x"; it must be a whole number from 1 to 200.'],
    [`api/tap?name=${'x'.repeat(201)}`, 400, '"name" has 201 characters; it may have 200.'],
    ['api/top?by=size', 400, '"by" is "size"; it must be lines or series.'],
    ['api/explain', 400, '"line" is missing; give one, such as /api/explain?line=a:1|c'],
    ['api/tap?frontend=udq', 400, 'There is no front-end "udq"; there are: udp.'],
    [`api/series?q=${'x'.repeat(8193)}`, 400, '"q" has 8193 characters; it may have 8192.'],
    ['api/other', 404, 'There is no "/api/other"; the page is at /, and the API is described in docs/LIVE.md.'],
  ])('refuses %s', async (path, status, error) => {
    const { get } = await start();
    expect(await get(path)).toEqual({ status, body: { error } });
  });

  it('refuses what is no reading', async () => {
    const { url } = await start();
    const answer = await ask(`${url}api/status`, 'body', { method: 'POST' });
    expect([answer.status, answer.headers.allow, JSON.parse(answer.text)]).toEqual([
      405,
      'GET, HEAD',
      { error: 'Only GET and HEAD are allowed.' },
    ]);
  });
});

describe('strangers', () => {
  it('get no page that another origin may use, and no names that are more than text', async () => {
    const { url, next } = await start();
    const hostile = '</script><img src=x onerror=alert(1)>\u202e\u2028"\\';
    await next([{ type: 'counter', name: hostile, tags: [hostile], value: 1 }], { examples: [rejected(hostile)] });
    const answer = await ask(`${url}api/series`, undefined, { method: 'GET' });
    expect(JSON.parse(answer.text).series[0]).toMatchObject({ name: hostile, tags: [hostile] });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([{ host: 'evil.example' }, { origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
    'of another origin are refused: %j',
    async (headers) => {
      const { get, events } = await start();
      for (const path of ['api/status', 'api/series', 'api/explain?line=a:1|c']) {
        expect((await get(path, headers)).status).toBe(403);
      }
      for (const path of ['api/events', 'api/tap', '', 'assets/app.js']) {
        expect((await events(path, headers)).status).toBe(403);
      }
    },
  );

  it('need a credential where there is one, but for what probes ask', async () => {
    const { url, get, events, context } = await start({ config: { auth: { users: [], tokens: ['t0k3n'] } } });
    expect(await get('api/status')).toMatchObject({ status: 401, body: { error: expect.any(String) } });
    expect((await events('api/events')).status).toBe(401);
    expect((await get('api/status', { authorization: 'Bearer t0k3n' })).status).toBe(200);
    expect((await ask(`${url}-/healthy`, undefined, { method: 'GET' })).status).toBe(200);
    expect(context.counts.get('live.auth_failures')).toBe(2);
    expect(context.logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});

describe('TLS', () => {
  it('serves the API with the certificate that is configured', async () => {
    const { cert, key } = certificateFor('page', '127.0.0.1');
    const folder = folderWith({ 'cert.pem': cert, 'key.pem': key });
    const { url } = await start({ config: { tls: { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') } } });
    expect(url).toMatch(/^https:/);
    const answer = await ask(`${url}api/status`, undefined, { method: 'GET', ca: cert });
    expect([answer.status, JSON.parse(answer.text).pid]).toEqual([200, 7]);
  });
});

describe('probes', () => {
  it('hear whether the server takes traffic', async () => {
    const { shown, url } = await start();
    const ready = async () => (await ask(`${url}-/ready`, undefined, { method: 'GET' })).status;
    expect(await ready()).toBe(503);
    shown.opened?.();
    expect(await ready()).toBe(200);
    shown.ending?.();
    expect(await ready()).toBe(503);
  });
});

describe('streams', () => {
  it('tell the status each second and each window, while somebody listens', async () => {
    const accounts = vi.fn(async () => []);
    const { events, next } = await start({ server: { accounts } });
    const stream = await events('api/events');
    expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await stream.first('status')).toMatchObject({ verdict: {}, frontends: [{ name: 'udp' }] });
    await next([{ type: 'counter', name: 'a', value: 1, lines: 5 }], { received: 50, examples: [rejected('x')] });
    expect(await stream.first('window')).toMatchObject({
      point: { time: 1_700_000_010_000, lines: 5, series: 1 },
      top: { lines: { by: 'lines', names: [{ name: 'a', linesPerSecond: 0.5 }] }, series: { by: 'series' } },
      rejected: { total: 1, lines: [{ line: 'x' }] },
    });
    await vi.waitFor(
      () => expect(stream.events.filter(({ event }) => event === 'status').length).toBeGreaterThan(1),
      3000,
    );
    stream.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const asked = accounts.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(accounts.mock.calls.length).toBe(asked);
  });

  it('tell lines as they come', async () => {
    const { taps, tap } = tapping();
    const { events } = await start({ server: { tap } });
    const stream = await events('api/tap?name=page.*&frontend=udp&limit=5');
    const [{ options, lines, end } = expect.fail('nothing taps')] = taps;
    expect(options).toMatchObject({ name: 'page.*', frontend: 'udp', limit: 5 });
    const line: TappedLine = { frontend: 'udp', line: 'a:1|c', outcome: 'aggregated', names: ['a'] };
    lines([line, { ...line, outcome: 'rejected', reason: 'bad_value', advice: 'a number', from: '1.2.3.4:5' }], {
      skipped: 3,
    });
    expect(await stream.first('lines')).toEqual({
      lines: [
        { ...line, from: null, reason: null, advice: null },
        { ...line, outcome: 'rejected', reason: 'bad_value', advice: 'a number', from: '1.2.3.4:5' },
      ],
      skipped: 3,
    });
    end('time');
    expect(await stream.first('end')).toEqual({ reason: 'time' });
    await stream.ended;
  });

  it('end a tap with its client', async () => {
    const { taps, tap } = tapping();
    const { events } = await start({ server: { tap } });
    const stream = await events('api/tap');
    expect(taps[0]?.options).toMatchObject({ name: '', limit: 20 });
    stream.close();
    await vi.waitFor(() => expect(taps[0]?.options.signal.aborted).toBe(true));
  });

  it('are eight at most, of both kinds', async () => {
    const { tap } = tapping();
    const { events } = await start({ server: { tap } });
    for (let open = 0; open < 8; open++) expect((await events(open % 2 ? 'api/tap' : 'api/events')).status).toBe(200);
    const ninth = await events('api/events');
    expect([ninth.status, ninth.headers['retry-after']]).toEqual([503, '5']);
    streams[0]?.close();
    await vi.waitFor(async () => expect((await events('api/events')).status).toBe(200));
  });

  it('drop a client that does not read', async () => {
    const { taps, tap } = tapping();
    const { events, context } = await start({ server: { tap } });
    const stream = await events('api/tap');
    stream.pause();
    const line: TappedLine = { frontend: 'udp', line: 'x'.repeat(8000), outcome: 'aggregated', names: [] };
    // Several times what buffers of sockets hold.
    for (let at = 0; at < 400 && taps[0]?.options.signal.aborted !== true; at++) {
      taps[0]?.lines(Array(20).fill(line), { skipped: 0 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(taps[0]?.options.signal.aborted).toBe(true));
    expect(context.counts.get('live.slow_clients')).toBe(1);
  });

  it('are told when the server stops, which does not wait for them', async () => {
    const { tap } = tapping();
    const { shown, events } = await start({ server: { tap } });
    const both = [await events('api/tap'), await events('api/events')];
    const before = performance.now();
    await shown.stop?.();
    expect(performance.now() - before).toBeLessThan(900);
    for (const stream of both) {
      await stream.ended;
      expect(stream.events.at(-1)).toEqual({ event: 'end', data: { reason: 'stopping' } });
    }
  });
});
