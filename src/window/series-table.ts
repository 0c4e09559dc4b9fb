import { growFloat64, growUint8, growUint32 } from '../aggregate/grow.ts';
import { OVERFLOW_NAME } from '../aggregate/shard.ts';
import type { Expire, Limits } from '../config/settings.ts';
import type { MetricType } from '../plugin.ts';
import { type Identity, identityKey } from '../protocol/identity.ts';
import { metricTypes } from '../protocol/types.ts';

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
  type(series: number): number;
  /** True while there is such a series. */
  isLive(series: number): boolean;
  /** Remembers that the series received something in the window that ends at `endMs`. */
  update(series: number, endMs: number): void;
  /** True when the series was idle in the window that ends at `endMs` and is still to be reported. */
  isHeld(series: number, endMs: number): boolean;
  /** Frees the series when no shard holds a key of it and it is not held any more. */
  collect(series: number, endMs: number): void;
  setLimits(limits: Limits, expire: Expire): void;
}

export function createSeriesTable(firstLimits: Limits, firstExpire: Expire): SeriesTable {
  let limits = firstLimits;
  let expireMs = metricTypes.map((type: MetricType) => firstExpire[type]);
  const byKey = new Map<string, number>();
  const perName = new Map<string, number>();
  const identities: (Identity | undefined)[] = [];
  let types = new Uint8Array(1024);
  let references = new Uint32Array(1024);
  let updatedMs = new Float64Array(1024);
  const own = new Set<number>();
  const free: number[] = [];
  let limit = 0;
  let folded = 0;

  function add(key: string, type: number, identity: Identity): number {
    const series = free.pop() ?? limit++;
    if (series >= types.length) {
      types = growUint8(types, series + 1);
      references = growUint32(references, series + 1);
      updatedMs = growFloat64(updatedMs, series + 1);
    }
    identities[series] = identity;
    types[series] = type;
    references[series] = 0;
    updatedMs[series] = Number.NEGATIVE_INFINITY;
    byKey.set(key, series);
    perName.set(identity.name, (perName.get(identity.name) ?? 0) + 1);
    return series;
  }

  function findOrAdd(type: number, identity: Identity): number {
    const key = identityKey(type, identity);
    return byKey.get(key) ?? add(key, type, identity);
  }

  function isHeld(series: number, endMs: number): boolean {
    const updated = updatedMs[series]!;
    return updated > Number.NEGATIVE_INFINITY && endMs - updated <= expireMs[types[series]!]! && !own.has(series);
  }

  return {
    get limit() {
      return limit;
    },
    get size() {
      return byKey.size;
    },
    takeFolded() {
      const taken = folded;
      folded = 0;
      return taken;
    },
    resolve(type, identity) {
      const key = identityKey(type, identity);
      const known = byKey.get(key);
      if (known !== undefined) return known;
      if (byKey.size >= limits.series) {
        folded++;
        return findOrAdd(type, { name: OVERFLOW_NAME, tags: [] });
      }
      if ((perName.get(identity.name) ?? 0) >= limits.seriesPerName) {
        folded++;
        return findOrAdd(type, { name: identity.name, tags: [OVERFLOW_TAG] });
      }
      return add(key, type, identity);
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
    type: (series) => types[series]!,
    isLive: (series) => identities[series] !== undefined,
    update(series, endMs) {
      updatedMs[series] = endMs;
    },
    isHeld,
    collect(series, endMs) {
      const identity = identities[series];
      if (identity === undefined || references[series] !== 0) return;
      if (isHeld(series, endMs)) return;
      byKey.delete(identityKey(types[series]!, identity));
      own.delete(series);
      const left = perName.get(identity.name)! - 1;
      if (left === 0) perName.delete(identity.name);
      else perName.set(identity.name, left);
      identities[series] = undefined;
      free.push(series);
    },
    setLimits(next, expire) {
      limits = next;
      expireMs = metricTypes.map((type: MetricType) => expire[type]);
    },
  };
}
