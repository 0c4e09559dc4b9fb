import type { Expire, Limits } from '../config/settings.ts';
import { grown } from '../kit/grow.ts';
import { hashText } from '../kit/hash.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { OVERFLOW_NAME, overflowName } from '../partial/partial.ts';
import type { MetricType } from '../plugin.ts';
import { GAUGE } from '../protocol/codes.ts';
import { type Identity, sameIdentity } from '../protocol/identity.ts';
import { metricTypes } from '../protocol/types.ts';
import { createIdentityIndex, hashIdentity } from './identity-index.ts';
import { createIdleSeries } from './idle-series.ts';
import { createKeyCosts } from './key-cost.ts';
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
  /** Bytes of memory that names and tags take, about. */
  readonly bytes: number;
  /** Series that were refused since the last call, and whose samples went to an overflow series. */
  takeFolded(): number;
  /** Bytes of the names and tags that are gone since the last call: of series that windows from before may still have. */
  takeGoneBytes(): number;
  /** What became of new series at the limits since the last call. */
  takePressure(): Pressure;
  /**
   * The series of an identity, made where it is new and the limits allow it; else an overflow series. At a limit those give way that
   * nobody sends and that are only held, longest idle first. `rawLength`: bytes of the key as it was sent. `isOverflow`: it is that of a
   * shard's overflow key, which no limit refuses.
   */
  resolve(type: number, identity: Identity, rawLength?: number, isOverflow?: boolean): number;
  /** Likewise for one of statsdrain's own series: beyond the limits, and never held. */
  resolveOwn(type: number, identity: Identity): number;
  /**
   * A series that is known from before the start, and received something last `idleMs` before `nowMs`: idle as long as nobody sends it. Gives
   * {@link NO_SERIES} where it is there already, or a limit is reached. `replaces`: one that is there already gives way where it has been idle for
   * longer, and nobody sends it.
   */
  restore(type: number, identity: Identity, idleMs: number, nowMs: number, replaces?: boolean): number;
  /** One key of a shard stands for this series. */
  retain(series: number): void;
  release(series: number): void;
  /** How many keys of shards stand for it. */
  references(series: number): number;
  identity(series: number): Identity;
  /**
   * Identities by series, for a window to keep: they stay as they are for the series that there are now. The table goes
   * on with a copy once it has to give one of their numbers to another series.
   */
  shareIdentities(): readonly (Identity | undefined)[];
  type(series: number): number;
  /** True while there is such a series. */
  isLive(series: number): boolean;
  /** True for one that others were folded into. */
  isOverflow(series: number): boolean;
  /** Overflow series that there are. */
  readonly overflows: number;
  /** Bytes of memory that the name and the tags of a series take, about; 0 for the server's own. */
  cost(series: number): number;
  /** True when a rule says how long the series stays, and it received nothing for longer: it begins anew. */
  hasExpired(series: number, nowMs: number): boolean;
  /** Remembers that the series received something in the window that ends at `nowMs`, of a clock that is never set. */
  update(series: number, nowMs: number): void;
  /** What is updated from `nowMs` on, until this is called again, is in use, and gives way to nobody. */
  openWindow(nowMs: number): void;
  /** What `update` remembered; -Infinity where there was nothing. */
  updatedMs(series: number): number;
  /** True when the series was idle in the window that ends at `nowMs` and is still to be reported. */
  isHeld(series: number, nowMs: number): boolean;
  /** Frees the series when no shard holds a key of it and it is not held any more. */
  collect(series: number, nowMs: number): void;
  /**
   * Numbers the series anew, without gaps, when most numbers of a large table are free, and gives the new number of each
   * old one, or {@link NO_SERIES}; undefined when there is nothing to do. Nothing else may be asked before the last step.
   */
  compact(): Steps<Uint32Array | undefined>;
  setLimits(limits: Limits, expire: Expire, keyBytes?: number): void;
}

/** New series at the limits. */
export interface Pressure {
  /** Those that were refused, by limit. */
  readonly refused: Readonly<Record<SeriesLimit, number>>;
  /** A name that has as many series as are allowed. */
  readonly fullName: string | undefined;
  /** Idle series that were forgotten so that others find room. */
  readonly gaveWay: number;
}

