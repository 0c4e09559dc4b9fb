import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { socketState } from '../../bench/udp-socket.ts';
import { open, sendStream } from '../helper/send.ts';
import type { Transport } from './lines.ts';
import { randomFrom } from './random.ts';

interface Target {
  readonly udp: number;
  readonly tcp: number;
}

/** Sends packets in order; resolves once a daemon has taken all of them from the kernel. */
export async function send(packets: readonly Uint8Array[], transport: Transport, target: Target): Promise<void> {
  if (transport === 'udp') return sendDatagrams(packets, target.udp);
  if (transport === 'stream') return sendCut(Buffer.concat(packets), target.tcp);
  for (const packet of packets) await sendStream(target.tcp, packet);
}

/** A small part of what the smallest receive buffer holds. */
const BURST = 50;

async function sendDatagrams(packets: readonly Uint8Array[], port: number): Promise<void> {
  const socket = createSocket('udp4');
  try {
    for (const [index, packet] of packets.entries()) {
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
      });
      if (index % BURST === BURST - 1 || index === packets.length - 1) await taken(port);
    }
  } finally {
    socket.close();
  }
}

async function taken(port: number): Promise<void> {
  for (let tries = 0; tries < 5000 && (socketState(port)?.queued ?? 0) > 0; tries++) await sleep(1);
}

/** The same bytes are cut at the same places each time. */
async function sendCut(bytes: Buffer, port: number): Promise<void> {
  const random = randomFrom(bytes.length);
  const socket = await open(port);
  socket.setNoDelay(true);
  socket.resume();
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + random.below(random.chance(0.5) ? 20 : 2000);
    socket.write(bytes.subarray(start, end));
    await nextTurn();
    start = end;
  }
  socket.end();
  await once(socket, 'close');
}
