import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyWeights } from '../../../../backends/prometheus/observers/key-weights.ts';
import { createByteReader } from '../../../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../../../src/kit/byte-writer.ts';

const WIDTH = 3;

type Entry = readonly [key: number, weights: readonly number[]];

function entriesOf(weights: KeyWeights): Entry[] {
  return Array.from({ length: weights.size }, (_, index) => [
    weights.keyAt(index),
    Array.from({ length: weights.width }, (_, column) => weights.weightAt(index, column)),
  ]);
}

function savedAndRestored(weights: KeyWeights): KeyWeights {
  const writer = createByteWriter();
  weights.save(writer);
  const reader = createByteReader(writer.take());
  const restored = KeyWeights.restore(reader);
  expect(reader.atEnd).toBe(true);
  return restored;
}

describe('weights by key', () => {
  const weight = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom(65_535, 65_536, 2 ** 32 - 1, 2 ** 40, 0.5, 2.25),
  );
  const step = fc.oneof(
    { weight: 9, arbitrary: fc.tuple(fc.integer({ min: -20, max: 20 }), fc.nat(WIDTH - 1), weight) },
    { weight: 1, arbitrary: fc.nat(WIDTH - 1) },
  );

  it.each([true, false])('are those of a table by key, and come back as they were (whole keys: %s)', (whole) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let weights = new KeyWeights(WIDTH, whole);
        const model = new Map<number, number[]>();
        for (const [i, one] of steps.entries()) {
          if (typeof one === 'number') {
            weights.clear(one);
            for (const [key, row] of model) {
              row[one] = 0;
              if (row.every((each) => each === 0)) model.delete(key);
            }
          } else {
            const [key, column, more] = one;
            weights.add(whole ? key : key / 8, column, more);
            const row = model.get(key) ?? [0, 0, 0];
            row[column]! += more;
            model.set(key, row);
          }
          if (i % 50 === 49) weights = savedAndRestored(weights);
        }
        const expected = [...model]
          .sort((a, b) => a[0] - b[0])
          .map(([key, row]): Entry => [whole ? key : key / 8, row]);
        expect(entriesOf(weights)).toEqual(expected);
        const totals = new Float64Array(weights.size);
        const sums = expected.map(([, row]) => row.reduce((sum, each) => sum + each, 0));
        expect(weights.totals(totals)).toBe(sums.reduce((sum, each) => sum + each, 0));
        expect([...totals]).toEqual(sums);
      }),
      { numRuns: 150 },
    );
  });

  it('are found by key', () => {
    const weights = new KeyWeights(1, true);
    for (const key of [7, -3, 5]) weights.add(key, 0, 1);
    expect([-4, -3, 0, 5, 6, 7, 8].map((key) => weights.search(key))).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  it('fold into the key behind them or before them', () => {
    const weights = new KeyWeights(2, true);
    weights.add(1, 0, 1);
    weights.add(2, 1, 2);
    weights.add(3, 0, 4);
    weights.fold(0, 1);
    expect(entriesOf(weights)).toEqual([
      [2, [1, 2]],
      [3, [4, 0]],
    ]);
    weights.fold(1, -1);
    expect(entriesOf(weights)).toEqual([[2, [5, 2]]]);
  });

  it.each([
    { name: 'keys of three bytes', wholes: [1, 3, 2], keys: 'abc', weights: 'ab' },
    { name: 'a weight too few', wholes: [2, 4, 2], keys: 'abcd', weights: 'ab' },
    { name: 'a part of a key', wholes: [1, 4, 2], keys: 'abcdef', weights: 'abc' },
  ])('are not restored from $name', ({ wholes, keys, weights }) => {
    const writer = createByteWriter();
    for (const whole of wholes) writer.whole(whole);
    writer.text(keys);
    writer.text(weights);
    expect(() => KeyWeights.restore(createByteReader(writer.take()))).toThrow(RangeError);
  });
});
