import { DDSketch as Oracle } from '@datadog/sketches-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DDSketch } from '../../src/sketch/ddsketch.ts';

type Sample = readonly [value: number, weight: number];

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
const latency = fc.double({ min: 1, max: 60_000, noNaN: true });
const wide = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
const weight = fc.integer({ min: 1, max: 1000 });

/** Few and many bins, one and both signs, narrow and folded. */
const small: fc.Arbitrary<readonly Sample[]> = fc.oneof(
  fc.array(fc.tuple(anyDouble, weight), { maxLength: 60 }),
  fc.array(fc.tuple(latency, weight), { maxLength: 400, size: 'max' }),
  fc.array(fc.tuple(wide, weight), { maxLength: 400, size: 'max' }),
  fc.array(fc.tuple(anyDouble, weight), { maxLength: 400, size: 'max' }),
  fc.array(fc.tuple(fc.constantFrom(0, -0, 1, -1, 5e-324, -5e-324, 1.7e308, -1.7e308), weight), { maxLength: 20 }),
);

/** About as many bins as are kept, and some more. */
const many = fc
  .tuple(fc.integer({ min: -30_000, max: 30_000 }), fc.constantFrom(1, 3), fc.integer({ min: 4000, max: 4300 }))
  .map(([first, step, length]) =>
    Array.from({ length }, (_, i): Sample => [1.015625 ** ((first + step * ((i * 7919) % length)) % 30_000), 1]),
  );

const samples: fc.Arbitrary<readonly Sample[]> = fc.oneof(
  { arbitrary: small, weight: 15 },
  { arbitrary: many, weight: 1 },
);

function sketchOf(input: Iterable<Sample>): DDSketch {
  const sketch = new DDSketch();
  for (const [value, weight] of input) sketch.add(value, weight);
  return sketch;
}

function merged(...sketches: readonly DDSketch[]): DDSketch {
  const result = new DDSketch();
  for (const sketch of sketches) result.merge(sketch);
  return result;
}

function encoded(sketch: DDSketch): Float64Array {
  const out = new Float64Array(sketch.encodedLength);
  expect(sketch.encodeInto(out, 0)).toBe(out.length);
  return out;
}

function decoded(data: Float64Array, offset = 0): DDSketch {
  const sketch = new DDSketch();
  sketch.mergeEncoded(data, offset);
  return sketch;
}

/** What must not depend on the order of adding and merging. Sums of floats do, in their last digits. */
function state(sketch: DDSketch) {
  return {
    count: sketch.count,
    min: sketch.min,
    max: sketch.max,
    zeroCount: sketch.zeroCount,
    positive: [...sketch.positiveBins()],
    negative: [...sketch.negativeBins()],
  };
}

function nearestEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The bins of the magnitudes by the rules of the documentation, from all of them at once. */
function expectedBins(magnitudes: readonly Sample[]): Sample[] {
  const exact = new Map<number, number>();
  for (const [magnitude, weight] of magnitudes) {
    const key = nearestEven(Math.log(magnitude) / Math.log1p(1 / 64)) + 0;
    exact.set(key, (exact.get(key) ?? 0) + weight);
  }
  const lowest = [...exact.keys()].sort((a, b) => b - a)[4095] ?? Number.NEGATIVE_INFINITY;
  const bins = new Map<number, number>();
  for (const [key, weight] of exact) {
    const kept = Math.max(key, lowest);
    bins.set(kept, (bins.get(kept) ?? 0) + weight);
  }
  return [...bins].sort(([a], [b]) => a - b);
}

/** The smallest value with at least k/1000 of the weight at or below it, in whole numbers. */
function exactQuantile(input: readonly Sample[], k: number): number {
  const ascending = [...input].sort(([a], [b]) => a - b);
  const total = ascending.reduce((sum, [, weight]) => sum + weight, 0);
  let running = 0;
  for (const [value, weight] of ascending) {
    running += weight;
    if (running * 1000 >= k * total) return value;
  }
  return 0;
}

