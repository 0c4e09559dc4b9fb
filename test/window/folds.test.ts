import { expect, it } from 'vitest';
import type { Partial, Refused } from '../../src/partial/partial.ts';
import { HyperLogLog } from '../../src/sketch/hyperloglog.ts';
import { createFolds } from '../../src/window/folds.ts';
import { openShard } from '../helper/shard.ts';

const none: Refused = { series: 0, keyBytes: 0, rows: 0, keys: undefined };

function partialWith(refused: Refused): Partial {
  return { ...openShard().shard.handOver(1, false), refused };
}

function keysOf(...hashes: readonly number[]): Uint8Array {
  const keys = new HyperLogLog();
  for (const hash of hashes) keys.add(hash, hash);
  return keys.registers;
}

it('counts the rows of overflow series, window by window', () => {
  const folds = createFolds({ overflows: 1, isOverflow: (series) => series === 7 });
  folds.count(Uint32Array.of(1, 7, 2, 7));
  folds.count(Uint32Array.of(7));
  expect(folds.take([partialWith(none)])).toBe(3);
  expect(folds.take([partialWith(none)])).toBe(0);
});

it('counts a key that several shards refused once, and their overflow keys not at all', () => {
  const folds = createFolds({ overflows: 1, isOverflow: (series) => series === 7 });
  folds.count(Uint32Array.of(7, 7));
  const first = { series: 900, keyBytes: 0, rows: 1, keys: keysOf(0x1111_1111, 0x9222_2222) };
  const second = { series: 0, keyBytes: 5, rows: 1, keys: keysOf(0x1111_1111) };
  expect(folds.take([partialWith(first), partialWith(second)])).toBe(2);
});
