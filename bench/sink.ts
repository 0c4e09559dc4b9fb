/** A process that takes what Datadog takes, and answers 202 or what a {@link SinkOrder} says: any message is answered with {@link SinkState}. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SinkState {
  readonly requests: number;
  readonly bytes: number;
  /** Unix time in milliseconds at which the last request had arrived. */
  readonly lastMs: number;
}

/** What is to be answered from now on. */
export interface SinkOrder {
  readonly status?: number;
}

let status = 202;
let state: SinkState = { requests: 0, bytes: 0, lastMs: 0 };
const server = createServer((request, response) => {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on('end', () => {
    state = { requests: state.requests + 1, bytes: state.bytes + length, lastMs: Date.now() };
    response.writeHead(status).end('{}');
  });
});
process.on('message', (order: SinkOrder) => {
  status = order.status ?? status;
  process.send!(state);
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
