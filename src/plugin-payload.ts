/** The part of the contract of those back-ends that send over a network: what a window becomes before it is delivered. */

/**
 * A part of a window, encoded: one request, or whatever is sent as a whole. Plain data: it waits in the memory of dispatch, and is
 * delivered by whoever has the name of the back-end by then.
 */
export interface Payload {
  /** The lanes that it goes to, of those that the back-end names. Several of them share the bytes. */
  readonly lanes: readonly string[];
  /** As they are sent: compressed where they are sent so. Nobody writes to them any more. */
  readonly bytes: Uint8Array;
  /** Content coding of `bytes`. Absent: none. */
  readonly encoding?: string;
  /** Of each series, event and check in it, for messages. */
  readonly names: readonly string[];
  /** How many of the names no other payload of the window has: a series may go to two destinations. Default: all. */
  readonly firsts?: number;
  /** Where each item ends in the bytes before compression. Absent: it cannot be divided. */
  readonly ends?: readonly number[];
  /** Where the first item begins in those bytes. Absent: whoever delivers it knows. */
  readonly start?: number;
  /** When its window ended, Unix milliseconds. */
  readonly createdMs: number;
  /** Of those in a full lane the ones with the lowest are given up first. Default: 0. */
  readonly priority?: number;
  /** Milliseconds after which it is not sent any more, not even once. Default: what `queue.age` says. */
  readonly maxAgeMs?: number;
}
