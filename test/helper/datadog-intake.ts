import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { type ReceivedSketch, readSketches } from '../backends/datadog/sketch-reader.ts';

/** One series of a `/api/v2/series` request. */
export interface ReceivedSeries {
  readonly metric: string;
  readonly type: number;
  readonly interval: number;
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
  readonly resources?: readonly { readonly type: string; readonly name: string }[];
  readonly tags?: readonly string[];
  readonly unit?: string;
}

/** One series of a `/api/v1/distribution_points` request. */
export interface ReceivedDistribution {
  readonly metric: string;
  readonly points: readonly (readonly [timestamp: number, values: readonly number[]])[];
  readonly host?: string;
  readonly tags?: readonly string[];
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of the body as sent. */
  readonly sentBytes: number;
  /** The decoded body. */
  readonly body: Buffer;
  readonly status: number;
}

export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'reset';

/** A stand-in for Datadog's HTTP intake on loopback, as strict as the real one about keys, types and sizes. */
export interface DatadogIntake {
  readonly url: string;
  /** Every request that was answered, in the order of the answers. */
  readonly requests: readonly ReceivedRequest[];
  /** What was taken with 202, in order. */
  readonly series: readonly ReceivedSeries[];
  readonly sketches: readonly ReceivedSketch[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly checks: readonly Readonly<Record<string, unknown>>[];
  /** Of `/api/v1/distribution_points`. */
  readonly distributions: readonly ReceivedDistribution[];
  /** Questions whether a key is known, by key. */
  readonly validations: readonly string[];
  /** The keys that are known from now on. */
  setKeys(...keys: readonly string[]): void;
  /** Requests under way, and the most there were at once. */
  readonly underWay: number;
  readonly mostUnderWay: number;
  /** The next `times` requests (to `path`, or to any) are answered so, before any other check. */
  script(reply: Reply, times: number, path?: string): void;
  /** Refuses a decoded body with a status that this gives. */
  refuse(judge: (path: string, body: Buffer) => number | undefined): void;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

interface Rule {
  readonly type: string;
  readonly compressed: boolean;
  readonly maxBytes: number;
  readonly maxRawBytes: number;
}

const rules: ReadonlyMap<string, Rule> = new Map([
  ['/api/v2/series', { type: 'application/json', compressed: true, maxBytes: 512_000, maxRawBytes: 5_242_880 }],
  [
    '/api/beta/sketches',
    { type: 'application/x-protobuf', compressed: true, maxBytes: 2_621_440, maxRawBytes: 4_194_304 },
  ],
  ['/api/v1/check_run', { type: 'application/json', compressed: false, maxBytes: 3_200_000, maxRawBytes: 3_200_000 }],
  [
    '/api/v1/distribution_points',
    { type: 'application/json', compressed: true, maxBytes: 3_200_000, maxRawBytes: 62_914_560 },
  ],
  ['/intake/', { type: 'application/json', compressed: false, maxBytes: 2_621_440, maxRawBytes: 4_194_304 }],
]);

export async function datadogIntake(apiKey: string): Promise<DatadogIntake> {
  const requests: ReceivedRequest[] = [];
  const series: ReceivedSeries[] = [];
  const sketches: ReceivedSketch[] = [];
  const events: Readonly<Record<string, unknown>>[] = [];
  const checks: Readonly<Record<string, unknown>>[] = [];
  const distributions: ReceivedDistribution[] = [];
  const validations: string[] = [];
  let keys: readonly string[] = [apiKey];
  const scripts: { reply: Reply; times: number; path: string | undefined }[] = [];
  let judge: (path: string, body: Buffer) => number | undefined = () => undefined;
  let underWay = 0;
  let mostUnderWay = 0;

  const take = (path: string, body: Buffer): number => {
    if (path === '/api/beta/sketches') {
      const received = readSketches(body);
      if (received.some(({ tags }) => !goodTags(tags))) return 400;
      sketches.push(...received);
      return 202;
    }
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    switch (path) {
      case '/api/v2/series': {
        const received = (json as { series: ReceivedSeries[] }).series;
        const points = received.reduce((sum, one) => sum + one.points.length, 0);
        if (points > 10_000 || !received.every(goodSeries)) return 400;
        series.push(...received);
        return 202;
      }
      case '/api/v1/check_run':
        checks.push(...(json as Record<string, unknown>[]));
        return 202;
      case '/api/v1/distribution_points': {
        const received = (json as { series: ReceivedDistribution[] }).series;
        if (!received.every(({ points }) => points.every(([, values]) => values.every(Number.isFinite)))) return 400;
        distributions.push(...received);
        return 202;
      }
      default: {
        const bySource = (json as { events: Record<string, Record<string, unknown>[]> }).events;
        for (const [source, those] of Object.entries(bySource))
          for (const one of those) events.push({ source, ...one });
        return 202;
      }
    }
  };

  const status = (request: IncomingMessage, path: string, sent: Buffer, body: Buffer | undefined): number => {
    const rule = rules.get(path);
    if (request.method !== 'POST' || rule === undefined) return 404;
    if (!keys.includes(String(request.headers['dd-api-key']))) return 403;
    if (request.headers['content-type'] !== rule.type) return 400;
    if (!rule.compressed && request.headers['content-encoding'] !== undefined) return 400;
    if (sent.length > rule.maxBytes) return 413;
    if (body === undefined) return 400;
    if (body.length > rule.maxRawBytes) return 413;
    try {
      return judge(path, body) ?? take(path, body);
    } catch {
      return 400;
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    const sent = await readAll(request);
    if (path === '/api/v1/validate') {
      const key = String(request.headers['dd-api-key']);
      validations.push(key);
      response.writeHead(keys.includes(key) ? 200 : 403).end('{}');
      return;
    }
    if (sent.toString() === '{}') {
      const known = keys.includes(String(request.headers['dd-api-key']));
      response.writeHead(rules.has(path) ? (known ? 202 : 403) : 404).end('{}');
      return;
    }
    const script = scripts.find((one) => one.times > 0 && (one.path === undefined || one.path === path));
    if (script !== undefined) {
      script.times--;
      if (script.reply === 'hang') return;
      if (script.reply === 'reset') {
        request.socket.resetAndDestroy();
        return;
      }
    }
    const body = decode(sent, request.headers['content-encoding']);
    const reply = script?.reply ?? { status: status(request, path, sent, body) };
    if (typeof reply === 'string') return;
    requests.push({
      path,
      headers: request.headers,
      sentBytes: sent.length,
      body: body ?? Buffer.alloc(0),
      status: reply.status,
    });
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body ?? (reply.status === 202 ? '{"errors":[]}' : '{"errors":["refused"]}'));
  };

  const server = createServer((request, response) => {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    response.once('close', () => underWay--);
    answer(request, response).catch(() => response.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const unlisten = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    series,
    sketches,
    events,
    checks,
    distributions,
    validations,
    setKeys: (...known) => {
      keys = known;
    },
    get underWay() {
      return underWay;
    },
    get mostUnderWay() {
      return mostUnderWay;
    },
    script: (reply, times, path) => scripts.push({ reply, times, path }),
    refuse: (given) => {
      judge = given;
    },
    down: unlisten,
    up: () => listen(port),
    close: () => (server.listening ? unlisten() : Promise.resolve()),
  };
}

function goodSeries(series: ReceivedSeries): boolean {
  const host = series.resources?.every(({ type, name }) => /^(host|device)$/.test(type) && name !== '') ?? true;
  const points = series.points.every(({ timestamp, value }) => Number.isInteger(timestamp) && Number.isFinite(value));
  const interval = Number.isInteger(series.interval) && series.interval >= 1;
  return /^[A-Za-z][\w.]{0,199}$/.test(series.metric) && host && points && interval && goodTags(series.tags ?? []);
}

function goodTags(tags: readonly string[]): boolean {
  return tags.every((tag) => tag !== '' && Buffer.byteLength(tag) <= 200);
}

function decode(sent: Buffer, encoding: string | undefined): Buffer | undefined {
  try {
    if (encoding === 'gzip') return gunzipSync(sent);
    if (encoding === 'deflate') return inflateSync(sent);
    return encoding === undefined ? sent : undefined;
  } catch {
    return undefined;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
