import type { Expire, Limits } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { hashText } from '../kit/hash.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { sameTags } from '../kit/tags.ts';
import { overflowName } from '../partial/partial.ts';
import type { MetricType } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import { metricTypes } from '../protocol/types.ts';
import { createIdentityIndex, hashIdentity } from './identity-index.ts';
import { createNameCounts } from './name-counts.ts';

/** Tag of the series that takes what is over the limit of series for its name. */
export const OVERFLOW_TAG = 'statsdrain_overflow:true';

/**
 * All series that this process knows, whichever shards and spellings they come from. A series lives while a shard
 * holds a key of it or `expire` has it reported, and its number is given again afterwards.
 */
export interface SeriesTable {
  /** One more than the largest number in use. */
  readonly limit: number;
  readonly size: number;
  /** Series that were refused since the last call, and whose samples went to an overflow series. */
  takeFolded(): number;
  /** The series of an identity, made where it is new and the limits allow it; else an overflow series. */
  resolve(type: number, identity: Identity): number;
  /** Likewise for one of statsdrain's own series: beyond the limits, and never held. */
  resolveOwn(type: number, identity: Identity): number;
  /** One key of a shard stands for this series. */
  retain(series: number): void;
  release(series: number): void;
  identity(series: number): Identity;
  /**
   * Identities by series, for a window to keep: they stay as they are for the series that there are now. The table goes
   * on with a copy once it has to give one of their numbers to another series.
   */
  shareIdentities(): readonly (Identity | undefined)[];
  type(series: number): number;
  /** True while there is such a series. */
  isLive(series: number): boolean;
  /** Remembers that the series received something in the window that ends at `nowMs`, of a clock that is never set. */
  update(series: number, nowMs: number): void;
  /** True when the series was idle in the window that ends at `nowMs` and is still to be reported. */
  isHeld(series: number, nowMs: number): boolean;
  /** Frees the series when no shard holds a key of it and it is not held any more. */
  collect(series: number, nowMs: number): void;
  /**
   * Numbers the series anew, without gaps, when most numbers of a large table are free, and gives the new number of each
   * old one, or {@link NO_SERIES}; undefined when there is nothing to do. Nothing else may be asked before the last step.
   */
  compact(): Steps<Uint32Array | undefined>;
  setLimits(limits: Limits, expire: Expire): void;
}

export const NO_SERIES = 0xffff_ffff;

const FIRST_ROOM = 1024;
/** A table of at least this many numbers is made smaller when an eighth of them is left in use. */
const LARGE = 65_536;
/** Numbers that are given anew before other work may go on. */
const NUMBERS_AT_ONCE = 2048;

