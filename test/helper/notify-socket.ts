import { createBatch } from '../../src/receive/batch.ts';
import { type Libc, loadLibc } from '../../src/receive/libc.ts';
import { openReceiver } from '../../src/receive/receiver.ts';
import { fixedMemory } from './memory.ts';

/** The socket of a service manager. */
export interface NotifySocket {
  /** All that came up to now, in order: a text for each datagram. */
  notices(): readonly string[];
  close(): void;
}

export async function openNotifySocket(path: string): Promise<NotifySocket> {
  const libc = (await loadLibc()) as Libc;
  const receiver = openReceiver(libc, { kind: 'unix', path });
  const where = fixedMemory();
  const batch = createBatch(libc, where);
  const { bytes, stride, lengths, lengthStride } = batch.datagrams;
  const came: string[] = [];
  function take(): void {
    for (let count = receiver.receive(batch.headers(), false); count > 0; ) {
      for (let slot = 0; slot < count; slot++) {
        const memory = Buffer.from(where.bytes().buffer);
        const length = memory.readUInt32LE(lengths + slot * lengthStride);
        came.push(memory.toString('utf8', bytes + slot * stride, bytes + slot * stride + length));
      }
      count = receiver.receive(batch.headers(), false);
    }
  }
  // The kernel may queue no more than ten.
  const timer = setInterval(take, 20);
  return {
    notices() {
      take();
      return came;
    },
    close() {
      clearInterval(timer);
      receiver.close();
    },
  };
}
