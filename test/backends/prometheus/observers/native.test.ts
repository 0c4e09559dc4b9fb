import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NativeBuckets } from '../../../../backends/prometheus/observers/native.ts';
import { createByteReader } from '../../../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../../../src/kit/byte-writer.ts';
import { timerOf, type WeightedValue } from '../../../helper/value-series.ts';

const FINE = { nativeFactor: 1.1, nativeMaxBuckets: 0 };

function shown(buckets: NativeBuckets) {
  const { schema, zeroThreshold, zeroCount, positive, negative } = buckets.histogram;
  return { schema, zeroThreshold, zeroCount, positive: [...positive], negative: [...negative] };
}

function total(buckets: NativeBuckets): number {
  const { zeroCount, positive, negative } = shown(buckets);
  return [...positive, ...negative].reduce((sum, [, weight]) => sum + weight, zeroCount);
}

const value = fc.oneof(
  fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  fc.integer({ min: -9, max: 9 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const points = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 4 })), { maxLength: 40 });

describe('a native histogram', () => {
  it('counts values in seconds by bucket, sign and zero', () => {
    const buckets = new NativeBuckets(FINE);
    expect(shown(buckets)).toEqual({ schema: 3, zeroThreshold: 2 ** -128, zeroCount: 0, positive: [], negative: [] });
    const all: WeightedValue[] = [
      [1000, 1],
      [2000, 2],
      [2000.001, 4],
      [0, 8],
      [-1000, 16],
      [-4000, 0.5],
      [1000 * 2 ** -128, 32],
      [1000 * 2 ** -127, 64],
    ];
    buckets.add(timerOf(all), 1000);
    expect(shown(buckets)).toEqual({
      schema: 3,
      zeroThreshold: 2 ** -128,
      zeroCount: 40,
      positive: [
        [-127 * 8, 64],
        [0, 1],
        [8, 2],
        [9, 4],
      ],
      negative: [
        [0, 16],
        [16, 0.5],
      ],
    });
  });

  it('counts the bins of a sketch where there are no values', () => {
    const buckets = new NativeBuckets({ nativeFactor: 2, nativeMaxBuckets: 0 });
    const all: WeightedValue[] = [
      [3, 5],
      [0, 2],
      [-3, 1],
      // The smallest and the largest value are no bins' middles: -8 and 8 are in their own buckets.
      [-8, 1],
      [8, 1],
    ];
    buckets.add(timerOf(all, true), 1);
    expect(shown(buckets)).toMatchObject({
      zeroCount: 2,
      positive: [
        [2, 5],
        [3, 1],
      ],
      negative: [
        [2, 1],
        [3, 1],
      ],
    });
  });

  it('halves its resolution where there are too many buckets, and loses no weight', () => {
    fc.assert(
      fc.property(fc.array(points, { maxLength: 4 }), fc.integer({ min: 1, max: 30 }), (windows, nativeMaxBuckets) => {
        const limited = new NativeBuckets({ nativeFactor: 1.1, nativeMaxBuckets });
        const fine = new NativeBuckets(FINE);
        for (const window of windows) {
          limited.add(timerOf(window), 1);
          fine.add(timerOf(window), 1);
        }
        const weight = windows.flat().reduce((sum, [, each]) => sum + each, 0);
        expect([total(limited), total(fine)]).toEqual([weight, weight]);
        const { schema, positive, negative } = shown(limited);
        const merged = (buckets: readonly WeightedValue[]) => {
          const sums = new Map<number, number>();
          for (const [index, each] of buckets) {
            const wider = Math.ceil(index / 2 ** (3 - schema)) + 0;
            sums.set(wider, (sums.get(wider) ?? 0) + each);
          }
          return [...sums];
        };
        expect(positive).toEqual(merged(shown(fine).positive));
        expect(negative).toEqual(merged(shown(fine).negative));
        if (schema > -4) expect(positive.length + negative.length).toBeLessThanOrEqual(nativeMaxBuckets);
        // No coarser than it had to be.
        const finer = (buckets: readonly WeightedValue[]) =>
          new Set(buckets.map(([index]) => Math.ceil(index / 2 ** (2 - schema)))).size;
        if (schema < 3) {
          expect(finer(shown(fine).positive) + finer(shown(fine).negative)).toBeGreaterThan(nativeMaxBuckets);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('merges and comes back as that of all values', () => {
    const limit = fc.constantFrom(0, 4, 12);
    fc.assert(
      fc.property(points, points, limit, (a, b, nativeMaxBuckets) => {
        const options = { nativeFactor: 1.1, nativeMaxBuckets };
        const [left, right, both] = [a, b, [...a, ...b]].map((all) => {
          const buckets = new NativeBuckets(options);
          buckets.add(timerOf(all), 1);
          return buckets;
        });
        const writer = createByteWriter();
        right!.save(writer);
        const reader = createByteReader(writer.take());
        const restored = NativeBuckets.restore(reader, options);
        expect(reader.atEnd).toBe(true);
        expect(shown(restored)).toEqual(shown(right!));
        left!.merge(restored);
        expect(shown(left!)).toEqual(shown(both!));
      }),
      { numRuns: 150 },
    );
  });

  it('comes back no finer than it is asked for, nor than it was', () => {
    const writer = createByteWriter();
    const buckets = new NativeBuckets(FINE);
    buckets.add(timerOf([[3, 1]]), 1);
    buckets.save(writer);
    buckets.save(writer);
    const reader = createByteReader(writer.take());
    const schemas = [2, 1.01].map((nativeFactor) => shown(NativeBuckets.restore(reader, { ...FINE, nativeFactor })));
    expect(schemas).toMatchObject([
      { schema: 0, positive: [[2, 1]] },
      { schema: 3, positive: [[13, 1]] },
    ]);
  });
});
