import type { PacketSource } from '../plugin.ts';

/** Raw packets, in the order in which they came. */
export interface PacketsMessage {
  readonly kind: 'packets';
  /** All packets one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in `bytes` each packet ends. */
  readonly ends: readonly number[];
  /** Where in `sources` each packet has its source. */
  readonly sourceOf: readonly number[];
  readonly sources: readonly Omit<PacketSource, 'size'>[];
  /** A number on a SharedArrayBuffer from which `cost` is taken once the packets are delivered. */
  readonly inFlight: Int32Array;
  readonly cost: number;
}
