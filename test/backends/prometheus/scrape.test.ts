import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { pack } from '../../../backends/prometheus/exposition/packed.ts';
import type { Conflict } from '../../../backends/prometheus/page/conflicts.ts';
import { type ScrapeOptions, scrapes } from '../../../backends/prometheus/scrape.ts';
import { createGate } from '../../../src/kit/http/auth.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const CONFLICT: Conflict = {
  name: 'x',
  type: 'gauge',
  reason: 'type_conflict',
  owner: 'counter',
  times: 2,
  firstMs: 1_700_000_000_000,
  lastMs: 1_700_000_001_500,
};

async function open(changes: Partial<ScrapeOptions> = {}) {
  const told: string[] = [];
  const options: ScrapeOptions = {
    path: '/metrics',
    gate: createGate({ users: [], tokens: [] }, () => undefined),
    lifecycle: false,
    isOpen: () => true,
    isEnding: () => false,
    page: async ({ format, escaping }) => ({
      packed: await pack([Buffer.from(`${format} ${escaping}\n`)]),
      end: Buffer.from(`own ${format}\n`),
    }),
    conflicts: () => ({ refused: () => undefined, list: () => [CONFLICT], others: 3 }),
    unmapped: () => [],
    reload: async () => void told.push('reload'),
    trust: () => void told.push('trust'),
    scraped: () => void told.push('scraped'),
    failed: (error) => void told.push(`failed: ${error}`),
    ...changes,
  };
  const server = createServer(scrapes(options));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    told,
    async ask(path: string, method = 'GET', headers: Record<string, string> = {}) {
      const sent = { connection: 'close', 'accept-encoding': 'identity', ...headers };
      const response = await fetch(origin + path, { method, headers: sent });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    origin,
  };
}

describe('what is asked for', () => {
  it.each<[method: string, path: string, status: number, allow?: string]>([
    ['GET', '/metrics', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/metrics?name[]=x', 200],
    ['POST', '/metrics', 405, 'GET, HEAD'],
    ['DELETE', '/metrics', 405, 'GET, HEAD'],
    ['GET', '/metrics/', 404],
    ['GET', '/metric', 404],
    ['HEAD', '/favicon.ico', 404],
    ['GET', '//metrics', 404],
    ['GET', '/constructor', 404],
    ['PUT', '/none', 405, 'GET, HEAD'],
    ['GET', '/', 200],
    ['HEAD', '/', 200],
    ['POST', '/', 405, 'GET, HEAD'],
    ['GET', '/-/healthy', 200],
    ['HEAD', '/-/healthy', 200],
    ['POST', '/-/healthy', 405, 'GET, HEAD'],
    ['GET', '/-/ready', 200],
    ['GET', '/conflicts', 200],
    ['HEAD', '/conflicts', 200],
    ['PUT', '/conflicts', 405, 'GET, HEAD'],
    ['GET', '/unmapped', 200],
    ['POST', '/unmapped', 405, 'GET, HEAD'],
    ['GET', '/-/reload', 405, 'POST, PUT'],
    ['HEAD', '/-/reload', 405, 'POST, PUT'],
    ['POST', '/-/reload', 403],
    ['PUT', '/-/reload', 403],
  ])('%s %s is answered with %d', async (method, path, status, allow) => {
    const { ask, told } = await open();
    const answer = await ask(path, method);
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow ?? null]);
    if (status === 405) expect(answer.headers.get('connection')).toBe('close');
    if (method === 'HEAD') expect(answer.text).toBe('');
    else expect(answer.text).not.toBe('');
    // A page that was not sent as a whole is no scrape.
    const isScrape = method === 'GET' && path.startsWith('/metrics') && status === 200;
    expect(told.filter((one) => one !== 'trust')).toEqual(isScrape ? ['scraped'] : []);
  });

  it('another path than the usual one is named where it is looked for', async () => {
    const { ask } = await open({ path: '/a/page' });
    expect((await ask('/metrics')).text).toBe('Not found. The metrics are at /a/page\n');
    expect((await ask('/a/page')).status).toBe(200);
    const { text, headers } = await ask('/');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const links = ['/a/page', '/conflicts', '/unmapped', '/-/healthy', '/-/ready'];
    expect(Array.from(text.matchAll(/<a href="([^"]+)"/g), ([, href]) => href)).toEqual(links);
  });

  it('the root may be the page itself', async () => {
    const { ask } = await open({ path: '/' });
    expect((await ask('/')).text).toBe('text-0.0.4 underscores\nown text-0.0.4\n');
  });

  it('what was refused is listed with times that people can read', async () => {
    const { ask } = await open();
    const { text, headers } = await ask('/conflicts');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(text)).toEqual({
      conflicts: [
        {
          name: 'x',
          type: 'gauge',
          reason: 'type_conflict',
          owner: 'counter',
          times: 2,
          first: '2023-11-14T22:13:20.000Z',
          last: '2023-11-14T22:13:21.500Z',
        },
      ],
      others: 3,
    });
  });
});

