import type { TransferListItem } from 'node:worker_threads';
import type { Datagrams } from '../aggregate/intake.ts';
import type { Intake } from '../plugin.ts';
import { createPacketCollector } from './collector.ts';
import type { PacketsMessage } from './message.ts';
import { UNTAPPED } from './tapped-intake.ts';

/** Posts copies of datagrams where raw packets are wanted. Where they come from is not known here. */
export interface DatagramTap {
  take(memory: Uint8Array, datagrams: Datagrams, count: number): void;
}

export function createDatagramTap(
  inFlight: Int32Array,
  intake: Intake,
  post: (message: PacketsMessage, transfer: readonly TransferListItem[]) => void,
): DatagramTap {
  const packets = createPacketCollector(inFlight, post, () => undefined);
  return {
    take(memory, { bytes, stride, lengths, lengthStride }, count) {
      const view = new DataView(memory.buffer, memory.byteOffset);
      for (let number = 0; number < count; number++) {
        const length = view.getUint32(lengths + number * lengthStride, true);
        const start = bytes + number * stride;
        const dropped = packets.add(memory, start, start + length, 'datagram');
        if (dropped > 0) intake.count(UNTAPPED, dropped);
      }
      packets.flush();
    },
  };
}
