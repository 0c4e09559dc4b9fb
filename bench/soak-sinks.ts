import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A server of the loopback that sums up what it is sent of the counters whose names start with `soak.`. */
export interface Sink {
  readonly port: number;
  sum(): number;
  close(): void;
}

interface Series {
  readonly metric: string;
  readonly type: number;
  readonly interval: number;
  readonly points: readonly { readonly value: number }[];
}

const RATE = 2;

/** Datadog's intake. */
export async function datadogSink(): Promise<Sink> {
  let sum = 0;
  const server = createHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url?.startsWith('/api/v2/series')) {
        const { series } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as { series: readonly Series[] };
        for (const { metric, type, interval, points } of series) {
          if (!metric.startsWith('soak.')) continue;
          for (const { value } of points) sum += type === RATE ? value * interval : value;
        }
      }
      response.writeHead(202).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sum: () => Math.round(sum),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const COUNT = /^stats\.counters\.soak\.\S+\.count (\S+) /;

/** Carbon, text. */
export async function graphiteSink(): Promise<Sink> {
  let sum = 0;
  const server = createServer((socket) => {
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop()!;
      for (const line of lines) sum += Number(COUNT.exec(line)?.[1] ?? 0);
    });
    socket.on('error', () => undefined);
    socket.unref();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, sum: () => sum, close: () => server.close() };
}

/** A StatsD daemon that raw packets are repeated to. */
export async function repeaterSink(): Promise<Sink> {
  let sum = 0;
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.on('message', (packet) => {
    for (const line of packet.toString('latin1').split('\n')) if (line.startsWith('soak.')) sum++;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, sum: () => sum, close: () => socket.close() };
}
