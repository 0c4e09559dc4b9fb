/** A process that sends {@link createHeavyDatagrams} to a Unix socket: `heavy-sender.js <path>`. */
import { openDatagramSocket } from './datagram-socket.ts';
import { createHeavyDatagrams } from './heavy-lines.ts';
import { createPace } from './pace.ts';
import type { Burst } from './sender.ts';

export interface HeavySent {
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
}

const datagrams = createHeavyDatagrams();
const socket = await openDatagramSocket(
  process.argv[2]!,
  datagrams.map(({ bytes }) => bytes),
);
const batchLength = Math.floor(datagrams.length / socket.batches);
let batch = 0;

/** The rate of a burst is in bytes per second here. */
process.on('message', async ({ seconds, rate }: Burst) => {
  const start = performance.now();
  const deadline = start + seconds * 1000;
  const pace = createPace(rate ?? Number.POSITIVE_INFINITY, start);
  let lines = 0;
  let bytes = 0;
  for (let now = start; now < deadline; now = performance.now()) {
    if (!pace.isDue(bytes, now)) continue;
    const first = batch * batchLength;
    const sent = await socket.send(batch);
    for (let number = first; number < first + sent; number++) {
      lines += datagrams[number]!.lines;
      bytes += datagrams[number]!.bytes.length;
    }
    batch = (batch + 1) % socket.batches;
  }
  const answer: HeavySent = { lines, bytes, seconds: (performance.now() - start) / 1000 };
  process.send!(answer);
});
process.on('disconnect', () => process.exit());
process.send!('ready');
