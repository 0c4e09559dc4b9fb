import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyWeights } from '../../../../backends/prometheus/observers/key-weights.ts';
import { foldLowest, keyOf, signedKey, standsFor } from '../../../../backends/prometheus/observers/signed-bins.ts';
import { DDSketch } from '../../../../src/sketch/ddsketch.ts';

const value = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('keys of signed bins', () => {
  it('stand for values within 0.78 %, finite ones', () => {
    fc.assert(
      fc.property(value, (one) => {
        const estimate = standsFor(keyOf(one));
        expect(Number.isFinite(estimate)).toBe(true);
        // Below the normal doubles there are no digits to be that close in.
        if (Math.abs(one) > 1e-300) expect(Math.abs(estimate - one)).toBeLessThanOrEqual(Math.abs(one) * 0.00776);
      }),
    );
    for (const one of [0, -0]) expect(standsFor(keyOf(one))).toBe(0);
    for (const one of [5e-324, 1.8e305, Number.MAX_VALUE]) expect(keyOf(-one)).toBe(-keyOf(one));
  });

  it('ascend as the values do', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(Math.sign(keyOf(a) - keyOf(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect([-1, -1e-300, 0, 1e-300, 1].map((one) => Math.sign(keyOf(one)))).toEqual([-1, -1, 0, 1, 1]);
  });

  it('are those of the bins of a sketch', () => {
    fc.assert(
      fc.property(value, (one) => {
        const sketch = new DDSketch();
        sketch.add(one);
        const keys = [
          ...[...sketch.positiveBins()].map(([bin]) => signedKey(1, bin)),
          ...[...sketch.negativeBins()].map(([bin]) => signedKey(-1, bin)),
          ...(sketch.zeroCount > 0 ? [0] : []),
        ];
        expect(keys).toEqual([keyOf(one)]);
      }),
    );
  });

  it.each([
    { values: [-5, -1, 0, 2, 3, 4], left: [-5, -1, 0, 3, 4], at: 3 },
    { values: [0, 1e-9, 2], left: [0, 2], at: 2 },
    { values: [-5, -1, 0, 2], left: [-5, 0, 2], at: -5 },
    { values: [-5, -1], left: [-5], at: -5 },
  ])('fold from the smallest magnitude: $values', ({ values, left, at }) => {
    const weights = new KeyWeights(1, true);
    for (const one of values) weights.add(keyOf(one), 0, 1);
    foldLowest(weights);
    expect(Array.from(left, (_, index) => [weights.keyAt(index), weights.weightAt(index, 0)])).toEqual(
      left.map((one) => [keyOf(one), one === at ? 2 : 1]),
    );
    expect(weights.size).toBe(left.length);
  });
});
