import { atOnce } from '../kit/slices.ts';
import { readMembers } from '../partial/members.ts';
import type { SetSection } from '../partial/partial.ts';
import type { StatsdSet } from '../plugin.ts';
import { decodeUtf8 } from '../protocol/bytes.ts';
import { hashBytes, hashHigh, hashLow } from '../sketch/hash.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';
import { createKeys, type Keys } from './keys.ts';
import { rowMap } from './row-map.ts';

/** The original's `sets`. */
export interface Sets {
  readonly keys: Keys;
  /** `numbers` are the keys of the section's rows. Exact members beyond `limit`, of all sets, become estimates. */
  absorb(section: SetSection, numbers: Uint32Array, limit: number): void;
  snapshot(): { readonly sets: ReadonlyMap<string, StatsdSet>; readonly byteLength: number };
  /** Empties all, or forgets them. */
  reset(forget: boolean): void;
}

interface Members {
  readonly exact: Set<string>;
  estimate: HyperLogLog | undefined;
}

const EMPTY: StatsdSet = Object.freeze({ values: Object.freeze([]), size: 0 });
/** Estimates (16 KiB each) that members beyond the limit may begin; those that a shard began come on top. */
const MAX_ESTIMATES = 4096;
/** A short string in a `Set`, in bytes. */
const MEMBER = 48;

export function createSets(): Sets {
  const keys = createKeys();
  let members = new Map<number, Members>();
  let exactMembers = 0;
  let estimates = 0;

  function membersOf(number: number): Members {
    let own = members.get(number);
    if (own === undefined) {
      own = { exact: new Set(), estimate: undefined };
      members.set(number, own);
    }
    return own;
  }

  function add(own: Members, bytes: Buffer, start: number, end: number, limit: number): void {
    const member = decodeUtf8(bytes, start, end);
    if (own.exact.has(member)) return;
    if (exactMembers < limit) {
      own.exact.add(member);
      exactMembers++;
      return;
    }
    if (own.estimate === undefined && estimates >= MAX_ESTIMATES) return;
    const estimate = estimateOf(own);
    hashBytes(bytes, start, end);
    estimate.add(hashHigh(), hashLow());
  }

  function estimateOf(own: Members): HyperLogLog {
    if (own.estimate === undefined) {
      own.estimate = new HyperLogLog();
      estimates++;
    }
    return own.estimate;
  }

  return {
    keys,
    absorb(section, numbers, limit) {
      for (let row = 0; row < numbers.length; row++) keys.enter(numbers[row]!);
      section.sketchRows.forEach((row, index) => {
        estimateOf(membersOf(numbers[row]!)).merge(new HyperLogLog(section.sketches[index]!));
      });
      const read = readMembers(section, (row, bytes, start, end) =>
        add(membersOf(numbers[row]!), bytes, start, end, limit),
      );
      atOnce(read);
    },
    snapshot() {
      let byteLength = keys.size * 8 + exactMembers * MEMBER;
      const rows = new Array<StatsdSet>(keys.size).fill(EMPTY);
      for (let row = 0; row < rows.length; row++) {
        const own = members.get(keys.order[row]!);
        if (own === undefined) continue;
        rows[row] = { values: [...own.exact], size: sizeOf(own) };
        byteLength += 64;
      }
      return { sets: rowMap(keys.names(), (row) => rows[row]!), byteLength };
    },
    reset(forget) {
      members = new Map();
      exactMembers = 0;
      estimates = 0;
      if (forget) keys.filter(() => false);
    },
  };
}

function sizeOf({ exact, estimate }: Members): number {
  if (estimate === undefined) return exact.size;
  const union = new HyperLogLog(estimate.registers.slice());
  for (const member of exact) {
    const bytes = Buffer.from(member);
    hashBytes(bytes, 0, bytes.length);
    union.add(hashHigh(), hashLow());
  }
  return Math.max(exact.size, Math.round(union.estimate()));
}
