import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { eachKey } from '../partial/keys.ts';
import type { Partial } from '../partial/partial.ts';
import { SELF_PREFIX } from '../plugin.ts';
import { startsWith } from '../protocol/bytes.ts';
import { TYPE_BITS } from '../protocol/codes.ts';
import type { Identity } from '../protocol/identity.ts';
import type { IdentityOf } from './identity-of.ts';

/**
 * The raw keys that shards hold, as they were told: each crosses once, and from here all of them are told again to a view that is new. 9 bytes
 * for each, whose texts are also those of its series where a view calls it as it was sent.
 */
export interface KeyBook {
  /** Enters the new keys of a partial, and tells each. */
  learn(partial: Partial, told: TellKey): Steps<void>;
  /** Forgets the keys that a partial retired. */
  retire(partial: Partial): Steps<void>;
  /** Tells all keys that there are, of which the lengths are not known any more. */
  tellAll(told: TellKey): Steps<void>;
}

/** `isOverflow`: the key is of the shard's own. `rawLength`: bytes of name and tags as they were sent; 0 where they are not known. */
export type TellKey = (
  shard: number,
  id: number,
  type: number,
  identity: Identity,
  isOverflow: boolean,
  rawLength: number,
) => void;

/** Keys that are told, or retired, at once: 1 ms. */
const TOLD_AT_ONCE = 512;
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
  const shards: (ShardKeys | undefined)[] = [];

  function enter(keys: ShardKeys, id: number, type: number, identity: Identity): void {
    const { identities } = keys;
    while (identities.length < id) identities.push(undefined);
    identities[id] = identity;
    if (id >= keys.types.length) keys.types = grown(keys.types, id + 1);
    keys.types[id] = type;
  }

  return {
    *learn(partial, told) {
      const { shard } = partial;
      const keys = shards[shard] ?? { identities: [], types: new Uint8Array(1024) };
      shards[shard] = keys;
      yield* eachKey(partial.keys, (id, keyType, bytes, nameStart, nameEnd, tagEnd) => {
        const type = keyType & TYPE_BITS;
        // Received names do not begin so: they are refused. No rule of a front-end applies to it.
        const isOverflow = startsWith(bytes, nameStart, nameEnd, reserved);
        const identity = identityOf(isOverflow ? type : keyType, bytes, nameStart, nameEnd, tagEnd);
        enter(keys, id, isOverflow ? type | OVERFLOW : type, identity);
        told(shard, id, type, identity, isOverflow, tagEnd - nameStart);
      });
    },
    *retire({ shard, retired }) {
      const { identities } = shards[shard]!;
      yield* inParts(retired.length, RETIRED_AT_ONCE, (from, to) => {
        for (let index = from; index < to; index++) identities[retired[index]!] = undefined;
      });
      while (identities.length > 0 && identities.at(-1) === undefined) identities.pop();
    },
    *tellAll(told) {
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
