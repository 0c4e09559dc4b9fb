/** A process that sends the datagrams of a workload as fast as it can: `sender.js <port> <workload>`. */
import { openDatagramSocket } from './datagram-socket.ts';
import { createDatagrams, workloadNamed } from './lines.ts';

/** Asks for one burst; the answer is {@link Sent}. */
export interface Burst {
  readonly seconds: number;
}

export interface Sent {
  readonly datagrams: number;
  readonly seconds: number;
}

const [port, workload] = process.argv.slice(2);
const socket = await openDatagramSocket(Number(port), createDatagrams(workloadNamed(workload!)));
let batch = 0;

process.on('message', async ({ seconds }: Burst) => {
  const start = performance.now();
  const deadline = start + seconds * 1000;
  let datagrams = 0;
  while (performance.now() < deadline) {
    const sent = socket.send(batch);
    datagrams += typeof sent === 'number' ? sent : await sent;
    batch = (batch + 1) % socket.batches;
  }
  const answer: Sent = { datagrams, seconds: (performance.now() - start) / 1000 };
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
process.send!('ready');
