import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { eachKey } from '../partial/keys.ts';
import type { Partial } from '../partial/partial.ts';
import { SELF_PREFIX } from '../plugin.ts';
import { startsWith } from '../protocol/bytes.ts';
import { TYPE_BITS } from '../protocol/codes.ts';
import type { Identity } from '../protocol/identity.ts';
import type { IdentityOf } from './identity-of.ts';

/** `isOverflow`: the key is one of the shard's own. `rawLength`: bytes of name and tags as they were sent; 0 where they are not known. */
export type TellKey = (
  shard: number,
  id: number,
  type: number,
  identity: Identity,
  isOverflow: boolean,
  rawLength: number,
) => void;

/** Whoever knows the raw keys that shards hold. */
export interface KeySource {
  /** Tells all of them, without their lengths. */
  tellKeys(told: TellKey): Steps<void>;
}

/**
 * Reads the raw keys of shards, each of which crosses once, and remembers them for a view that is opened later, where nobody else does: that takes
 * 10 MB for a million keys, and a twelfth of the time in which they are learned.
 */
export interface KeyBook extends KeySource {
  /** Reads the new keys of a partial, and tells each. */
  learn(partial: Partial, told: TellKey): Steps<void>;
  /** Forgets the keys that a partial retired. */
  retire(partial: Partial): Steps<void>;
  /** Remembers no keys any more: somebody else does. */
  close(): void;
  /** Remembers the keys that there are, and all from now on. */
  open(from: KeySource): Steps<void>;
}

/** Keys that are told at once, each of which the rules of a view are asked about: 0.5 ms with 30 regular expressions. */
export const TOLD_AT_ONCE = 32;

/** Keys that are forgotten at once: 1 ms. */
const RETIRED_AT_ONCE = 8192;

/** Added to the type of an overflow key. */
const OVERFLOW = 8;

/** By id. */
interface ShardKeys {
  readonly identities: (Identity | undefined)[];
  types: Uint8Array;
}

/** `identityOf` gives what a key is called before the rules of any view. */
export function createKeyBook(identityOf: IdentityOf): KeyBook {
  let shards: (ShardKeys | undefined)[] = [];
  let isOpen = true;

  const enter: TellKey = (shard, id, type, identity, isOverflow) => {
    const keys = shards[shard] ?? { identities: [], types: new Uint8Array(1024) };
    shards[shard] = keys;
    const { identities } = keys;
    while (identities.length < id) identities.push(undefined);
    identities[id] = identity;
    if (id >= keys.types.length) keys.types = grown(keys.types, id + 1);
    keys.types[id] = isOverflow ? type | OVERFLOW : type;
  };

  return {
    *learn({ shard, keys }, told) {
      yield* eachKey(keys, (id, keyType, bytes, nameStart, nameEnd, tagEnd) => {
        const type = keyType & TYPE_BITS;
        // Received names do not begin so: they are refused. No rule of a front-end applies to it.
        const isOverflow = startsWith(bytes, nameStart, nameEnd, reserved);
        const identity = identityOf(isOverflow ? type : keyType, bytes, nameStart, nameEnd, tagEnd);
        if (isOpen) enter(shard, id, type, identity, isOverflow, 0);
        told(shard, id, type, identity, isOverflow, tagEnd - nameStart);
      });
    },
    *retire({ shard, retired }) {
      const keys = shards[shard];
      if (keys === undefined) return;
      const { identities } = keys;
      yield* inParts(retired.length, RETIRED_AT_ONCE, (from, to) => {
        for (let index = from; index < to; index++) identities[retired[index]!] = undefined;
      });
      while (identities.length > 0 && identities.at(-1) === undefined) identities.pop();
    },
    close() {
      isOpen = false;
      shards = [];
    },
    *open(from) {
      isOpen = true;
      yield* from.tellKeys(enter);
    },
    *tellKeys(told) {
      for (const [shard, keys] of shards.entries()) {
        if (keys === undefined) continue;
        const { identities, types } = keys;
        yield* inParts(identities.length, TOLD_AT_ONCE, (from, to) => {
          for (let id = from; id < to; id++) {
            const identity = identities[id];
            const type = types[id]!;
            if (identity !== undefined) told(shard, id, type & TYPE_BITS, identity, type >= OVERFLOW, 0);
          }
        });
      }
    },
  };
}

const reserved = new TextEncoder().encode(SELF_PREFIX);