describe('DDSketch bins', () => {
  it('follow from the values alone', () => {
    fc.assert(
      fc.property(samples, (input) => {
        const sketch = sketchOf(input);
        expect([...sketch.positiveBins()]).toEqual(expectedBins(input.filter(([value]) => value > 0)));
        expect([...sketch.negativeBins()]).toEqual(
          expectedBins(input.filter(([value]) => value < 0).map(([value, weight]) => [-value, weight])),
        );
        expect(sketch.zeroCount).toBe(input.reduce((sum, [value, weight]) => sum + (value === 0 ? weight : 0), 0));
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('do not depend on the order', () => {
    const shuffled = samples.chain((input) =>
      fc.tuple(fc.constant(input), fc.shuffledSubarray([...input], { minLength: input.length })),
    );
    fc.assert(
      fc.property(shuffled, ([input, other]) => {
        expect(state(sketchOf(other))).toEqual(state(sketchOf(input)));
        const ascending = [...input].sort(([a], [b]) => a - b);
        expect(state(sketchOf(ascending))).toEqual(state(sketchOf(input)));
        expect(state(sketchOf(ascending.reverse()))).toEqual(state(sketchOf(input)));
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('are 93 for 1 to 100, like those of the Datadog Agent', () => {
    const sketch = sketchOf(Array.from({ length: 100 }, (_, i) => [i + 1, 1]));
    const bins = [...sketch.positiveBins()];
    expect(bins).toHaveLength(93);
    expect(bins[0]).toEqual([0, 1]);
    expect(bins[92]).toEqual([1635 - 1338, 1]);
  });

  it('equal those of sketches-js with the same γ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), weight), {
          minLength: 1,
          maxLength: 300,
          size: 'max',
        }),
        (input) => {
          const oracle = new Oracle({ relativeAccuracy: 1 / 129 });
          for (const [value, weight] of input) oracle.accept(value / Math.sqrt(1.015625), weight);
          const { bins, offset } = oracle.store;
          const expected = bins.flatMap((weight, i) => (weight > 0 ? [[i + offset, weight]] : []));
          expect([...sketchOf(input).positiveBins()]).toEqual(expected);
        },
      ),
      { endOnFailure: true },
    );
  });

  it('keep a spread of any width without loss: 200 values over 19 decades, and 4,096 over all that there is', () => {
    const decades = sketchOf(Array.from({ length: 200 }, (_, i) => [10 ** (i * 0.095 - 9), 1]));
    expect([...decades.positiveBins()]).toHaveLength(200);
    const all = sketchOf(Array.from({ length: 4096 }, (_, i) => [2 ** (i / 2.01 - 1020), 1]));
    expect([...all.positiveBins()].every(([, weight]) => weight === 1)).toBe(true);
    expect([...all.positiveBins()]).toHaveLength(4096);
  });

  it('are folded into the lowest of the highest 4,096', () => {
    const values = Array.from({ length: 5001 }, (_, key): Sample => [1.015625 ** (2 * key), 1]);
    for (const input of [values, [...values].reverse()]) {
      const bins = [...sketchOf(input).positiveBins()];
      expect(bins).toHaveLength(4096);
      expect(bins[0]).toEqual([2 * 905, 906]);
      expect(bins[1]).toEqual([2 * 906, 1]);
      expect(bins[4095]).toEqual([2 * 5000, 1]);
      const mirrored = sketchOf(input.map(([value, weight]): Sample => [-value, weight]));
      expect([...mirrored.negativeBins()]).toEqual(bins);
    }
  });
});

describe('DDSketch.quantile', () => {
  it('is within 1 % of the exact value, for any finite double', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyDouble, weight), { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 1, max: 999 }),
        (input, k) => {
          const exact = exactQuantile(input, k);
          const error = Math.abs(sketchOf(input).quantile(k / 1000) - exact);
          expect(error).toBeLessThanOrEqual((Math.abs(exact) / 129) * (1 + 1e-9) + Number.MIN_VALUE);
        },
      ),
      { numRuns: 1000, endOnFailure: true },
    );
  });

  it('is within 1 % of the exact value with many bins', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.oneof(
              latency,
              latency.map((value) => -value),
            ),
            weight,
          ),
          { minLength: 300, maxLength: 600 },
        ),
        fc.integer({ min: 1, max: 999 }),
        (input, k) => {
          const exact = exactQuantile(input, k);
          const error = Math.abs(sketchOf(input).quantile(k / 1000) - exact);
          expect(error).toBeLessThanOrEqual((Math.abs(exact) / 129) * (1 + 1e-9));
        },
      ),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('stays between the smallest and the largest value', () => {
    const sketch = sketchOf([[1.005, 3]]);
    for (const q of [-1, 0, 0.001, 0.5, 0.999, 1, 2]) expect(sketch.quantile(q)).toBe(1.005);
    expect(sketchOf([[Number.MAX_VALUE, 1]]).quantile(0.5)).toBe(Number.MAX_VALUE);
    expect(sketchOf([[-Number.MIN_VALUE, 1]]).quantile(0.5)).toBe(-Number.MIN_VALUE);
  });

  it('gives the ends exactly', () => {
    const sketch = sketchOf([
      [-3.7, 1],
      [0, 1],
      [123.456, 1e-30],
    ]);
    expect(sketch.quantile(0)).toBe(-3.7);
    expect(sketch.quantile(1)).toBe(123.456);
  });

  it('takes the rank that decimals mean, not the one that doubles give', () => {
    const sketch = sketchOf(Array.from({ length: 100 }, (_, i) => [2 ** i, 1]));
    expect(0.07 * 100).toBeGreaterThan(7);
    expect(sketch.quantile(0.07) / 2 ** 6).toBeCloseTo(1, 2);
    expect(sketch.quantile(0.29) / 2 ** 28).toBeCloseTo(1, 2);
  });

  it('is 0 when the sketch is empty', () => {
    const sketch = new DDSketch();
    expect([sketch.quantile(0), sketch.quantile(0.5), sketch.quantile(1), sketch.min, sketch.max]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});

describe('DDSketch sums', () => {
  it('take weights, fractional ones too', () => {
    const sketch = sketchOf([
      [2, 1],
      [-4, 2.5],
      [0, 0.5],
    ]);
    expect(sketch).toMatchObject({ count: 4, sum: -8, sumSquares: 44, min: -4, max: 2, zeroCount: 0.5 });
    expect([...sketch.negativeBins()]).toEqual([[89, 2.5]]);
  });

  it('know one zero only', () => {
    const sketch = new DDSketch();
    sketch.add(-0);
    sketch.add(0);
    expect(sketch).toMatchObject({ zeroCount: 2, count: 2 });
    expect(Object.is(sketch.min, 0) && Object.is(sketch.max, 0)).toBe(true);
    expect(Object.is(sketch.quantile(0.5), 0)).toBe(true);
  });
});

describe('DDSketch.merge', () => {
  it('gives the sketch of both inputs, either way round', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const union = sketchOf([...a, ...b]);
        expect(state(merged(sketchOf(a), sketchOf(b)))).toEqual(state(union));
        expect(state(merged(sketchOf(b), sketchOf(a)))).toEqual(state(union));
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const [left, middle, right] = [sketchOf(a), sketchOf(b), sketchOf(c)];
        expect(state(merged(merged(left, middle), right))).toEqual(state(merged(left, merged(middle, right))));
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('leaves the other sketch as it was, and goes on after it', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const other = sketchOf(b);
        const before = state(other);
        const sketch = sketchOf(a);
        sketch.merge(other);
        for (const [value, weight] of a) sketch.add(value, weight);
        expect(state(other)).toEqual(before);
        expect(state(sketch)).toEqual(state(sketchOf([...a, ...a, ...b])));
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('takes the sketch itself', () => {
    fc.assert(
      fc.property(samples, (input) => {
        const sketch = sketchOf(input);
        sketch.merge(sketch);
        expect(state(sketch)).toEqual(state(sketchOf([...input, ...input])));
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('adds the sums', () => {
    const sketch = merged(sketchOf([[3, 2]]), sketchOf([[-1, 1]]));
    expect(sketch).toMatchObject({ count: 3, sum: 5, sumSquares: 19, min: -1, max: 3 });
  });
});

describe('an encoded DDSketch', () => {
  it('comes back as the same sketch, which goes on like the original', () => {
    fc.assert(
      fc.property(samples, samples, (first, more) => {
        const sketch = sketchOf(first);
        const data = encoded(sketch);
        const bins = [...sketch.positiveBins(), ...sketch.negativeBins()].length;
        expect(data).toHaveLength(10 + 2 * bins);
        const back = decoded(data);
        expect(state(back)).toEqual(state(sketch));
        expect([back.sum, back.sumSquares]).toEqual([sketch.sum, sketch.sumSquares]);
        for (const [value, weight] of more) back.add(value, weight);
        expect(state(back)).toEqual(state(sketchOf([...first, ...more])));
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('has the documented layout', () => {
    const sketch = sketchOf([
      [1, 2],
      [2, 1],
      [0, 3],
      [-10, 0.5],
    ]);
    expect([...encoded(sketch)]).toEqual([1, 0, 6.5, -1, 56, -10, 2, 3, 2, 1, 0, 2, 45, 1, 149, 0.5]);
    expect([...encoded(new DDSketch())]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('packs sketches one behind the other', () => {
    const sketches = [sketchOf([[1, 1]]), new DDSketch(), sketchOf([[-5, 1]]), sketchOf([[7, 2]])];
    const packed = new Float64Array(3 + sketches.reduce((sum, sketch) => sum + sketch.encodedLength, 0));
    let end = 3;
    for (const sketch of sketches) end = sketch.encodeInto(packed, end);
    expect(end).toBe(packed.length);

    const all = new DDSketch();
    let offset = 3;
    for (const sketch of sketches) {
      expect(state(decoded(packed, offset))).toEqual(state(sketch));
      offset = all.mergeEncoded(packed, offset);
    }
    expect(offset).toBe(packed.length);
    expect(state(all)).toEqual(state(merged(...sketches)));
  });

  it('is refused, and changes nothing, when it is not a whole sketch of this version', () => {
    const data = encoded(sketchOf([[1, 1]]));
    const sketch = sketchOf([[2, 1]]);
    const before = state(sketch);
    expect(() => sketch.mergeEncoded(data.with(0, 2))).toThrow('sketch at 0: version "2", must be 1');
    expect(() => sketch.mergeEncoded(data, 99)).toThrow('sketch at 99: version "undefined", must be 1');
    expect(() => sketch.mergeEncoded(data.subarray(0, 11))).toThrow('ends at "12", must end at or before 11');
    expect(() => sketch.mergeEncoded(data.subarray(0, 5))).toThrow('ends at "NaN"');
    expect(() => sketch.mergeEncoded(data.with(8, -1))).toThrow(RangeError);
    expect(() => sketch.mergeEncoded(data.with(9, -1))).toThrow(RangeError);
    expect(state(sketch)).toEqual(before);
  });
});
