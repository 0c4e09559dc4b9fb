/** A process that posts log bodies: `poster.js <port> <workload>`. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyWorkloads, createBodies } from './log-bodies.ts';

/** Asks for one burst; the answer is {@link Posted}. */
export interface PostBurst {
  readonly seconds: number;
}

export interface Posted {
  readonly requests: number;
  readonly bytes: number;
  readonly metrics: number;
  readonly seconds: number;
  /** Milliseconds within which 99 % of the requests were answered. */
  readonly p99: number;
}

/** Each posts its next body when the last one was answered. */
const CONNECTIONS = 8;
/** Hexadecimal digits of a Logplex frame id. */
const ID_DIGITS = 32;

const [port, workloadName] = process.argv.slice(2);
const workload = bodyWorkloads.find(({ name }) => name === workloadName);
if (workload === undefined) throw new Error(`unknown workload "${workloadName}"`);
const bodies = createBodies(workload);
let requests = 0;

/** The request line and the headers; every request has a frame id of its own, or it would be taken for a repetition. */
function head(frames: number, length: number): string {
  const id = requests.toString(16).padStart(ID_DIGITS, '0');
  return (
    'POST /logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/logplex-1\r\n' +
    `Logplex-Msg-Count: ${frames}\r\nLogplex-Frame-Id: ${id}\r\nLogplex-Drain-Token: d.0\r\n` +
    `User-Agent: Logplex/1\r\nContent-Length: ${length}\r\n\r\n`
  );
}

/** Reads one answer, which has no body. */
async function answered(socket: Socket): Promise<void> {
  let text = '';
  while (!text.endsWith('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  if (!text.startsWith('HTTP/1.1 204 ')) throw new Error(`the server answered: ${text.split('\r\n', 1)[0]}`);
}

const sockets = await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(Number(port), '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    return socket;
  }),
);

process.on('message', async ({ seconds }: PostBurst) => {
  const latencies: number[] = [];
  let bytes = 0;
  let metrics = 0;
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const interval = (CONNECTIONS * 1000) / (workload.rate ?? Number.POSITIVE_INFINITY);
  await Promise.all(
    sockets.map(async (socket, connection) => {
      // Connections take turns; one that is late does not try to catch up, or it would post in bursts.
      let due = start + (interval * connection) / CONNECTIONS;
      while (performance.now() < deadline) {
        const wait = due - performance.now();
        if (wait > 0) await sleep(wait);
        due = Math.max(due, performance.now() - interval) + interval;
        const body = bodies[requests++ % bodies.length]!;
        const sent = performance.now();
        socket.cork();
        socket.write(head(body.frames, body.bytes.length), 'latin1');
        socket.write(body.bytes);
        socket.uncork();
        await answered(socket);
        latencies.push(performance.now() - sent);
        bytes += body.bytes.length;
        metrics += body.metrics;
      }
    }),
  );
  latencies.sort((a, b) => a - b);
  const answer: Posted = {
    requests: latencies.length,
    bytes,
    metrics,
    seconds: (performance.now() - start) / 1000,
    p99: latencies[Math.floor(latencies.length * 0.99)]!,
  };
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
process.send!('ready');
