import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrometheusConfig } from '../../../backends/prometheus/config.ts';
import prometheus from '../../../backends/prometheus/index.ts';
import type { Backend, FoldingBackend } from '../../../src/plugin.ts';
import { folderWith } from '../../config/temporary.ts';
import { certificateFor } from '../../helper/certificate.ts';
import { send as sendRequest } from '../../helper/http-client.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { parsePage } from './exposition.ts';
import { prometheusSettings } from './settings.ts';

const running: Backend[] = [];

afterEach(async () => {
  for (const backend of running.splice(0)) await backend.stop?.();
});

async function start(
  changes: Partial<PrometheusConfig> = {},
  percentiles: readonly number[] = [90],
  options: Parameters<typeof recordingContext>[0] = {},
) {
  const context = recordingContext({ percentiles, ...options });
  const backend = prometheus.create(prometheusSettings(changes), context);
  running.push(backend);
  const [url = ''] = (await backend.start?.()) ?? [];
  backend.opened?.();
  return {
    backend,
    context,
    url,
    send: (series: readonly SeriesInput[], signal = new AbortController().signal) =>
      sendTo(backend, makeWindow({ series, percentiles }), signal),
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

async function ask(url: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  const sent = request(url, { method, headers, agent: false });
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

async function scrape(url: string) {
  const { body } = await ask(url);
  return parsePage(body.toString());
}

/** A page of 20 MB: more than the buffers of a connection hold. */
const longPage = Array.from(
  { length: 1000 },
  (_, i): SeriesInput => ({
    type: 'gauge',
    name: `g.${i}`,
    tags: [`long:${'x'.repeat(20_000)}`],
    value: 5,
  }),
);

const gauge: SeriesInput = { type: 'gauge', name: 'queue.length', value: 5 };

describe('a scrape', () => {
  it('gets the page', async () => {
    const { url, send } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    await send([gauge]);
    const { status, headers, body } = await ask(`${url}?x=1`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toContain('\n# TYPE queue_length gauge\nqueue_length 5\n');
  });

  it.each([
    ['gzip', 'gzip'],
    ['deflate, gzip;q=0.5', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip; q=0.0, deflate', undefined],
    ['identity', undefined],
    ['br', undefined],
  ])('that accepts %s gets %s', async (accepted, encoding) => {
    const { url, send } = await start();
    await send([gauge]);
    const { headers, body } = await ask(url, 'GET', { 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBe(encoding);
    expect(body.subarray(0, 2).toString('hex') === '1f8b').toBe(encoding === 'gzip');
  });

  it('can be unpacked', async () => {
    const { url, send } = await start();
    await send([gauge]);
    expect(parsePage(await (await fetch(url)).text()).get('queue_length')?.samples[0]?.value).toBe(5);
  });

  it('has the quantiles of the configured percentiles', async () => {
    const { url, send } = await start({}, [50, 99.9]);
    await send([{ type: 'timer', name: 't', values: [1000] }]);
    const quantiles = (await scrape(url)).get('t')?.samples.map(({ labels }) => labels.get('quantile'));
    expect(quantiles).toEqual(['0.5', '0.999', undefined, undefined]);
  });

  it('or those of its own', async () => {
    const { url, send } = await start({ quantiles: [0.25, 0.25] }, [50]);
    await send([{ type: 'timer', name: 't', values: [1000] }]);
    const quantiles = (await scrape(url)).get('t')?.samples.map(({ labels }) => labels.get('quantile'));
    expect(quantiles).toEqual(['0.25', undefined, undefined]);
  });

  it('between two windows sees all of one or all of the other', async () => {
    const { url, send } = await start();
    const series = Array.from(
      { length: 20_000 },
      (_, i): SeriesInput => ({
        type: 'counter',
        name: i % 2 === 0 ? 'even' : 'odd',
        tags: [`number:${i}`],
        value: 1,
      }),
    );
    await send(series);
    const scrapes: ReturnType<typeof scrape>[] = [];
    for (let window = 0; window < 3; window++) {
      const sent = send(series);
      for (let i = 0; i < 3; i++) {
        scrapes.push(scrape(url));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await sent;
    }
    for (const page of await Promise.all(scrapes)) {
      const values = ['even', 'odd'].flatMap((name) => page.get(name)?.samples.map(({ value }) => value) ?? []);
      expect(values).toHaveLength(20_000);
      expect(new Set(values).size).toBe(1);
    }
    expect((await scrape(url)).get('odd')?.samples[0]?.value).toBe(4);
  });

  it('that is not read to the end harms nobody', async () => {
    const { url, send } = await start();
    await send(longPage);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    expect((await scrape(url)).get('g_999')?.samples[0]?.value).toBe(5);
    socket.resetAndDestroy();
    expect((await scrape(url)).get('g_999')?.samples[0]?.value).toBe(5);
  });
});

describe('credentials', () => {
  const auth = {
    users: [
      { user: 'prometheus', password: 'old' },
      { user: 'prometheus', password: 'new' },
    ],
    tokens: ['t'],
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([basic('prometheus:old'), basic('prometheus:new'), 'Bearer t'])(
    '"%s" gets the page',
    async (authorization) => {
      const { url, send, context } = await start({ auth });
      await send([gauge]);
      for (const method of ['GET', 'HEAD']) {
        expect((await ask(url, method, { authorization })).status).toBe(200);
      }
      expect((await ask(url, 'GET', { authorization })).body.toString()).toContain('\nqueue_length 5\n');
      expect(context.logged).toEqual([]);
    },
  );

  it.each([undefined, basic('prometheus:'), basic('t:x'), 'Bearer old', 'Bearer'])(
    '"%s" gets nothing, on no path, and is counted',
    async (authorization) => {
      const { url, send, context } = await start({ auth });
      await send([gauge]);
      const paths = [url, new URL('/', url).href, new URL('/none', url).href];
      for (const path of paths) {
        const { status, headers, body } = await ask(path, 'GET', authorization === undefined ? {} : { authorization });
        expect(status).toBe(401);
        expect(headers['www-authenticate']).toBe(
          'Basic realm="statsdrain", charset="UTF-8", Bearer realm="statsdrain"',
        );
        expect(body.toString()).toMatch(/^This needs a user and a password/);
      }
      expect(context.counts).toEqual(new Map([['prometheus.auth_failures', 3]]));
      expect(context.logged).toMatchObject([{ level: 'warn', fields: { remote: '127.0.0.1', times: 1 } }]);
      expect(JSON.stringify(context.logged)).not.toMatch(/old|new/);
    },
  );
});

describe('limits', () => {
  it('idle connections make room for a scraper, told once and counted', async () => {
    const { url, context } = await start();
    const { hostname, port } = new URL(url);
    const open = Array.from({ length: 66 }, () => connect(Number(port), hostname));
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    expect((await fetch(url)).status).toBe(200);
    expect(context.counts).toEqual(new Map([['connections.refused', 3]]));
    expect(context.logged).toMatchObject([
      { level: 'warn', message: 'closed idle connections without a credential to make room for others' },
    ]);
    for (const socket of open) socket.destroy();
  });
});

describe('over TLS', () => {
  it('is the same page, and its URL says so', async () => {
    const { cert, key } = certificateFor('page', '127.0.0.1');
    const folder = folderWith({ 'cert.pem': cert, 'key.pem': key });
    const { url, send } = await start({ tls: { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') } });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics$/);
    await send([gauge]);
    const { status, text } = await sendRequest(url, undefined, { method: 'GET', ca: cert });
    expect(status).toBe(200);
    expect(parsePage(text).get('queue_length')?.samples[0]?.value).toBe(5);
  });

  it('is not there without its certificate, which the error names', async () => {
    const started = start({ tls: { cert: '/none/cert.pem', key: '/none/key.pem' } });
    await expect(started).rejects.toThrow('cannot read the certificate "/none/cert.pem": no such file');
  });
});

describe('statsdrain itself', () => {
  it('is on the page', async () => {
    const { url } = await start();
    const page = await scrape(url);
    expect(page.get('statsdrain_process_resident_memory_bytes')?.samples[0]?.value).toBeGreaterThan(1e6);
    expect([...page.keys()].every((name) => name.startsWith('statsdrain_'))).toBe(true);
  });

  it('is there once, however often it is started', async () => {
    const [first, second] = [await start(), await start()];
    for (const { url } of [first, second]) {
      expect((await scrape(url)).get('statsdrain_process_cpu_seconds_total')?.samples).toHaveLength(1);
    }
  });

  it('keeps its names', async () => {
    const { url, send, context } = await start();
    await send([
      { ...gauge, name: 'statsdrain.process.cpu_seconds_total' },
      { ...gauge, name: 'statsdrain_nodejs_gc_duration_seconds_count' },
      { type: 'timer', name: 'statsdrain_nodejs_gc_duration_seconds', values: [1] },
      { ...gauge, name: 'statsdrain.lines' },
    ]);
    expect(context.losses).toEqual(new Map([['reserved_name', 3]]));
    expect((await scrape(url)).get('statsdrain_lines')?.samples[0]?.value).toBe(5);
  });

  it.skipIf(spawnSync('promtool', ['--version']).error !== undefined)('passes promtool', async () => {
    const { url, send } = await start();
    await send([gauge]);
    const { body } = await ask(url);
    expect(execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })).toBe('');
  });
});

describe('what it is given', () => {
  it('is what came, in windows that no other back-end notices the end of', () => {
    const made = prometheus.create(prometheusSettings({ lastScrape: 9 }), recordingContext());
    expect(made).toMatchObject({ updatedOnly: true, stopMs: 9 });
  });

  it('what came before somebody asked is on the page that he gets', async () => {
    const page = { send: async () => undefined as unknown };
    const { url, send } = await start({}, [90], { refresh: async () => void (await page.send()) });
    let value = 0;
    page.send = () => send([{ ...gauge, value: ++value } as SeriesInput]);
    for (const want of [1, 2]) expect((await scrape(url)).get('queue_length')?.samples[0]?.value).toBe(want);
    await ask(url, 'HEAD');
    expect(value).toBe(2);
  });

  it('a page is there also where what came last cannot be had', async () => {
    const { url, send, context } = await start({}, [90], { refresh: () => Promise.reject(new Error('it ends')) });
    await send([gauge]);
    expect((await scrape(url)).has('queue_length')).toBe(true);
    expect(context.logged).toMatchObject([
      { level: 'warn', message: expect.stringContaining('without what came last: Error: it ends') },
    ]);
  });

  it('names are those of who came first, whatever the order of types in the window', async () => {
    const { url, send, context } = await start();
    await send([
      { type: 'counter', name: 'x', value: 1, seenOrder: 2 },
      { type: 'timer', name: 'x', values: [1], seenOrder: 1 },
    ]);
    expect((await scrape(url)).get('x')?.type).toBe('summary');
    expect(context.losses).toEqual(new Map([['type_conflict', 1]]));
    const { body } = await ask(new URL('/conflicts', url).href);
    expect(JSON.parse(body.toString())).toMatchObject({
      conflicts: [{ name: 'x', type: 'counter', reason: 'type_conflict', owner: 'summary', times: 1 }],
      others: 0,
    });
  });
});

describe('formats', () => {
  const page: SeriesInput[] = [{ type: 'counter', name: 'größe_total', tags: ['a.b:1'], value: 5 }];
  const accepting = (accept: string) => ({ accept });

  it.each([
    ['escaped', 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8', 'gr__e_total{a_b="1"} 5\n'],
    ['utf-8', 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8', '{"größe_total","a.b"="1"} 5\n'],
    ['utf-8', 'application/openmetrics-text', 'gr__e_total{a_b="1"} 5\n'],
    ['utf-8', 'text/plain;version=1.0.0;escaping=allow-utf-8', '{"größe_total","a.b"="1"} 5\n'],
    ['utf-8', 'text/plain', 'gr__e_total{a_b="1"} 5\n'],
  ] as const)('names are %s, and "%s" shows %j', async (names, accept, line) => {
    const { url, send } = await start({ names });
    await send(page);
    expect((await ask(url, 'GET', accepting(accept))).body.toString()).toContain(line);
  });

  it.each([true, false])(
    '`_created` comes where "created" is %s; `# EOF` once and last, behind what is of the process',
    async (created) => {
      const { url, send } = await start({ created });
      await send(page);
      const text = (await ask(url, 'GET', accepting('application/openmetrics-text;version=1.0.0'))).body.toString();
      const made = /^gr__e_created\{a_b="1"\} 1700000000$/gm;
      expect([...text.matchAll(made)]).toHaveLength(created ? 1 : 0);
      expect([...text.matchAll(/# EOF/g)]).toHaveLength(1);
      expect(text).toMatch(/\nstatsdrain_process_resident_memory_bytes \d+\n[\s\S]*# EOF\n$/);
    },
  );
});

describe('life cycle', () => {
  it('a port that is taken is an error, and holds nothing open', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const second = prometheus.create(prometheusSettings({ port: Number(port) }), recordingContext());
    await expect(second.start?.()).rejects.toThrow(
      `cannot listen on http://127.0.0.1:${port}: another process uses port ${port}`,
    );
    await second.stop?.();
  });

  it('stop ends a scrape that is under way', async () => {
    const { url, send, backend } = await start();
    await send(longPage);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    await backend.stop?.();
    socket.destroy();
    await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('a send after the deadline changes nothing and can be repeated', async () => {
    const { url, send } = await start();
    const window: SeriesInput[] = [{ type: 'counter', name: 'c', value: 1 }];
    await expect(send(window, AbortSignal.abort())).rejects.toThrow();
    await send(window);
    expect((await scrape(url)).get('c')?.samples[0]?.value).toBe(1);
  });

  it('a window that cannot be walked is not tried again', async () => {
    const { backend } = await start();
    const series = {
      // biome-ignore lint/correctness/useYield: it throws before it has one
      *[Symbol.iterator](): Generator<never> {
        throw new Error('no series');
      },
    };
    const sent = sendTo(backend, { ...makeWindow(), series }, new AbortController().signal);
    await expect(sent).rejects.toMatchObject({ permanent: true });
  });

  it('shows no page before front-ends accept traffic', async () => {
    const backend = prometheus.create(prometheusSettings(), recordingContext());
    running.push(backend);
    const [url = ''] = (await backend.start?.()) ?? [];
    const ready = new URL('/-/ready', url).href;
    expect([(await ask(url)).status, (await ask(ready)).status]).toEqual([503, 503]);
    backend.opened?.();
    backend.opened?.();
    expect([(await ask(url)).status, (await ask(ready)).status]).toEqual([200, 200]);
  });

  it('the configuration is read again, and what no rule fits is listed, by those who know', async () => {
    let times = 0;
    const unmapped = [{ name: 'a.b', type: 'counter', times: 3 }] as never;
    const reload = async () => void times++;
    const { url } = await start({ lifecycle: true }, [90], { reload, unmapped: () => unmapped });
    expect((await ask(new URL('/-/reload', url).href, 'POST')).status).toBe(200);
    expect(times).toBe(1);
    const { body } = await ask(new URL('/unmapped', url).href);
    expect(JSON.parse(body.toString())).toEqual({ unmapped });
  });

  describe('the last scrape', () => {
    const LONG = 60_000;

    /** Ends when it has ended, and not before it was said that it may. */
    async function stopOf(backend: Backend) {
      let isOver = false;
      const stopped = backend.stop?.().then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { isOver, stopped };
    }

    it('is waited for when the server ends; it sees the last window', async () => {
      const { backend, url, send } = await start({ lastScrape: LONG });
      backend.ending?.();
      await send([gauge]);
      await ask(url, 'HEAD');
      await ask(new URL('/-/healthy', url).href);
      const { isOver, stopped } = await stopOf(backend);
      expect(isOver).toBe(false);
      expect((await scrape(url)).get('queue_length')?.samples[0]?.value).toBe(5);
      await stopped;
      await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
      // Once is enough, however often it is stopped.
      const began = performance.now();
      await backend.stop?.();
      expect(performance.now() - began).toBeLessThan(LONG / 2);
    });

    it('is not waited for longer than it is configured', async () => {
      const { backend, url } = await start({ lastScrape: 60 });
      backend.ending?.();
      const { isOver, stopped } = await stopOf(backend);
      expect(isOver).toBe(false);
      await stopped;
      await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
    });

    it.each([
      ['nobody asked for it', 0, true, true],
      ['only the back-end stops, such as for another configuration', LONG, false, true],
      ['the server was never up', LONG, true, false],
    ])('is not waited for where %s', async (_, lastScrape, isEnding, isOpen) => {
      const backend = prometheus.create(prometheusSettings({ lastScrape }), recordingContext());
      await backend.start?.();
      if (isOpen) backend.opened?.();
      if (isEnding) backend.ending?.();
      const began = performance.now();
      await backend.stop?.();
      expect(performance.now() - began).toBeLessThan(LONG / 2);
    });
  });

  describe('after a restart', () => {
    async function restarted(changes: Partial<PrometheusConfig>, { ageMs = 1000, orderly = true } = {}) {
      const before = await start();
      await before.send([
        { type: 'counter', name: 'old', value: 1 },
        { type: 'counter', name: 'statsdrain_process_cpu_seconds', value: 1 },
      ]);
      for (let windows = 0; windows < 2; windows++) await before.send([{ type: 'counter', name: 'hits', value: 5 }]);
      const pieces = (before.backend as FoldingBackend).save!(true)!;
      const after = await start(changes);
      const series = await (after.backend as FoldingBackend).restore!({ pieces, ageMs, orderly });
      const lines = async () => (await ask(after.url)).body.toString().match(/^\w*(old|hits)\b.*$/gm) ?? [];
      return { ...after, series, lines };
    }

    it('the page is there at once, and goes on', async () => {
      const { series, lines, send } = await restarted({ prefix: 'app_' });
      expect([series, await lines()]).toEqual([2, ['app_old 1', 'app_hits 10']]);
      await send([{ type: 'counter', name: 'hits', value: 5 }]);
      expect(await lines()).toEqual(['app_old 1', 'app_hits 15']);
    });

    it('a page that was asked for before it was restored is made anew', async () => {
      const after = await start();
      await ask(after.url);
      const before = await start();
      await before.send([gauge]);
      const pieces = (before.backend as FoldingBackend).save!(true)!;
      await (after.backend as FoldingBackend).restore!({ pieces, ageMs: 0, orderly: true });
      expect((await scrape(after.url)).has('queue_length')).toBe(true);
    });

    it('begins at 0 when the one before was not stopped in order: what went back would be added once more', async () => {
      const { series, lines, context } = await restarted({}, { orderly: false });
      expect([series, await lines()]).toEqual([0, []]);
      expect(context.logged[0]?.message).toContain('counters begin at 0');
    });

    it('nothing is kept while it goes on', async () => {
      const { backend } = await start();
      expect((backend as FoldingBackend).save!(false)).toBeUndefined();
    });
  });
});
