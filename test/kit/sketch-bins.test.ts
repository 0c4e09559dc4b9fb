import { DDSketch as Oracle } from '@datadog/sketches-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binKey, binValue, GAMMA, RELATIVE_ACCURACY } from '../../src/kit/sketch-bins.ts';

const AGENT_BIAS = 1338;

/** Keys that the Datadog Agent gives. */
const agentKeys: readonly (readonly [value: number, key: number])[] = [
  [1e-9, 1],
  [1e-6, 447],
  [0.001, 892],
  [0.5, 1293],
  [1, 1338],
  [1.5, 1364],
  [2, 1383],
  [3, 1409],
  [5, 1442],
  [10, 1487],
  [42, 1579],
  [100, 1635],
  [240, 1691],
  [1000, 1784],
  [1e6, 2229],
  [1e9, 2675],
  [1e12, 3120],
  [1e100, 16189],
];

describe('binKey', () => {
  it.each(agentKeys)('gives the key of the Datadog Agent for %d', (value, key) => {
    expect(binKey(value)).toBe(key - AGENT_BIAS);
  });

  it('covers the whole range of doubles', () => {
    expect(binKey(Number.MIN_VALUE)).toBe(-48015);
    expect(binKey(Number.MAX_VALUE)).toBe(45780);
  });

  it('D8 is, without the bias, the key of the Agent for a million values', () => {
    /** `config.key` of the Agent's pkg/util/quantile: math.RoundToEven(math.Log(v) / gammaLn) + bias. */
    const agentKey = (value: number) => {
      const exact = Math.log(value) / 0.015504186535965254;
      const floor = Math.floor(exact);
      const up = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 !== 0);
      return (up ? floor + 1 : floor) + AGENT_BIAS;
    };
    let state = 1;
    let different = 0;
    for (let i = 0; i < 1_000_000; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const value = 10 ** ((state / 2 ** 32) * 220 - 9);
      if (binKey(value) + AGENT_BIAS !== agentKey(value)) different++;
    }
    expect(different).toBe(0);
  });

  it('agrees with sketches-js, whose keys round up instead of to the nearest', () => {
    const { mapping } = new Oracle({ relativeAccuracy: 1 / 129 });
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (value) => {
        expect(binKey(value)).toBe(mapping.key(value / Math.sqrt(GAMMA)) + 0);
      }),
    );
  });
});

describe('binValue', () => {
  it('has an accuracy of 1/129', () => {
    expect(RELATIVE_ACCURACY).toBeCloseTo(1 / 129, 15);
  });

  it('is as far from the lower as from the upper bound of its bin', () => {
    for (const key of [-1337, -1, 0, 1, 297, 2000]) {
      const lower = GAMMA ** (key - 0.5);
      const upper = GAMMA ** (key + 0.5);
      expect(binValue(key) / lower - 1).toBeCloseTo(1 / 129, 10);
      expect(1 - binValue(key) / upper).toBeCloseTo(1 / 129, 10);
    }
  });

  it('is within the relative accuracy of every value in its bin', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, max: 1.7e308, noNaN: true }), (value) => {
        const error = Math.abs(binValue(binKey(value)) - value);
        expect(error).toBeLessThanOrEqual((value / 129) * (1 + 1e-9) + Number.MIN_VALUE);
      }),
      { numRuns: 2000 },
    );
  });
});
