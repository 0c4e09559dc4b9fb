import type { BatchMemory } from '../../src/receive/batch.ts';

/** Memory for a batch of datagrams that never grows. */
export function fixedMemory(): BatchMemory {
  const bytes = new Uint8Array(20 * 2 ** 20);
  let used = 64;
  return {
    reserve(length) {
      const address = used;
      used += Math.ceil(length / 64) * 64;
      return address;
    },
    bytes: () => bytes,
  };
}
