import { DDSketch } from '@datadog/sketches-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../../../../frontends/http/senders/datadog/bins.ts';

/** The Agent's key of a value, as it is published: γ = 1 + 2/128, rounded half to even, and a bias that makes 1e-9 the first one. */
function keyOf(value: number): number {
  if (Math.abs(value) < 9.94185e-10) return 0;
  const exact = Math.log(Math.abs(value)) / Math.log(1 + 2 / 128);
  const floor = Math.floor(exact);
  const rounded = exact - floor === 0.5 ? floor + (floor % 2) : Math.round(exact);
  return Math.sign(value) * (rounded + 1338);
}

function sketchOf(values: readonly number[]) {
  const bins = new Map<number, number>();
  for (const value of values) bins.set(keyOf(value), (bins.get(keyOf(value)) ?? 0) + 1);
  const sorted = [...bins].sort(([a], [b]) => a - b);
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    sum: values.reduce((sum, value) => sum + value, 0),
    keys: sorted.map(([key]) => key),
    counts: sorted.map(([, count]) => count),
  };
}

function given(sketch: Parameters<typeof valuesOf>[0]) {
  const values: (readonly [value: number, weight: number])[] = [];
  const isGood = valuesOf(sketch, (value, weight) => values.push([value, weight]));
  return { isGood, values };
}

/** Bins that the given values fall into. */
function binsOf(values: readonly (readonly [number, number])[]) {
  const bins = new Map<number, number>();
  for (const [value, weight] of values) bins.set(keyOf(value), (bins.get(keyOf(value)) ?? 0) + weight);
  return bins;
}

const sumOf = (values: readonly (readonly [number, number])[]) =>
  values.reduce((sum, [value, weight]) => sum + value * weight, 0);

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const signed = fc.double({ min: -1e9, max: 1e9, noNaN: true });

describe('the values of a sketch of the Agent', () => {
  it.each([
    [1, 1338],
    [-1, -1338],
    [2, 1383],
    [10, 1487],
    [0.001, 892],
    [0, 0],
    [1e100, 16_189],
  ])('%d alone is itself', (value, key) => {
    expect(given({ min: value, max: value, sum: value, keys: [key], counts: [1] })).toEqual({
      isGood: true,
      values: [[value, 1]],
    });
  });

  it('fall into the same bins, with the same least and largest value', () => {
    fc.assert(
      fc.property(fc.array(signed, { minLength: 1, maxLength: 200 }), (values) => {
        const sketch = sketchOf(values);
        const made = given(sketch);
        expect(made.isGood).toBe(true);
        expect(binsOf(made.values)).toEqual(new Map(sketch.keys.map((key, bin) => [key, sketch.counts[bin]])));
        expect(Math.min(...made.values.map(([value]) => value))).toBe(sketch.min);
        expect(Math.max(...made.values.map(([value]) => value))).toBe(sketch.max);
      }),
    );
  });

  it('have the same sum where they have one sign', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 200 }), fc.constantFrom(1, -1), (values, sign) => {
        const sketch = sketchOf(values.map((value) => sign * value));
        expect(Math.abs(sumOf(given(sketch).values) / sketch.sum - 1)).toBeLessThan(1 / 128);
      }),
    );
    // Some thousand values of ordinary latencies.
    const values = Array.from({ length: 5000 }, (_, i) => 5 + ((i * 7919) % 1000) / 3);
    const sketch = sketchOf(values);
    expect(Math.abs(sumOf(given(sketch).values) / sketch.sum - 1)).toBeLessThan(1e-6);
  });

  it('have the quantiles of the values that were sketched', () => {
    const values = Array.from({ length: 3000 }, (_, i) => 1.001 ** ((i * 7919) % 3000));
    const oracle = new DDSketch({ relativeAccuracy: 0.0001 });
    for (const [value, weight] of given(sketchOf(values)).values) oracle.accept(value, weight);
    const sorted = [...values].sort((a, b) => a - b);
    for (const q of [0.01, 0.25, 0.5, 0.9, 0.99]) {
      const exact = sorted[Math.round(q * (values.length - 1))]!;
      expect(Math.abs(oracle.getValueAtQuantile(q) / exact - 1), `p${q}`).toBeLessThan(0.01);
    }
  });

  it.each([
    ['no bins', { keys: [], counts: [] }],
    ['bins of nothing', { counts: [0, 0] }],
    ['more keys than counts', { keys: [1338, 1383, 1400] }],
    ['a least value over the largest', { min: 3 }],
    ['no sum', { sum: Number.NaN }],
    ['an infinite value', { max: Number.POSITIVE_INFINITY }],
  ])('there are none of one with %s', (_, change) => {
    const good = { min: 1, max: 2, sum: 3, keys: [1338, 1383], counts: [1, 1] };
    expect(given(good).isGood).toBe(true);
    expect(given({ ...good, ...change })).toEqual({ isGood: false, values: [] });
  });

  it('are finite and of the right number whatever the keys say', () => {
    const bin = fc.tuple(fc.integer({ min: -40_000, max: 40_000 }), fc.nat({ max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(bin), fc.double({ noNaN: true }), fc.double(), fc.double(), (bins, min, size, sum) => {
        const [keys, counts] = [bins.map(([key]) => key), bins.map(([, count]) => count)];
        const { isGood, values } = given({ min, max: min + Math.abs(size), sum, keys, counts });
        if (!isGood) return;
        expect(values.every(([value, weight]) => Number.isFinite(value) && weight > 0)).toBe(true);
        const weight = values.reduce((all, [, one]) => all + one, 0);
        expect(weight).toBe(counts.reduce((all, one) => all + one, 0));
      }),
    );
  });
});
