import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** What the sink does to one request. `reset`, `slow` and `truncated` take it all the same. */
export const SINK_FAULTS = ['503', '429', 'hang', 'reset', 'slow', 'truncated'] as const;
export type SinkFault = (typeof SINK_FAULTS)[number];

/** One body, as it came. */
export interface Taken {
  readonly lane: 'series' | 'events';
  /** Values of its series, one for each title of an event. */
  readonly items: ReadonlyMap<string, number>;
  times: number;
}

/** A request with a body that had come before, and had not been refused then. */
export interface Resent {
  readonly lane: Taken['lane'];
  /** The lives of the server, as the test counts them. */
  readonly life: number;
  readonly lifeBefore: number;
  /** Whether the one before had a whole answer, that it was taken. */
  readonly answered: boolean;
}

/** A stand-in for Datadog on loopback that remembers each body that it took, and how often. */
export interface RecordingSink {
  readonly url: string;
  readonly port: number;
  /** One for each body. */
  readonly taken: ReadonlyMap<string, Taken>;
  /** Each is shown to one request, in turn. */
  readonly faults: SinkFault[];
  /** Shown to all, when there is none of these. */
  always: SinkFault | undefined;
  /** Counted by the test. */
  life: number;
  readonly resent: readonly Resent[];
  /** Sums of what is in the bodies, each body once. */
  sums(): ReadonlyMap<string, number>;
  /** Closes the connections that no request is on. */
  closeIdle(): void;
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
}

interface Request {
  readonly lane: Taken['lane'] | undefined;
  readonly key: string;
  readonly body: Buffer;
}

const LANES: ReadonlyMap<string, Taken['lane']> = new Map([
  ['/api/v2/series', 'series'],
  ['/intake/', 'events'],
]);

export async function recordingSink(): Promise<RecordingSink> {
  const taken = new Map<string, Taken>();
  /** The last request with each body that may have been taken. */
  const doubtful = new Map<string, Pick<Resent, 'life' | 'answered'>>();
  const resent: Resent[] = [];
  const state: { always: SinkFault | undefined; life: number } = { always: undefined, life: 0 };
  const faults: SinkFault[] = [];
  let server: Server | undefined;
  let port = 0;

  function take(request: Request): void {
    const { lane, key, body } = request;
    if (lane === undefined) return;
    const one = taken.get(key) ?? { lane, items: itemsOf(lane, body), times: 0 };
    one.times++;
    taken.set(key, one);
  }

  /** What is known of the body once the client has its answer, or is gone. */
  function watch({ lane, key }: Request, response: ServerResponse): void {
    if (lane === undefined) return;
    const { life } = state;
    const before = doubtful.get(key);
    if (before !== undefined) resent.push({ lane, life, lifeBefore: before.life, answered: before.answered });
    doubtful.set(key, { life, answered: false });
    response.on('finish', () => {
      if (response.statusCode === 202) doubtful.set(key, { life, answered: true });
      else doubtful.delete(key);
    });
  }

  function show(fault: SinkFault | undefined, request: Request, response: ServerResponse): void {
    switch (fault) {
      case undefined:
        take(request);
        response.writeHead(202).end('{}');
        return;
      case '503':
        response.writeHead(503).end();
        return;
      case '429':
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      case 'hang':
        return;
      case 'reset':
        // Taken, and nobody is told.
        take(request);
        response.socket?.resetAndDestroy();
        return;
      case 'slow':
        setTimeout(() => {
          take(request);
          response.writeHead(202).end('{}');
        }, 300);
        return;
      case 'truncated':
        take(request);
        response.writeHead(202, { 'content-length': '100' }).write('{');
        setTimeout(() => response.socket?.destroy(), 20);
        return;
      default:
        fault satisfies never;
    }
  }

  async function up(): Promise<void> {
    if (server !== undefined) return;
    const next = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        // Whether the key is known.
        if (request.method === 'GET') {
          response.writeHead(200).end('{}');
          return;
        }
        const body = Buffer.concat(chunks);
        const lane = LANES.get(request.url ?? '');
        const one = { lane, body, key: `${lane} ${body.toString('base64')}` };
        watch(one, response);
        show(faults.shift() ?? state.always, one, response);
      });
    });
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    ({ port } = next.address() as AddressInfo);
    server = next;
  }

  async function down(): Promise<void> {
    const last = server;
    server = undefined;
    if (last === undefined) return;
    const closed = new Promise((resolve) => last.close(resolve));
    last.closeAllConnections();
    await closed;
  }

  await up();
  onTestFinished(down);
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    taken,
    faults,
    get always() {
      return state.always;
    },
    set always(fault) {
      state.always = fault;
    },
    get life() {
      return state.life;
    },
    set life(life) {
      state.life = life;
    },
    resent,
    sums() {
      const sums = new Map<string, number>();
      for (const { items } of taken.values()) {
        for (const [name, value] of items) sums.set(name, (sums.get(name) ?? 0) + value);
      }
      return sums;
    },
    closeIdle: () => server?.closeIdleConnections(),
    down,
    up,
  };
}

function itemsOf(lane: Taken['lane'], body: Buffer): ReadonlyMap<string, number> {
  if (lane === 'events') {
    const { events } = JSON.parse(body.toString()) as { events: Record<string, { msg_title: string }[]> };
    return new Map(Object.values(events).flatMap((those) => those.map((one) => [one.msg_title, 1] as const)));
  }
  const { series } = JSON.parse(gunzipSync(body).toString()) as {
    series: { metric: string; points: { value: number }[] }[];
  };
  const items = new Map<string, number>();
  for (const { metric, points } of series) {
    if (metric.startsWith('statsdrain.')) continue;
    for (const { value } of points) items.set(metric, (items.get(metric) ?? 0) + value);
  }
  return items;
}
