import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, hashHigh, hashLow } from '../../src/sketch/hash.ts';
import { HyperLogLog, REGISTERS } from '../../src/sketch/hyperloglog.ts';

const SIGMA = 0.0081;

const member = new Uint8Array(8);

/** Adds the members `from` to `to` - 1, each 8 bytes. */
function addMembers(sketch: HyperLogLog, from: number, to: number, seed = 0): HyperLogLog {
  for (let i = from; i < to; i++) {
    member[0] = i;
    member[1] = i >>> 8;
    member[2] = i >>> 16;
    member[3] = i >>> 24;
    hashBytes(member, 0, 8, seed);
    sketch.add(hashHigh(), hashLow());
  }
  return sketch;
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

describe('HyperLogLog.estimate', () => {
  it.each([1000, 100_000])('is within 4 σ of %d for each of 200 seeds, and unbiased', (n) => {
    const errors = seeds.map((seed) => addMembers(new HyperLogLog(), 0, n, seed).estimate() / n - 1);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(4 * SIGMA);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(Math.abs(mean)).toBeLessThan((4 * SIGMA) / Math.sqrt(seeds.length));
  });

  it('counts few members one by one, but for two in the same register', () => {
    const estimates = seeds.map((seed) => addMembers(new HyperLogLog(), 0, 10, seed).estimate());
    for (const estimate of estimates) expect([9, 10]).toContain(Math.round(estimate));
    // 45 pairs share one of 16,384 registers with a probability of 0.27 %
    expect(estimates.filter((estimate) => Math.round(estimate) === 9).length).toBeLessThan(5);
  });

  it('is within 4 σ of 2,000,000: all 64 bits count', () => {
    const estimate = addMembers(new HyperLogLog(), 0, 2_000_000).estimate();
    expect(Math.abs(estimate / 2_000_000 - 1)).toBeLessThan(4 * SIGMA);
  });

  it('is 0 without members', () => {
    expect(new HyperLogLog().estimate()).toBe(0);
  });

  it('takes registers that are full for what they are', () => {
    // With n = 2^64 · ln 2 members a register holds k or less with a probability of exp(-n / 2^(k + 14)), which is
    // 1/2 for 50, 1/4 for 49, 1/16 for 48, 1/256 for 47 and next to nothing for 46.
    const registers = new Uint8Array(REGISTERS).fill(51);
    registers.fill(50, 0, 8192);
    registers.fill(49, 0, 4096);
    registers.fill(48, 0, 1024);
    registers.fill(47, 0, 64);
    expect(Math.abs(new HyperLogLog(registers).estimate() / (2 ** 64 * Math.LN2) - 1)).toBeLessThan(0.001);
  });
});

describe('HyperLogLog.add', () => {
  it.each([
    ['the first bit after the register', 0x00020000, 0, 0, 1],
    ['the last bit of the high half', 0x00000001, 0, 0, 18],
    ['the first bit of the low half', 0, 0x80000000, 0, 19],
    ['the last bit of the low half', 0, 1, 0, 50],
    ['no bit at all', 0, 0, 0, 51],
    ['the last register', 0xffffffff, 0xffffffff, REGISTERS - 1, 1],
    ['the first register that is negative as a signed number', 0x80000000, 0, REGISTERS / 2, 51],
  ])('takes the rank from %s', (_, high, low, register, rank) => {
    const sketch = new HyperLogLog();
    sketch.add(high, low);
    expect(sketch.registers[register]).toBe(rank);
    expect(sketch.registers.reduce((sum, value) => sum + value, 0)).toBe(rank);
  });
});

describe('HyperLogLog.merge', () => {
  const hashes = fc.array(fc.tuple(fc.nat({ max: 0xffffffff }), fc.nat({ max: 0xffffffff })), { maxLength: 200 });

  function sketchOf(members: readonly (readonly [high: number, low: number])[]): HyperLogLog {
    const sketch = new HyperLogLog();
    for (const [high, low] of members) sketch.add(high, low);
    return sketch;
  }

  function union(...sketches: readonly HyperLogLog[]): Buffer {
    const result = new HyperLogLog();
    for (const sketch of sketches) result.merge(sketch);
    return Buffer.from(result.registers);
  }

  it('gives the sketch of the union: commutative, associative, idempotent', () => {
    fc.assert(
      fc.property(hashes, hashes, hashes, (a, b, c) => {
        const [left, middle, right] = [sketchOf(a), sketchOf(b), sketchOf(c)];
        const all = Buffer.from(sketchOf([...a, ...b, ...c]).registers);
        expect(union(left, middle, right).equals(all)).toBe(true);
        expect(union(right, middle, left).equals(all)).toBe(true);
        expect(union(left, middle, right, left, right).equals(all)).toBe(true);
      }),
    );
  });

  it('estimates overlapping sets without counting the overlap twice', () => {
    const sketch = addMembers(new HyperLogLog(), 0, 60_000);
    sketch.merge(addMembers(new HyperLogLog(), 40_000, 100_000));
    expect(sketch.estimate()).toBe(addMembers(new HyperLogLog(), 0, 100_000).estimate());
  });

  it('goes on from transferred registers', () => {
    const original = addMembers(new HyperLogLog(), 0, 5000);
    const received = new HyperLogLog(structuredClone(original.registers));
    expect(received.estimate()).toBe(original.estimate());
    addMembers(received, 5000, 6000);
    expect(received.estimate()).toBe(addMembers(original, 5000, 6000).estimate());
    expect(() => new HyperLogLog(new Uint8Array(100))).toThrow('HyperLogLog: "100" registers, must be 16384');
  });
});
