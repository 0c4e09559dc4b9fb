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
  /** How many requests of this lane had been taken before, each time. */
  readonly order: number[];
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
  /** Requests that were taken so far, by lane. */
  orderOf(lane: Taken['lane']): number;
  /** Sums of what is in the bodies, each body once. */
  sums(): ReadonlyMap<string, number>;
  /** Closes the connections that no request is on. */
  closeIdle(): void;
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
}

export async function recordingSink(): Promise<RecordingSink> {
  const taken = new Map<string, Taken>();
  const orders = { series: 0, events: 0 };
  const state: { always: SinkFault | undefined } = { always: undefined };
  const faults: SinkFault[] = [];
  let server: Server | undefined;
  let port = 0;

  function take(url: string | undefined, body: Buffer): void {
    if (url !== '/api/v1/events' && url !== '/api/v2/series') return;
    const lane = url === '/api/v1/events' ? 'events' : 'series';
    const key = `${lane} ${body.toString('base64')}`;
    const one = taken.get(key) ?? { lane, items: itemsOf(lane, body), times: 0, order: [] };
    one.times++;
    one.order.push(orders[lane]++);
    taken.set(key, one);
  }

  function show(fault: SinkFault | undefined, url: string | undefined, body: Buffer, response: ServerResponse): void {
    switch (fault) {
      case undefined:
        take(url, body);
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
        take(url, body);
        response.socket?.resetAndDestroy();
        return;
      case 'slow':
        setTimeout(() => {
          take(url, body);
          response.writeHead(202).end('{}');
        }, 300);
        return;
      case 'truncated':
        take(url, body);
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
      request.on('end', () => show(faults.shift() ?? state.always, request.url, Buffer.concat(chunks), response));
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
    orderOf: (lane) => orders[lane],
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
  if (lane === 'events') return new Map([[(JSON.parse(body.toString()) as { title: string }).title, 1]]);
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
