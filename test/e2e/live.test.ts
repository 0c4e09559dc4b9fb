import { afterEach, describe, expect, test, vi } from 'vitest';
import { type EventStream, openEvents } from '../helper/event-stream.ts';
import { send as ask } from '../helper/http-client.ts';
import { startServer } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

interface Found {
  readonly series: readonly {
    readonly name: string;
    readonly type: string;
    readonly tags: readonly string[];
    readonly value: number;
  }[];
  readonly never: {
    readonly nearest: readonly string[];
    readonly rejected: readonly { readonly line: string }[];
  } | null;
}

interface Status {
  readonly verdict: { readonly level: string; readonly text: string; readonly advice: readonly string[] };
  readonly ready: boolean;
  readonly totals: { readonly received: number; readonly rejected: number };
  readonly frontends: readonly {
    readonly name: string;
    readonly received: number;
    readonly connections: number | null;
  }[];
  readonly backends: readonly { readonly name: string; readonly state: string }[];
}

interface Ended {
  readonly top: { readonly lines: { readonly names: readonly object[] } };
}

const config = {
  flushInterval: '1s',
  frontends: [
    { type: 'udp', host: '127.0.0.1', port: 0 },
    { type: 'tcp', host: '127.0.0.1', port: 0 },
  ],
  backends: [
    { type: 'live', host: '127.0.0.1', port: 0 },
    { type: 'prometheus', host: '127.0.0.1', port: 0 },
  ],
};

const streams: EventStream[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

async function start(changes: object = {}) {
  const server = await startServer({ ...config, ...changes });
  const url = `http://127.0.0.1:${server.port('live')}/`;
  return {
    server,
    url,
    async get<Body>(path: string, headers = {}): Promise<{ readonly status: number; readonly body: Body }> {
      const { status, text } = await ask(url + path, undefined, { method: 'GET', headers });
      return { status, body: JSON.parse(text) };
    },
    async open(path: string): Promise<EventStream> {
      const stream = await openEvents(url + path);
      streams.push(stream);
      return stream;
    },
  };
}

const soon = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 8000, interval: 100 });

describe('the live back-end of a running server', () => {
  test('has what was sent, what was not understood and how the server does', async () => {
    const { server, get, open } = await start();
    await sendUdp(server.port('udp'), 'page.views:2|c|#env:prod\npage.views:x|c', 'db.query:12|ms');
    await sendStream(server.port('tcp'), 'depth:7|g\n');
    await soon(async () => {
      const { body } = await get<Found>('api/series?q=page');
      expect(body.series).toMatchObject([{ name: 'page.views', type: 'counter', tags: ['env:prod'], value: 2 }]);
    });
    expect((await get<Found>('api/series?q=page.vievs')).body).toMatchObject({
      series: [],
      never: { nearest: ['page.views'], rejected: [] },
    });
    expect((await get<Found>('api/series?q=page.views:x')).body.never).toMatchObject({
      rejected: [{ line: 'page.views:x|c' }],
    });
    expect((await get('api/rejected')).body).toMatchObject({
      total: 1,
      lines: [
        { line: 'page.views:x|c', reason: 'bad_value', frontend: 'udp', advice: expect.stringContaining('number') },
      ],
    });
    await soon(async () => {
      const { body } = await get<Status>('api/status');
      expect(body).toMatchObject({
        ready: true,
        totals: { received: 4, rejected: 1 },
        verdict: {
          level: 'warning',
          text: expect.stringMatching(/ · 1 rejected · 0 lost · every back-end delivered$/),
        },
        frontends: [
          { name: 'udp', received: 3, connections: null },
          { name: 'tcp', received: 1, connections: 0 },
        ],
        backends: [
          { name: 'live', state: 'delivering' },
          { name: 'prometheus', state: 'delivering' },
        ],
      });
      expect(body.verdict.advice).toEqual([expect.stringContaining('bad_value')]);
    });
    expect((await get('api/explain?line=page.views:2%7Cc')).body).toMatchObject({
      explanations: [{ outcome: 'aggregated', frontends: ['udp', 'tcp'] }],
    });
    const stream = await open('api/events');
    await stream.first('status');
    expect(await stream.first('window')).toMatchObject({ point: { time: expect.any(Number) }, rejected: { total: 1 } });
    await sendUdp(server.port('udp'), 'busy:1|c\n'.repeat(50));
    const busiest = () =>
      stream.events.filter(({ event }) => event === 'window').flatMap(({ data }) => (data as Ended).top.lines.names);
    const busy = { name: 'busy', type: 'counter', linesPerSecond: 50, series: 1, tag: null };
    await vi.waitFor(() => expect(busiest()).toContainEqual(busy), { timeout: 8000, interval: 100 });
    expect(await server.stop()).toBe(0);
    await stream.ended;
    expect(stream.events.at(-1)).toEqual({ event: 'end', data: { reason: 'stopping' } });
  });

  test('shows lines as they come, with their sender and what becomes of them', async () => {
    const { server, open } = await start();
    const stream = await open('api/tap?name=page.*&limit=100');
    const seen = () =>
      stream.events
        .filter(({ event }) => event === 'lines')
        .flatMap(({ data }) => (data as { readonly lines: readonly object[] }).lines);
    await vi.waitFor(
      async () => {
        await sendUdp(server.port('udp'), 'page.views:2|c', 'other:1|c', 'page.views:x|c');
        await sendStream(server.port('tcp'), 'page.views:3|c\n');
        const from = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
        const good = { outcome: 'aggregated', names: ['page.views'], from, reason: null, advice: null };
        expect(seen()).toEqual(
          expect.arrayContaining([
            { ...good, frontend: 'udp', line: 'page.views:2|c' },
            { ...good, frontend: 'tcp', line: 'page.views:3|c' },
            expect.objectContaining({ outcome: 'rejected', reason: 'bad_value', line: 'page.views:x|c', from }),
          ]),
        );
      },
      { timeout: 8000, interval: 200 },
    );
    expect(JSON.stringify(seen())).not.toContain('other');
    expect(await server.stop()).toBe(0);
    await stream.ended;
    expect(stream.events.at(-1)).toEqual({ event: 'end', data: { reason: 'stopping' } });
  });

  test('shows names as text, whatever they are', async () => {
    const { server, url, get } = await start();
    const name = '</script><img src=x onerror=alert(1)>\u202egro.live';
    await sendUdp(server.port('udp'), `${name}:1|c|#<b>:"'\u2028`, '__proto__:1|c|#__proto__:constructor');
    await soon(async () => {
      const { body } = await get<Found>('api/series?q=');
      const found = body.series.filter((one) => !one.name.startsWith('statsdrain.'));
      expect(found.map((one) => [one.name, one.tags]).sort()).toEqual([
        [name, [`<b>:"'\u2028`]],
        ['__proto__', ['__proto__:constructor']],
      ]);
    });
    const { headers } = await ask(`${url}api/series`, undefined, { method: 'GET' });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });

  test('lets no page of another origin in, and eight streams', async () => {
    const { get, open } = await start();
    for (const headers of [
      { host: 'evil.example' },
      { origin: 'http://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ])
      expect(await get('api/status', headers)).toMatchObject({ status: 403, body: { error: expect.any(String) } });
    const opened = await Promise.all(Array.from({ length: 8 }, () => open('api/events')));
    expect(opened.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await open('api/events')).status).toBe(503);
  });
});
