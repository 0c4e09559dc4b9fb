import type { PacketSource } from '../plugin.ts';
import type { PacketsMessage } from './message.ts';

/** Hands each packet on and tells the sending threads that it is no longer in flight. `consume` must not throw. */
export function deliverPackets(
  message: PacketsMessage,
  consume: (packet: Uint8Array, from: PacketSource) => void,
): void {
  const { bytes, ends, sourceOf, sources } = message;
  let start = 0;
  for (const [index, end] of ends.entries()) {
    consume(bytes.subarray(start, end), { ...sources[sourceOf[index]!]!, size: end - start });
    start = end;
  }
  Atomics.sub(message.inFlight, 0, message.cost);
}
