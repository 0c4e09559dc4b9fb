import type { MessagePort } from 'node:worker_threads';
import type { KeyBlockCounts } from '../aggregate/key-blocks.ts';
import type { Dialect, Limits } from '../config/settings.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { CopiesMessage } from '../packets/tap-message.ts';
import type { TapWish } from '../packets/tap-wish.ts';
import type { ReceiverSocket } from './receiver.ts';

/** What a receive thread is started with. */
export interface ReceiveThreadData {
  readonly shard: number;
  readonly frontend: string;
  readonly dialect: Dialect;
  /** Undefined: what is received is called as it was sent. */
  readonly rules: FrontendKeys | undefined;
  readonly socket: ReceiverSocket;
  readonly intervalMs: number;
  /** See `createShard`. */
  readonly ticks: number;
  /** What windows are counted from, see `windowEnd`. */
  readonly originMs: number;
  /** See `Shard.setLines`. */
  readonly lines: boolean;
  readonly limits: Limits;
  readonly seed: number;
  readonly keyBlocks: KeyBlockCounts;
  readonly mainTimeOrigin: number;
  /** {@link STOP} and {@link MAIL} on a SharedArrayBuffer. */
  readonly control: Int32Array;
  /** Undefined where no raw packets are wanted; see `createPacketCollector`. */
  readonly inFlight: Int32Array | undefined;
  /** What taps may copy, see `createTapBudget`. */
  readonly tapBudget: Int32Array;
  /** To the dispatch thread. */
  readonly partials: MessagePort;
}

/** Set to 1 to end the thread. */
export const STOP = 0;
/** Number of messages sent to the thread: it has no event loop to be told by. */
export const MAIL = 1;
export const CONTROL_SLOTS = 2;

export type ToReceiver =
  | {
      readonly kind: 'settings';
      readonly intervalMs: number;
      readonly ticks: number;
      readonly originMs: number;
      readonly limits: Limits;
      /** Tell all keys again, see `Shard.renew`. */
      readonly renew: boolean;
    }
  /** See `Shard.setLines`. */
  | { readonly kind: 'lines'; readonly wanted: boolean }
  /** Hand over what there is of the open window. */
  | { readonly kind: 'handOver' }
  /** Tell what became of lines since the last hand-over. */
  | { readonly kind: 'account' }
  /** Copy lines for these taps from now on, and for no others. */
  | { readonly kind: 'taps'; readonly taps: readonly TapWish[] };

export type FromReceiver =
  | { readonly kind: 'bound'; readonly port: number; readonly receiveBuffer: number; readonly dropsBefore: number }
  /** There is no fast receiver here. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The address cannot be bound. */
  | { readonly kind: 'failed'; readonly message: string; readonly code: string }
  /** Receiving failed, and is tried again. */
  | { readonly kind: 'trouble'; readonly message: string }
  | CopiesMessage
  /** The last partial has been handed over. */
  | { readonly kind: 'done' };
