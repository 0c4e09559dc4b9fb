/** A process that takes what Datadog takes, but for one endpoint that is at fault: a {@link LaneOrder} is answered with {@link LaneState}. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface LaneOrder {
  /** Path of the endpoint that is at fault from now on; empty: none. What it kept waiting is let go. */
  readonly bad?: string;
  readonly fault?: 'hang' | number;
}

export interface LaneState {
  /** When the first request with items of a round had arrived, Unix milliseconds, by path and number of the round. */
  readonly arrivals: Readonly<Record<string, number>>;
}

let bad = '';
let fault: LaneOrder['fault'];
const arrivals = new Map<string, number>();
const hanging = new Set<ServerResponse>();

const server = createServer((request, response) => {
  const path = request.url ?? '';
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const now = Date.now();
    if (path === bad && fault === 'hang') {
      hanging.add(response);
      return;
    }
    response.writeHead(path === bad ? Number(fault) : 202).end('{}');
    const sent = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString('latin1');
    for (const [, round] of text.matchAll(/round\.(\d+)\./g)) {
      const key = `${path} ${round}`;
      if (!arrivals.has(key)) arrivals.set(key, now);
    }
  });
});
process.on('message', (order: LaneOrder) => {
  if (order.bad !== undefined) {
    bad = order.bad;
    fault = order.fault;
    for (const response of hanging) response.destroy();
    hanging.clear();
  }
  process.send!({ arrivals: Object.fromEntries(arrivals) } satisfies LaneState);
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