export function createSeriesTable(firstLimits: Limits, firstExpire: Expire): SeriesTable {
  let limits = firstLimits;
  let expireMs = metricTypes.map((type: MetricType) => firstExpire[type]);
  /** Series with tags by name; those without are at most one for each type. */
  let tagged = createNameCounts();
  let identities: (Identity | undefined)[] = [];
  let shared = false;
  let types = new Uint8Array(FIRST_ROOM);
  let references = new Uint32Array(FIRST_ROOM);
  let updatedMs = new Float64Array(FIRST_ROOM);
  let index = createIdentityIndex(isSeries);
  let own = new Set<number>();
  let free: number[] = [];
  let limit = 0;
  let folded = 0;

  function isSeries(series: number, type: number, { name, tags }: Identity): boolean {
    if (types[series] !== type) return false;
    const identity = identities[series]!;
    return identity.name === name && sameTags(identity.tags, tags);
  }

  /** The identities, to be changed: not those that a window keeps. */
  function ownIdentities(): (Identity | undefined)[] {
    if (shared) identities = identities.slice();
    shared = false;
    return identities;
  }

  function add(type: number, identity: Identity, nameHash: number, hash: number): number {
    const series = free.pop() ?? limit++;
    if (series >= types.length) {
      types = grown(types, series + 1);
      references = grown(references, series + 1);
      updatedMs = grown(updatedMs, series + 1);
    }
    // A window does not look behind its last series, so that adding one there needs no copy.
    if (series === identities.length) identities.push(identity);
    else ownIdentities()[series] = identity;
    types[series] = type;
    references[series] = 0;
    updatedMs[series] = Number.NEGATIVE_INFINITY;
    index.add(hash, series);
    if (identity.tags.length > 0) tagged.add(nameHash);
    return series;
  }

  function findOrAdd(type: number, identity: Identity): number {
    const nameHash = hashText(identity.name);
    const hash = hashIdentity(nameHash, type, identity.tags);
    const known = index.find(hash, type, identity);
    return known >= 0 ? known : add(type, identity, nameHash, hash);
  }

  function isNameFull(name: string, nameHash: number): boolean {
    let count = tagged.count(nameHash);
    if (count + metricTypes.length < limits.seriesPerName) return false;
    for (let type = 0; type < metricTypes.length; type++) {
      if (index.find(hashIdentity(nameHash, type, []), type, { name, tags: [] }) >= 0) count++;
    }
    return count >= limits.seriesPerName;
  }

  function isHeld(series: number, nowMs: number): boolean {
    const updated = updatedMs[series]!;
    return updated > Number.NEGATIVE_INFINITY && nowMs - updated <= expireMs[types[series]!]! && !own.has(series);
  }

  return {
    get limit() {
      return limit;
    },
    get size() {
      return index.size;
    },
    takeFolded() {
      const taken = folded;
      folded = 0;
      return taken;
    },
    resolve(type, identity) {
      const nameHash = hashText(identity.name);
      const hash = hashIdentity(nameHash, type, identity.tags);
      const known = index.find(hash, type, identity);
      if (known >= 0) return known;
      if (index.size >= limits.series) {
        folded++;
        return findOrAdd(type, { name: overflowName(type), tags: [] });
      }
      if (isNameFull(identity.name, nameHash)) {
        folded++;
        return findOrAdd(type, { name: identity.name, tags: [OVERFLOW_TAG] });
      }
      return add(type, identity, nameHash, hash);
    },
    resolveOwn(type, identity) {
      const series = findOrAdd(type, identity);
      own.add(series);
      return series;
    },
    retain(series) {
      references[series] = references[series]! + 1;
    },
    release(series) {
      references[series] = references[series]! - 1;
    },
    identity: (series) => identities[series]!,
    shareIdentities() {
      shared = true;
      return identities;
    },
    type: (series) => types[series]!,
    isLive: (series) => identities[series] !== undefined,
    update(series, nowMs) {
      updatedMs[series] = nowMs;
    },
    isHeld,
    collect(series, nowMs) {
      const identity = identities[series];
      if (identity === undefined || references[series] !== 0) return;
      if (isHeld(series, nowMs)) return;
      const nameHash = hashText(identity.name);
      index.remove(hashIdentity(nameHash, types[series]!, identity.tags), series);
      own.delete(series);
      if (identity.tags.length > 0) tagged.remove(nameHash);
      ownIdentities()[series] = undefined;
      free.push(series);
    },
    *compact() {
      if (limit < LARGE || index.size * 8 > limit) return undefined;
      const renumbered = new Uint32Array(limit).fill(NO_SERIES);
      const before = { identities, types, references, updatedMs, own, limit };
      const room = Math.max(FIRST_ROOM, index.size * 2);
      identities = [];
      shared = false;
      types = new Uint8Array(room);
      references = new Uint32Array(room);
      updatedMs = new Float64Array(room);
      own = new Set();
      free = [];
      limit = 0;
      index = createIdentityIndex(isSeries);
      tagged = createNameCounts();
      yield* inParts(before.limit, NUMBERS_AT_ONCE, (from, to) => {
        for (let series = from; series < to; series++) {
          const identity = before.identities[series];
          if (identity === undefined) continue;
          const now = limit++;
          renumbered[series] = now;
          identities.push(identity);
          types[now] = before.types[series]!;
          references[now] = before.references[series]!;
          updatedMs[now] = before.updatedMs[series]!;
          if (before.own.has(series)) own.add(now);
          const nameHash = hashText(identity.name);
          index.add(hashIdentity(nameHash, types[now]!, identity.tags), now);
          if (identity.tags.length > 0) tagged.add(nameHash);
        }
      });
      return renumbered;
    },
    setLimits(next, expire) {
      limits = next;
      expireMs = metricTypes.map((type: MetricType) => expire[type]);
    },
  };
}