describe('a page', () => {
  const OPEN_METRICS = 'application/openmetrics-text';
  const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

  it.each([
    [undefined, 'text-0.0.4 underscores', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    ['*/*', 'text-0.0.4 underscores', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    ['image/png', 'text-0.0.4 underscores', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    [
      'text/plain;version=1.0.0;escaping=allow-utf-8',
      'text-1.0.0 allow-utf-8',
      'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    ],
    [
      `${OPEN_METRICS};version=1.0.0;escaping=dots;q=0.8,text/plain;q=0.3`,
      'openmetrics-1.0.0 dots',
      `${OPEN_METRICS}; version=1.0.0; charset=utf-8; escaping=dots`,
    ],
    [
      `${PROTOBUF};q=0.9,${OPEN_METRICS};q=0.5`,
      'protobuf underscores',
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
    ],
  ])('for "%s" is %s', async (accept, page, type) => {
    const { ask } = await open();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await ask('/metrics', method, accept === undefined ? {} : { accept });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('vary')).toBe('Accept, Accept-Encoding');
      // What is of the process itself comes last.
      expect(text).toBe(method === 'HEAD' ? '' : `${page}\nown ${page.split(' ')[0]}\n`);
    }
  });

  it('is packed for who wants that', async () => {
    const { origin } = await open();
    const { request } = await import('node:http');
    const packed = await new Promise<Buffer>((resolve, reject) => {
      const sent = request(
        `${origin}/metrics`,
        { headers: { 'accept-encoding': 'gzip' }, agent: false },
        (response) => {
          expect(response.headers['content-encoding']).toBe('gzip');
          buffer(response).then(resolve, reject);
        },
      );
      sent.on('error', reject).end();
    });
    expect(gunzipSync(packed).toString()).toBe('text-0.0.4 underscores\nown text-0.0.4\n');
  });

  it('that cannot be made is an error of the server, told', async () => {
    const { ask, told } = await open({ page: () => Promise.reject(new Error('no page')) });
    expect((await ask('/metrics')).status).toBe(500);
    expect(told).toEqual(['trust', 'failed: Error: no page']);
  });
});

it('before front-ends accept traffic there is no page, nor is it ready; it is healthy', async () => {
  let isOpen = false;
  const { ask, told } = await open({ isOpen: () => isOpen });
  for (const path of ['/metrics', '/-/ready']) {
    const { status, headers } = await ask(path);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  }
  expect((await ask('/metrics', 'HEAD')).status).toBe(503);
  expect((await ask('/-/healthy')).status).toBe(200);
  expect(told).not.toContain('scraped');
  isOpen = true;
  for (const path of ['/metrics', '/-/ready']) expect((await ask(path)).status).toBe(200);
});

describe('who is not let in', () => {
  const closed = { gate: createGate({ users: [], tokens: ['t'] }, () => undefined), lifecycle: true };

  it.each(['/metrics', '/', '/none', '/conflicts', '/unmapped'])('gets nothing of %s', async (path) => {
    const { ask, told } = await open(closed);
    const { status, headers } = await ask(path);
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(told).toEqual([]);
    expect((await ask(path, 'GET', { authorization: 'Bearer t' })).status).toBe(path === '/none' ? 404 : 200);
    expect(told[0]).toBe('trust');
  });

  it('has nothing read again', async () => {
    const { ask, told } = await open(closed);
    expect((await ask('/-/reload', 'POST')).status).toBe(401);
    expect(told).toEqual([]);
    expect((await ask('/-/reload', 'POST', { authorization: 'Bearer t' })).status).toBe(200);
    expect(told).toEqual(['trust', 'reload']);
  });

  it.each(['/-/healthy', '/-/ready'])('may ask for %s', async (path) => {
    const { ask, told } = await open(closed);
    expect((await ask(path)).status).toBe(200);
    expect(told).toEqual([]);
  });
});

describe('the configuration is read again', () => {
  it.each(['POST', 'PUT'])('by %s, where "lifecycle" is true', async (method) => {
    const { ask, told } = await open({ lifecycle: true });
    expect((await ask('/-/reload', method)).status).toBe(200);
    expect(told).toContain('reload');
  });

  it('not where it is false, which says how', async () => {
    const { ask, told } = await open();
    const { status, text } = await ask('/-/reload', 'POST');
    expect(status).toBe(403);
    expect(text).toContain('set "lifecycle": true');
    expect(told).not.toContain('reload');
  });

  it('a bad one leaves everything as it was, and says what is wrong', async () => {
    const reload = () => Promise.reject(new Error('backends[0].port: must be a number'));
    const { ask } = await open({ lifecycle: true, reload });
    const { status, text } = await ask('/-/reload', 'POST');
    expect([status, text]).toEqual([422, 'Going on as before: backends[0].port: must be a number\n']);
  });
});

it('is ready no more once the server stops, while the page is there for a last scrape', async () => {
  let isEnding = false;
  const { ask } = await open({ isEnding: () => isEnding });
  expect((await ask('/-/ready')).status).toBe(200);
  isEnding = true;
  expect([(await ask('/-/ready')).status, (await ask('/-/healthy')).status, (await ask('/metrics')).status]).toEqual([
    503, 200, 200,
  ]);
});
