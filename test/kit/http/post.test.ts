import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { poster, type Request, retryAfter } from '../../../src/kit/http/post.ts';
import { API_KEY } from '../../backends/datadog/defaults.ts';

const request: Request = {
  path: '/api/v2/series',
  contentType: 'application/json',
  body: Buffer.from('{"series":[]}'),
};

let server: Server | undefined;

afterEach(async () => {
  vi.useRealTimers();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answered(status: number, body = '', headers: Record<string, string> = {}) {
  const base = await serve((_, response) => response.writeHead(status, headers).end(body));
  const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
  return { outcome, url: `${base}/api/v2/series` };
}

describe('what a status means', () => {
  it.each([200, 201, 202])('%d: accepted', async (status) => {
    expect((await answered(status, '{"errors":[]}')).outcome).toEqual({ kind: 'accepted', complaints: [] });
  });

  it.each([400, 413])('%d: rejected', async (status) => {
    const { outcome, url } = await answered(status);
    expect(outcome).toEqual({ kind: 'rejected', text: `POST ${url}: ${status}`, tooLarge: status === 413 });
  });

  it.each([408, 429, 500, 501, 502, 503, 504])('%d: try again', async (status) => {
    const { outcome, url } = await answered(status);
    expect(outcome).toEqual({ kind: 'retry', text: `POST ${url}: ${status}` });
  });

  it.each([401, 402, 403, 404, 405, 410, 415, 422])('%d: refused', async (status) => {
    const { outcome, url } = await answered(status);
    expect(outcome).toEqual({
      kind: 'refused',
      text: `POST ${url}: ${status}`,
      key: status === 401 || status === 403,
    });
  });

  it.each([301, 302, 307, 308])('%d: refused, and not followed', async (status) => {
    let visits = 0;
    const base = await serve((_, response) => {
      visits++;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
    expect(outcome).toMatchObject({ kind: 'refused', key: false });
    expect(visits).toBe(1);
  });
});

it('sends what the intake asks for', async () => {
  const seen: unknown[] = [];
  const base = await serve((incoming, response) => {
    const { method, url, headers } = incoming;
    incoming.on('data', (chunk) => seen.push(String(chunk)));
    incoming.on('end', () => response.writeHead(202).end());
    const { 'dd-api-key': key, 'content-type': type, 'content-encoding': encoding, 'user-agent': agent } = headers;
    seen.push({ method, url, key, type, encoding, agent, length: headers['content-length'] });
  });
  await poster({ base, apiKey: API_KEY })({ ...request, contentEncoding: 'gzip' }, AbortSignal.timeout(20_000));
  expect(seen).toEqual([
    {
      method: 'POST',
      url: '/api/v2/series',
      key: API_KEY,
      type: 'application/json',
      encoding: 'gzip',
      agent: 'statsdrain',
      length: '13',
    },
    '{"series":[]}',
  ]);
});

describe('what the intake says', () => {
  it('is quoted on one line, without the key', async () => {
    const { outcome, url } = await answered(403, `{"errors":\n["no such key: ${API_KEY}\u001b[31m"]}`);
    expect(outcome).toMatchObject({ text: `POST ${url}: 403 "{"errors": ["no such key: *** [31m"]}"` });
  });

  it.each([
    ['{"errors":[]}', []],
    ['{"errors":["a","b"]}', ['a', 'b']],
    ['{"status":"ok"}', []],
    ['{"errors":"x"}', []],
    ['null', []],
    ['<html>', []],
    ['', []],
  ])('of a request that it took: %s', async (body, complaints) => {
    expect((await answered(202, body)).outcome).toEqual({ kind: 'accepted', complaints });
  });

  it('is read up to 64 KiB', async () => {
    let written: number | undefined;
    const base = await serve((_, response) => {
      const { socket } = response;
      response.writeHead(500);
      response.on('close', () => {
        written = socket?.bytesWritten;
      });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
    expect(outcome).toMatchObject({ kind: 'retry', text: expect.stringMatching(/: 500 "x{200}"$/) });
    // More than 64 KiB are under way when it stops reading, but not what buffers cannot hold.
    await vi.waitFor(() => expect(written).toBeLessThan(30_000_000));
  });

  it('does not matter when it breaks off', async () => {
    const base = await serve((_, response) => {
      response.writeHead(202, { 'content-length': '100' }).write('{"err');
      response.socket?.end();
    });
    const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
    expect(outcome).toEqual({ kind: 'accepted', complaints: [] });
  });
});

describe('network errors', () => {
  it('nobody listens', async () => {
    const base = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
    expect(outcome).toEqual({ kind: 'retry', text: `POST ${base}/api/v2/series: ECONNREFUSED` });
  });

  it('the connection breaks', async () => {
    const base = await serve((incoming) => incoming.socket.resetAndDestroy());
    const outcome = await poster({ base, apiKey: API_KEY })(request, AbortSignal.timeout(20_000));
    expect(outcome).toMatchObject({ kind: 'retry', text: expect.stringMatching(/: (ECONNRESET|UND_ERR_SOCKET)$/) });
  });

  it('the signal aborts', async () => {
    const controller = new AbortController();
    const base = await serve(() => controller.abort());
    const outcome = await poster({ base, apiKey: API_KEY })(request, controller.signal);
    expect(outcome).toEqual({ kind: 'retry', text: `POST ${base}/api/v2/series: AbortError` });
  });

  it('a key that no header can carry stays out of the text', async () => {
    const base = await serve((_, response) => response.writeHead(202).end());
    const outcome = await poster({ base, apiKey: 'se\ncret' })(request, AbortSignal.timeout(20_000));
    expect(outcome).toEqual({ kind: 'retry', text: `POST ${base}/api/v2/series: failed` });
  });
});

describe('when to try again', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 1.5 ' }, 1500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '99999999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1x' }, undefined],
    [{ 'x-ratelimit-reset': '12' }, 12_000],
    [{ 'retry-after': '1', 'x-ratelimit-reset': '12' }, 1000],
    [{}, undefined],
  ])('%j is %s ms', (headers, want) => {
    vi.useFakeTimers({ now });
    expect(retryAfter(new Headers(headers as Record<string, string>))).toBe(want);
  });

  it('comes with the outcome', async () => {
    const { outcome } = await answered(429, '', { 'retry-after': '7' });
    expect(outcome).toMatchObject({ kind: 'retry', retryAfterMs: 7000 });
  });
});
