import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EXACT, RollingSummary } from '../../../../backends/prometheus/observers/summary.ts';
import { createByteReader } from '../../../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../../../src/kit/byte-writer.ts';
import type { SummaryObserver } from '../../../../src/plugin.ts';
import { timerOf, type WeightedValue } from '../../../helper/value-series.ts';

const QUANTILES = [0, 0.07, 0.25, 0.5, 0.9, 0.99, 1];

function options(maxAgeMs: number, ageBuckets: number, quantiles: readonly number[] = QUANTILES): SummaryObserver {
  return { kind: 'summary', quantiles, maxAgeMs, ageBuckets };
}

interface Value {
  readonly atMs: number;
  readonly value: number;
  readonly weight: number;
}

/** The naive list: time, value and weight. Steps begin with the first value, and again with the first one after all have left. */
class List {
  readonly #options: SummaryObserver;
  #all: Value[] = [];
  #originMs = 0;
  #latestMs = 0;

  constructor(of: SummaryObserver) {
    this.#options = of;
  }

  add(points: readonly WeightedValue[], nowMs: number): void {
    this.#leave(nowMs);
    if (this.#all.length === 0) {
      this.#originMs = nowMs;
      this.#latestMs = nowMs;
    }
    this.#all.push(...points.map(([value, weight]) => ({ atMs: this.#latestMs, value, weight })));
  }

  quantiles(nowMs: number): number[] {
    this.#leave(nowMs);
    const ascending = [...this.#all].sort((a, b) => a.value - b.value);
    const total = ascending.reduce((sum, { weight }) => sum + weight, 0);
    return this.#options.quantiles.map((q) => {
      let below = 0;
      // Quantiles are hundredths and weights are whole: reckoned in whole numbers.
      const found = ascending.find(({ weight }) => {
        below += weight;
        return below * 100 >= Math.round(q * 100) * total;
      });
      return (found?.value ?? Number.NaN) + 0;
    });
  }

  #leave(nowMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs);
    const stepMs = this.#options.maxAgeMs / this.#options.ageBuckets;
    const step = (atMs: number) => Math.floor((atMs - this.#originMs) / stepMs);
    const oldest = step(this.#latestMs) - this.#options.ageBuckets + 1;
    this.#all = this.#all.filter(({ atMs }) => step(atMs) >= oldest);
  }
}

function savedAndRestored(summary: RollingSummary, nowMs: number, now: SummaryObserver, newMs = nowMs): RollingSummary {
  const writer = createByteWriter();
  summary.save(writer, nowMs);
  const reader = createByteReader(writer.take());
  const restored = RollingSummary.restore(reader, now, newMs);
  expect(reader.atEnd).toBe(true);
  return restored;
}

const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((one) => one === 0 || Math.abs(one) > 1e-300),
);
const points = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 })), { maxLength: 20 });
const isOf = fc.constantFrom(options(10_000, 5), options(1000, 1), options(7000, 3));

