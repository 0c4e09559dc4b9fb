import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, hashHigh, hashLow } from '../../src/sketch/hash.ts';

const WORD = 0xffff_ffffn;

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (32n - bits))) & WORD;
}

function mix(value: bigint): bigint {
  let mixed = value;
  mixed = ((mixed ^ (mixed >> 16n)) * 0x85ebca6bn) & WORD;
  mixed = ((mixed ^ (mixed >> 13n)) * 0xc2b2ae35n) & WORD;
  return mixed ^ (mixed >> 16n);
}

/** The same hash in exact integers, over all words at once. */
function oracle(bytes: readonly number[], seed: number): readonly [high: number, low: number] {
  let high = BigInt(seed) & WORD;
  let low = (BigInt(seed) * 0x9e3779b1n + 0x85ebca77n) & WORD;
  for (let i = 0; i < bytes.length; i += 4) {
    const chunk = bytes.slice(i, i + 4);
    const word = chunk.reduce((sum, byte, at) => sum + (BigInt(byte) << BigInt(8 * at)), 0n);
    const scrambledHigh = (rotate((word * 0x239b961bn) & WORD, 15n) * 0xab0e9789n) & WORD;
    const scrambledLow = (rotate((word * 0x38b34ae5n) & WORD, 17n) * 0xa1e38b93n) & WORD;
    high ^= scrambledHigh;
    if (chunk.length === 4) high = ((rotate(high, 19n) + low) * 5n + 0x561ccd1bn) & WORD;
    low ^= scrambledLow;
    if (chunk.length === 4) low = ((rotate(low, 13n) + high) * 5n + 0x32ac3b17n) & WORD;
  }
  high ^= BigInt(bytes.length);
  low ^= (BigInt(bytes.length) * 0xc2b2ae3dn) & WORD;
  high = (high + low) & WORD;
  low = (low + high) & WORD;
  high = mix(high);
  low = mix(low);
  high = (high + low) & WORD;
  low = (low + high) & WORD;
  return [Number(high), Number(low)];
}

function hash(bytes: Uint8Array, seed = 0): readonly [high: number, low: number] {
  hashBytes(bytes, 0, bytes.length, seed);
  return [hashHigh(), hashLow()];
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Pairs of equal values. */
function collisions(values: Uint32Array | BigUint64Array): number {
  values.sort();
  let count = 0;
  for (let i = 1; i < values.length; i++) if (values[i] === values[i - 1]) count++;
  return count;
}

describe('hashBytes', () => {
  it('is the same on every machine', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer(), (bytes, seed) => {
        expect(hash(bytes, seed)).toEqual(oracle([...bytes], seed));
      }),
      { numRuns: 500 },
    );
  });

  it('reads its range only', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, bytes, after) => {
        hashBytes(Uint8Array.from([...before, ...bytes, ...after]), before.length, before.length + bytes.length);
        expect([hashHigh(), hashLow()]).toEqual(hash(bytes));
      }),
    );
  });

  it('tells lengths and seeds apart', () => {
    const seen = new Set<string>();
    for (let length = 0; length < 64; length++) {
      for (const seed of [0, 1, -1, 0x7fffffff]) seen.add(hash(new Uint8Array(length), seed).join());
    }
    expect(seen.size).toBe(256);
  });

  it.each([1, 3, 4, 7, 8, 15, 16, 36])('flips half of the result with every bit of %d bytes', (length) => {
    const bytes = new Uint8Array(length);
    const trials = 400;
    for (let bit = 0; bit < 8 * length; bit++) {
      let high = 0;
      let low = 0;
      for (let trial = 0; trial < trials; trial++) {
        for (let i = 0; i < length; i++) bytes[i] = Math.imul(trial * 64 + i, 0x9e3779b1) >>> 21;
        const [highBefore, lowBefore] = hash(bytes);
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        const [highAfter, lowAfter] = hash(bytes);
        high += bitCount(highBefore ^ highAfter);
        low += bitCount(lowBefore ^ lowAfter);
      }
      expect(Math.abs(high / trials - 16), `high half, bit ${bit}`).toBeLessThan(1.6);
      expect(Math.abs(low / trials - 16), `low half, bit ${bit}`).toBeLessThan(1.6);
    }
  });

  it('spreads a million consecutive numbers like chance does', () => {
    const n = 1_000_000;
    const high = new Uint32Array(n);
    const low = new Uint32Array(n);
    const both = new BigUint64Array(n);
    const bytes = new Uint8Array(10);
    for (let i = 0; i < n; i++) {
      let rest = i;
      for (let digit = 9; digit >= 0; digit--) {
        bytes[digit] = 48 + (rest % 10);
        rest = (rest / 10) | 0;
      }
      hashBytes(bytes, 0, 10);
      high[i] = hashHigh();
      low[i] = hashLow();
      both[i] = (BigInt(hashHigh()) << 32n) | BigInt(hashLow());
    }
    // n² / 2^33 = 116 pairs by chance, σ = 10.8; none in 64 bits
    expect(Math.abs(collisions(high) - 116)).toBeLessThan(5 * 10.8);
    expect(Math.abs(collisions(low) - 116)).toBeLessThan(5 * 10.8);
    expect(collisions(both)).toBe(0);
  });
});
