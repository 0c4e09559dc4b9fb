import type { Refused } from '../partial/partial.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';

/** Samples of keys for which a shard had no room, in one window. */
export interface Refusals {
  /** `hash` is the plane's of the key, `type` that of a key. */
  add(limit: 'series' | 'keyBytes', hash: number, type: number): void;
  /** Whether any was refused by it. */
  has(limit: 'series' | 'keyBytes'): boolean;
  take(): Refused;
}

/** Which keys they are cannot be kept, there being no room for them: how many is estimated. */
export function createRefusals(): Refusals {
  let samples = { series: 0, keyBytes: 0 };
  let types = new Set<number>();
  let keys: HyperLogLog | undefined;
  return {
    add(limit, hash, type) {
      samples[limit]++;
      types.add(type);
      keys ??= new HyperLogLog();
      // 32 bits are enough: of 10 million keys, 0.1 % share a hash.
      keys.add(hash >>> 0, Math.imul(hash, 0x9e3779b1) >>> 0);
    },
    has: (limit) => samples[limit] > 0,
    take() {
      const taken = { ...samples, rows: types.size, keys: keys?.registers };
      samples = { series: 0, keyBytes: 0 };
      types = new Set();
      keys = undefined;
      return taken;
    },
  };
}