describe('a rolling summary', () => {
  it('is that of a list of times, values and weights', () => {
    const windows = fc.array(fc.tuple(fc.integer({ min: -300, max: 2500 }), points), { maxLength: 20 });
    fc.assert(
      fc.property(windows, isOf, fc.boolean(), (all, of, isRestored) => {
        let summary = new RollingSummary(of);
        const list = new List(of);
        let nowMs = 1_700_000_000_000;
        for (const [passedMs, window] of all) {
          nowMs += passedMs;
          expect([...summary.quantiles(nowMs)]).toEqual(list.quantiles(nowMs));
          summary.add(timerOf(window), 1, nowMs);
          list.add(window, nowMs);
          expect([...summary.quantiles(nowMs)]).toEqual(list.quantiles(nowMs));
          if (isRestored && passedMs >= 0) summary = savedAndRestored(summary, nowMs, of);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is within 0.78 % of it where there are many different values, or only sketches', () => {
    const many = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 })), { minLength: 80, maxLength: 200 });
    const windows = fc.array(fc.tuple(fc.integer({ min: 0, max: 2500 }), many, fc.boolean()), { maxLength: 5 });
    fc.assert(
      fc.property(windows, isOf, (all, of) => {
        let summary = new RollingSummary(of);
        const list = new List(of);
        let nowMs = 5000;
        for (const [passedMs, window, folded] of all) {
          nowMs += passedMs;
          summary.add(timerOf(window, folded), 1, nowMs);
          list.add(window, nowMs);
          summary = savedAndRestored(summary, nowMs, of);
          const found = summary.quantiles(nowMs);
          for (const [i, expected] of list.quantiles(nowMs).entries()) {
            expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(Math.abs(expected) * 0.00776);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps a value for as long as it is told, and begins its steps with it', () => {
    const summary = new RollingSummary(options(60_000, 2, [0.5]));
    const at = (nowMs: number) => summary.quantiles(nowMs)[0];
    summary.add(timerOf([[1, 1]]), 1, 1000);
    summary.add(timerOf([[9, 8]]), 1, 30_999);
    expect([at(31_000), at(60_999)]).toEqual([9, 9]);
    summary.add(timerOf([[5, 1]]), 1, 31_000);
    expect([at(60_999), at(61_000), at(90_999), at(91_000)]).toEqual([9, 5, 5, Number.NaN]);
    summary.add(timerOf([[3, 1]]), 1, 100_000);
    expect([at(159_999), at(160_000)]).toEqual([3, Number.NaN]);
  });

  it.each([
    [200, 0.2],
    [1, 0.001],
    [570, 0.57],
    [0, 0],
    [12_345_678.9, 12_345.6789],
  ])('shows %d ms as %d s', (ms, seconds) => {
    const summary = new RollingSummary(options(1000, 5, [0.5]));
    summary.add(timerOf([[ms, 1]]), 1000, 0);
    expect([...summary.quantiles(0)]).toEqual([seconds]);
  });

  it('takes values of another unit', () => {
    const summary = new RollingSummary(options(1000, 5, [0, 1]));
    summary.add(timerOf([[200, 1]]), 1000, 0);
    summary.add(timerOf([[0.1, 1]]), 1, 0);
    expect([...summary.quantiles(0)]).toEqual([0.1, 0.2]);
    summary.add(timerOf([[50, 1]], true), 1, 0);
    const [low, high] = summary.quantiles(0);
    expect(Math.abs(low! - 0.1)).toBeLessThan(0.00078);
    expect(Math.abs(high! - 50)).toBeLessThan(50 * 0.016);
  });

  it('is exact again when what was too much has left', () => {
    const summary = new RollingSummary(options(1000, 2, [0.5]));
    const many = Array.from({ length: MAX_EXACT + 1 }, (_, i): WeightedValue => [i + 0.123, 1]);
    summary.add(timerOf(many.slice(1)), 1, 0);
    expect(summary.quantiles(0)[0]).toBe(many[MAX_EXACT / 2]![0]);
    summary.add(timerOf(many.slice(0, 1)), 1, 0);
    expect(summary.quantiles(0)[0]).not.toBe(many[MAX_EXACT / 2]![0]);
    summary.add(timerOf([[0.123, 1]]), 1, 5000);
    expect(summary.quantiles(5000)[0]).toBe(0.123);
  });

  it('is exact after a window without values that gives only a sketch', () => {
    const summary = new RollingSummary(options(1000, 2, [0.5]));
    summary.add(timerOf([], true), 1, 0);
    expect(summary.quantiles(0)[0]).toBeNaN();
    summary.add(timerOf([[0.123, 1]]), 1, 100);
    expect([summary.quantiles(1099)[0], summary.quantiles(1100)[0]]).toEqual([0.123, Number.NaN]);
  });

  it('keeps the largest magnitudes of a hostile spread, and all of the weight', () => {
    const summary = new RollingSummary(options(1000, 1, [0, 0.5, 1]));
    const spread = Array.from({ length: 9000 }, (_, i): WeightedValue => [Math.exp((i - 4500) * 0.05), 1]);
    summary.add(timerOf(spread), 1, 0);
    const [low, middle, high] = summary.quantiles(0);
    expect(high).toBeCloseTo(Math.exp(4499 * 0.05), -95);
    expect(middle! / Math.exp(404 * 0.05)).toBeCloseTo(1, 1);
    expect(low).toBe(middle);
  });

  it('merges with one of the same steps as if it had seen all', () => {
    const windows = fc.array(fc.tuple(fc.nat(2500), points, points), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(windows, isOf, (all, of) => {
        const [left, right, both] = [new RollingSummary(of), new RollingSummary(of), new RollingSummary(of)];
        // Both begin at once, so that their steps do.
        let nowMs = 3000;
        for (const one of [left, right, both]) one.add(timerOf([[0, 1]]), 1, nowMs);
        both.add(timerOf([[0, 1]]), 1, nowMs);
        const stepMs = of.maxAgeMs / of.ageBuckets;
        for (const [passedMs, a, b] of all) {
          // None is without values for as long as steps begin anew.
          nowMs += Math.min(passedMs, Math.max(of.maxAgeMs - stepMs, stepMs / 2));
          left.add(timerOf([...a, [1, 1]]), 1, nowMs);
          right.add(timerOf([...b, [1, 1]]), 1, nowMs);
          both.add(timerOf([...a, [1, 1], ...b, [1, 1]]), 1, nowMs);
        }
        left.merge(right, nowMs);
        for (const laterMs of [0, stepMs / 2, stepMs, 2 * stepMs, of.maxAgeMs]) {
          expect([...left.quantiles(nowMs + laterMs)]).toEqual([...both.quantiles(nowMs + laterMs)]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    { name: 'an empty one', mine: [], theirs: [[3, 1]], unit: 1, quantiles: [3, 3] },
    { name: 'one that is empty', mine: [[2, 1]], theirs: [], unit: 1, quantiles: [2, 2] },
    { name: 'one of another unit', mine: [[2, 1]], theirs: [[500, 1]], unit: 1000, quantiles: [0.5, 2] },
  ] as const)('merges $name', ({ mine, theirs, unit, quantiles }) => {
    const to = new RollingSummary(options(1000, 5, [0, 1]));
    const from = new RollingSummary(options(3000, 2, [0.5]));
    to.add(timerOf(mine), 1, 10);
    from.add(timerOf(theirs), unit, 10);
    to.merge(from, 20);
    expect([...to.quantiles(20)]).toEqual(quantiles);
    expect([...to.quantiles(1020)]).toEqual([Number.NaN, Number.NaN]);
  });

  it('merges bins with exact values', () => {
    const to = new RollingSummary(options(1000, 5, [0, 1]));
    const from = new RollingSummary(options(1000, 5, []));
    to.add(timerOf([[2, 1]]), 1, 0);
    from.add(timerOf([[500, 1]], true), 1, 0);
    for (const [one, other] of [
      [to, from],
      [from, to],
    ] as const) {
      one.merge(other, 0);
    }
    const [low, high] = to.quantiles(0);
    expect([Math.round(low! * 50), Math.round(high! / 10)]).toEqual([100, 50]);
  });

  it('comes back on another clock, with other quantiles, ages and steps', () => {
    const summary = new RollingSummary(options(10_000, 5, [0.5]));
    summary.add(timerOf([[1, 1]]), 1, 0);
    summary.add(timerOf([[7, 3]]), 1, 8000);
    // 9 s on the old clock are 100 s on the new one.
    const same = savedAndRestored(summary, 9000, options(10_000, 5, [0, 1]), 100_000);
    expect([...same.quantiles(100_999)]).toEqual([1, 7]);
    expect([...same.quantiles(101_000)]).toEqual([7, 7]);
    expect([...same.quantiles(109_000)]).toEqual([Number.NaN, Number.NaN]);
    const shorter = savedAndRestored(summary, 9000, options(6000, 3, [0, 1]), 100_000);
    expect([...shorter.quantiles(100_000)]).toEqual([7, 7]);
    expect([...shorter.quantiles(107_000)]).toEqual([Number.NaN, Number.NaN]);
  });
});
