/** A process that sends the datagrams of a workload: `sender.js <port> <workload>`. */
import { openDatagramSocket } from './datagram-socket.ts';
import { createDatagrams, workloadNamed } from './lines.ts';
import { createPace } from './pace.ts';

/** Asks for one burst; the answer is {@link Sent}. */
export interface Burst {
  readonly seconds: number;
  /** Datagrams per second, sent evenly; absent: as fast as it goes. */
  readonly rate?: number;
}

export interface Sent {
  readonly datagrams: number;
  readonly seconds: number;
}

const [port, workload] = process.argv.slice(2);
const socket = await openDatagramSocket(Number(port), createDatagrams(workloadNamed(workload!)));
let batch = 0;

process.on('message', async ({ seconds, rate }: Burst) => {
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const pace = createPace(rate ?? Number.POSITIVE_INFINITY, start);
  let datagrams = 0;
  for (let now = start; now < deadline; now = performance.now()) {
    if (!pace.isDue(datagrams, now)) continue;
    const sent = socket.send(batch);
    datagrams += typeof sent === 'number' ? sent : await sent;
    batch = (batch + 1) % socket.batches;
  }
  const answer: Sent = { datagrams, seconds: (performance.now() - start) / 1000 };
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
process.send!('ready');
