/** A process that writes the lines of a workload to TCP connections: `streamer.js <port> <workload>`. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createDatagrams, workloadNamed } from './lines.ts';

/** Asks for one burst; the answer is {@link Streamed}. */
export interface StreamBurst {
  readonly seconds: number;
}

export interface Streamed {
  readonly lines: number;
  readonly seconds: number;
}

const CONNECTIONS = 64;
/** Bytes of one write, about: as a client that collects lines for some time. */
const CHUNK = 32_768;

const [port, workloadName] = process.argv.slice(2);
const workload = workloadNamed(workloadName!);

interface Chunk {
  readonly bytes: Buffer;
  readonly lines: number;
}

const chunks: Chunk[] = [];
let parts: Buffer[] = [];
let size = 0;
for (const datagram of createDatagrams(workload)) {
  parts.push(datagram, Buffer.from('\n'));
  size += datagram.length + 1;
  if (size < CHUNK) continue;
  chunks.push({ bytes: Buffer.concat(parts), lines: (parts.length / 2) * workload.linesPerDatagram });
  parts = [];
  size = 0;
}

process.on('message', async ({ seconds }: StreamBurst) => {
  let lines = 0;
  const start = performance.now();
  const deadline = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, connection) => {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      for (let next = connection; performance.now() < deadline; next++) {
        const chunk = chunks[next % chunks.length]!;
        lines += chunk.lines;
        if (!socket.write(chunk.bytes)) await once(socket, 'drain');
      }
      socket.end();
      socket.resume();
      await once(socket, 'close');
    }),
  );
  const answer: Streamed = { lines, seconds: (performance.now() - start) / 1000 };
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
process.send!('ready');
