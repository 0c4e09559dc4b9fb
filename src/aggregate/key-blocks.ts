import type { Limits } from '../config/settings.ts';
import { shardKeyBytes } from '../partial/key-shares.ts';
import { BLOCK } from './plane.ts';

/** Counts of blocks, on SharedArrayBuffers of one element each. */
export interface KeyBlockCounts {
  /** Of all shards together, without what each may have in any case. */
  readonly all: Int32Array;
  /** What one shard has of these, for whoever finds it ended. */
  readonly own: Int32Array;
}

/** The blocks of one shard's keys, within `limits.keyBytes` of the process. */
export interface KeyBlocks {
  /** Bytes of the blocks that the shard has. */
  readonly bytes: number;
  /** Whether there may be one more, which is counted. */
  take(): boolean;
  /** What `add` takes is counted and never refused: for keys of our own. */
  always<Result>(add: () => Result): Result;
  /** The shard has none any more. */
  giveBack(): void;
  setLimits(limits: Limits): void;
}

/** One of so many parts is each shard's own: a flood on one socket leaves room for what others receive. */
const PARTS = 16;

export function newKeyBlockCount(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

export function createKeyBlocks(
  first: Limits,
  { all, own }: KeyBlockCounts = { all: newKeyBlockCount(), own: newKeyBlockCount() },
): KeyBlocks {
  let held = 0;
  let isForced = false;
  let ownLimit = 0;
  let sharedLimit = 0;

  /** Two parts are not shared: of the main thread and of one receive thread, which is what most have. */
  function setLimits(limits: Limits): void {
    const blocks = Math.floor(shardKeyBytes(limits) / BLOCK);
    ownLimit = Math.max(1, Math.floor(blocks / PARTS));
    sharedLimit = Math.max(0, blocks - 2 * ownLimit);
  }

  function takeShared(): boolean {
    if (Atomics.add(all, 0, 1) < sharedLimit || isForced) {
      Atomics.add(own, 0, 1);
      return true;
    }
    Atomics.sub(all, 0, 1);
    return false;
  }

  setLimits(first);
  return {
    get bytes() {
      return held * BLOCK;
    },
    take() {
      if (held >= ownLimit && !takeShared()) return false;
      held++;
      return true;
    },
    always(add) {
      isForced = true;
      try {
        return add();
      } finally {
        isForced = false;
      }
    },
    giveBack() {
      giveBackOf({ all, own });
      held = 0;
    },
    setLimits,
  };
}

/** What a shard had of the shared blocks is there for others. */
export function giveBackOf({ all, own }: KeyBlockCounts): void {
  Atomics.sub(all, 0, Atomics.exchange(own, 0, 0));
}