export type SeriesLimit = 'series' | 'keyBytes' | 'seriesPerName';

export interface SeriesTableOptions {
  /** What {@link SeriesTable.bytes} may be at most, with those of other tables. Default: `keyBytes` of the limits. */
  readonly keyBytes?: number;
  /** Bytes of other tables. Default: there is none. */
  readonly bytesElsewhere?: () => number;
  /** Called for each series that is no more. */
  readonly forgotten?: (series: number) => void;
  /** Lowest number of a series: those below it are for whatever is no series. They can be retained and updated, and are not live. Default: 0. */
  readonly first?: number;
  /** What the overflow series of the limits is called. Default: as it is. */
  readonly rename?: (type: number, identity: Identity) => Identity;
}

export const NO_SERIES = 0xffff_ffff;

/** Below the numbers of series of a merge: what keys stand for that are in none. */
export const BLOCKED = 0;
export const BAD_NAME = 1;
export const FIRST_SERIES = 2;

const FIRST_ROOM = 1024;
/** A table of at least this many numbers is made smaller when an eighth of them is left in use. */
const LARGE = 65_536;
/** Numbers that are given anew before other work may go on. */
const NUMBERS_AT_ONCE = 2048;

export function createSeriesTable(
  firstLimits: Limits,
  firstExpire: Expire,
  {
    keyBytes: firstKeyBytes = firstLimits.keyBytes,
    bytesElsewhere = () => 0,
    forgotten = () => undefined,
    first = 0,
    rename = (_type, identity) => identity,
  }: SeriesTableOptions = {},
): SeriesTable {
  let limits = firstLimits;
  let keyBytes = firstKeyBytes;
  let expireMs = metricTypes.map((type: MetricType) => firstExpire[type]);
  /** Series with tags, or a host, by name; those without are at most one for each type. */
  let tagged = createNameCounts();
  let identities: (Identity | undefined)[] = new Array(first).fill(undefined);
  let shared = false;
  let types = new Uint8Array(FIRST_ROOM);
  let references = new Uint32Array(FIRST_ROOM);
  let updatedMs = new Float64Array(FIRST_ROOM);
  let costs = new Uint32Array(FIRST_ROOM);
  let index = createIdentityIndex(isSeries);
  let own = new Set<number>();
  let overflows = new Set<number>();
  let free: number[] = [];
  let limit = first;
  let folded = 0;
  let bytes = 0;
  let goneBytes = 0;
  let latestMs = Number.NEGATIVE_INFINITY;
  let openedMs = Number.POSITIVE_INFINITY;
  let refused = { series: 0, keyBytes: 0, seriesPerName: 0 };
  let fullName: string | undefined;
  let gaveWay = 0;
  const keyCosts = createKeyCosts();
  const idle = createIdleSeries({
    limit: () => limit,
    latestMs: () => latestMs,
    updatedMs: (series) => updatedMs[series]!,
    isIdle(series) {
      if (references[series] !== 0 || identities[series] === undefined || own.has(series)) return false;
      return updatedMs[series]! > Number.NEGATIVE_INFINITY && updatedMs[series]! < Math.min(latestMs, openedMs);
    },
  });

  function isSeries(series: number, type: number, identity: Identity): boolean {
    return types[series] === type && sameIdentity(identities[series]!, identity);
  }

  /** The identities, to be changed: not those that a window keeps. */
  function ownIdentities(): (Identity | undefined)[] {
    if (shared) identities = identities.slice();
    shared = false;
    return identities;
  }

  function add(type: number, identity: Identity, nameHash: number, hash: number, cost: number): number {
    const series = free.pop() ?? limit++;
    if (series >= types.length) {
      types = grown(types, series + 1);
      references = grown(references, series + 1);
      updatedMs = grown(updatedMs, series + 1);
      costs = grown(costs, series + 1);
    }
    // A window does not look behind its last series, so that adding one there needs no copy.
    if (series === identities.length) identities.push(identity);
    else ownIdentities()[series] = identity;
    types[series] = type;
    references[series] = 0;
    updatedMs[series] = Number.NEGATIVE_INFINITY;
    costs[series] = cost;
    bytes += cost;
    index.add(hash, series);
    if (isTagged(identity)) tagged.add(nameHash);
    return series;
  }

  function findOrAdd(type: number, identity: Identity): number {
    const nameHash = hashText(identity.name);
    const hash = hashIdentity(nameHash, type, identity);
    const known = index.find(hash, type, identity);
    return known >= 0 ? known : add(type, identity, nameHash, hash, 0);
  }

  function forget(series: number, identity: Identity): void {
    const nameHash = hashText(identity.name);
    index.remove(hashIdentity(nameHash, types[series]!, identity), series);
    own.delete(series);
    overflows.delete(series);
    if (isTagged(identity)) tagged.remove(nameHash);
    bytes -= costs[series]!;
    goneBytes += costs[series]!;
    ownIdentities()[series] = undefined;
    free.push(series);
    forgotten(series);
  }

  /** The server's own series take no room from others. */
  function isFull(): boolean {
    return index.size - own.size >= limits.series;
  }

  function fits(cost: number): boolean {
    return !isFull() && bytes + bytesElsewhere() + cost <= keyBytes;
  }

  /** False where too few give way. */
  function makeRoom(cost: number): boolean {
    if (cost > keyBytes - bytesElsewhere()) return false;
    while (!fits(cost)) {
      const series = idle.next();
      if (series === undefined) return false;
      forget(series, identities[series]!);
      gaveWay++;
    }
    return true;
  }

  function fold(type: number, identity: Identity, by: SeriesLimit): number {
    folded++;
    refused[by]++;
    return overflowSeries(type, identity);
  }

  function overflowSeries(type: number, identity: Identity): number {
    const series = findOrAdd(type, identity);
    overflows.add(series);
    return series;
  }

  function isNameFull(name: string, nameHash: number): boolean {
    let count = tagged.count(nameHash);
    if (count + metricTypes.length < limits.seriesPerName) return false;
    for (let type = 0; type < metricTypes.length; type++) {
      const untagged = { name, tags: [] };
      if (index.find(hashIdentity(nameHash, type, untagged), type, untagged) >= 0) count++;
    }
    return count >= limits.seriesPerName;
  }

  function isHeld(series: number, nowMs: number): boolean {
    const updated = updatedMs[series]!;
    return updated > Number.NEGATIVE_INFINITY && nowMs - updated <= heldMs(series) && !own.has(series);
  }

  /** A rule may say that a gauge stays for longer, and of any series that it stays for less. */
  function heldMs(series: number): number {
    const type = types[series]!;
    const ttlMs = identities[series]?.rule?.series.ttlMs;
    if (ttlMs === undefined) return expireMs[type]!;
    return type === GAUGE ? ttlMs : Math.min(expireMs[type]!, ttlMs);
  }

  return {
    get limit() {
      return limit;
    },
    get size() {
      return index.size;
    },
    get bytes() {
      return bytes;
    },
    takeFolded() {
      const taken = folded;
      folded = 0;
      return taken;
    },
    takeGoneBytes() {
      const taken = goneBytes;
      goneBytes = 0;
      return taken;
    },
    takePressure() {
      const taken = { refused, fullName, gaveWay };
      refused = { series: 0, keyBytes: 0, seriesPerName: 0 };
      fullName = undefined;
      gaveWay = 0;
      return taken;
    },
    resolve(type, identity, rawLength = 0, isOverflow = identity.name.startsWith(OVERFLOW_NAME)) {
      const nameHash = hashText(identity.name);
      const hash = hashIdentity(nameHash, type, identity);
      const known = index.find(hash, type, identity);
      if (known >= 0) return known;
      // From the wire such a name is refused: it is that of a shard's overflow key.
      if (isOverflow) return overflowSeries(type, identity);
      const cost = keyCosts.of(identity, rawLength);
      const nameIsFull = isNameFull(identity.name, nameHash);
      // Nothing gives way to a series that would be refused all the same.
      if (!fits(cost) && (nameIsFull || !makeRoom(cost))) {
        return fold(type, rename(type, { name: overflowName(type), tags: [] }), isFull() ? 'series' : 'keyBytes');
      }
      if (!nameIsFull) return add(type, identity, nameHash, hash, cost);
      fullName = identity.name;
      return fold(type, { name: identity.name, tags: [OVERFLOW_TAG] }, 'seriesPerName');
    },
    resolveOwn(type, identity) {
      const series = findOrAdd(type, identity);
      own.add(series);
      return series;
    },
    restore(type, identity, idleMs, nowMs, replaces = false) {
      const nameHash = hashText(identity.name);
      const hash = hashIdentity(nameHash, type, identity);
      const known = index.find(hash, type, identity);
      if (known >= 0) {
        if (!replaces || references[known]! > 0 || updatedMs[known]! >= nowMs - idleMs) return NO_SERIES;
        updatedMs[known] = nowMs - idleMs;
        return known;
      }
      const cost = keyCosts.of(identity, 0);
      if (!fits(cost) || isNameFull(identity.name, nameHash)) return NO_SERIES;
      const series = add(type, identity, nameHash, hash, cost);
      // It gives way to the first that is new.
      if (nowMs > latestMs) latestMs = nowMs;
      updatedMs[series] = nowMs - idleMs;
      return series;
    },
    retain(series) {
      references[series] = references[series]! + 1;
    },
    release(series) {
      references[series] = references[series]! - 1;
    },
    references: (series) => references[series]!,
    identity: (series) => identities[series]!,
    shareIdentities() {
      shared = true;
      return identities;
    },
    type: (series) => types[series]!,
    isLive: (series) => identities[series] !== undefined,
    isOverflow: (series) => overflows.has(series),
    get overflows() {
      return overflows.size;
    },
    cost: (series) => costs[series]!,
    update(series, nowMs) {
      if (nowMs > latestMs) latestMs = nowMs;
      updatedMs[series] = nowMs;
    },
    hasExpired(series, nowMs) {
      const ttlMs = identities[series]?.rule?.series.ttlMs;
      return ttlMs !== undefined && nowMs - updatedMs[series]! > ttlMs;
    },
    openWindow(nowMs) {
      openedMs = nowMs;
    },
    updatedMs: (series) => updatedMs[series]!,
    isHeld,
    collect(series, nowMs) {
      const identity = identities[series];
      if (identity === undefined || references[series] !== 0) return;
      if (isHeld(series, nowMs)) return;
      forget(series, identity);
    },
    *compact() {
      if (limit < LARGE || index.size * 8 > limit) return undefined;
      const renumbered = new Uint32Array(limit).fill(NO_SERIES);
      const before = { identities, types, references, updatedMs, costs, own, overflows, limit };
      const room = Math.max(FIRST_ROOM, index.size * 2);
      identities = new Array(first).fill(undefined);
      shared = false;
      types = new Uint8Array(room);
      references = new Uint32Array(room);
      updatedMs = new Float64Array(room);
      costs = new Uint32Array(room);
      own = new Set();
      overflows = new Set();
      idle.reset();
      free = [];
      limit = first;
      for (let series = 0; series < first; series++) {
        renumbered[series] = series;
        references[series] = before.references[series]!;
      }
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
          costs[now] = before.costs[series]!;
          if (before.own.has(series)) own.add(now);
          if (before.overflows.has(series)) overflows.add(now);
          const nameHash = hashText(identity.name);
          index.add(hashIdentity(nameHash, types[now]!, identity), now);
          if (isTagged(identity)) tagged.add(nameHash);
        }
      });
      return renumbered;
    },
    setLimits(next, expire, nextKeyBytes = next.keyBytes) {
      limits = next;
      keyBytes = nextKeyBytes;
      expireMs = metricTypes.map((type: MetricType) => expire[type]);
    },
  };
}

function isTagged({ tags, host }: Identity): boolean {
  return tags.length > 0 || host !== undefined;
}
