import { describe, expect, it } from 'vitest';
import {
  createObserved,
  mergeObserved,
  type Observed,
  observe,
  restoreObserved,
  saveObserved,
} from '../../../../backends/prometheus/observers/observer.ts';
import { createByteReader } from '../../../../src/kit/byte-reader.ts';
import { createByteWriter } from '../../../../src/kit/byte-writer.ts';
import type { HistogramObserver, Observer, SummaryObserver } from '../../../../src/plugin.ts';
import { timerOf } from '../../../helper/value-series.ts';

const summary: SummaryObserver = { kind: 'summary', quantiles: [0.5, 1], maxAgeMs: 1000, ageBuckets: 2 };
const histogram: HistogramObserver = { kind: 'histogram', buckets: [0.1, 1], nativeFactor: 2, nativeMaxBuckets: 256 };
const classic: HistogramObserver = { ...histogram, nativeFactor: 0 };

const values = timerOf([
  [100, 1],
  [500, 2],
  [4000, 1],
]);

function observed(observer: Observer): Observed {
  const one = createObserved(observer);
  observe(one, values, 1000, 0);
  return one;
}

function shown(one: Observed | undefined): unknown {
  switch (one?.kind) {
    case undefined:
      return undefined;
    case 'summary':
      return [...one.summary.quantiles(0)];
    case 'histogram':
      return { counts: [...one.counts], native: one.native && [...one.native.histogram.positive] };
    default:
      return one satisfies never;
  }
}

const native = [
  [-3, 1],
  [-1, 2],
  [2, 1],
];

describe('what is observed of a series', () => {
  it.each([
    { observer: summary, expected: [0.5, 4] },
    { observer: classic, expected: { counts: [1, 3], native: undefined } },
    { observer: histogram, expected: { counts: [1, 3], native } },
    { observer: { ...histogram, buckets: [] }, expected: { counts: [], native } },
  ])('is what is asked for: $observer', ({ observer, expected }) => {
    expect(shown(observed(observer))).toEqual(expected);
  });

  it.each([
    { to: summary, from: { ...summary, ageBuckets: 5 }, isMerged: true },
    { to: classic, from: classic, isMerged: true },
    { to: histogram, from: { ...histogram, nativeFactor: 1.1 }, isMerged: true },
    { to: classic, from: histogram, isMerged: true },
    { to: { ...classic, buckets: [1] }, from: classic, isMerged: true },
    { to: summary, from: classic, isMerged: false },
    { to: classic, from: summary, isMerged: false },
    { to: histogram, from: classic, isMerged: false },
    { to: { ...classic, buckets: [0.1, 0.5, 1] }, from: classic, isMerged: false },
  ])('adds what another one observed, or is left as it was: $to and $from', ({ to, from, isMerged }) => {
    const one = observed(to);
    const other = createObserved(from);
    observe(other, values, 1000, 0);
    const twice = observed(to);
    if (isMerged) observe(twice, values, 1000, 0);
    expect(mergeObserved(one, other, 0)).toBe(isMerged);
    expect(shown(one)).toEqual(shown(twice));
  });

  it.each<{ saved: Observer; wanted: Observer; expected: unknown }>([
    { saved: summary, wanted: summary, expected: [0.5, 4] },
    { saved: summary, wanted: { ...summary, quantiles: [0, 0.75], maxAgeMs: 5000 }, expected: [0.1, 0.5] },
    { saved: histogram, wanted: histogram, expected: { counts: [1, 3], native } },
    { saved: histogram, wanted: classic, expected: { counts: [1, 3], native: undefined } },
    { saved: histogram, wanted: { ...classic, buckets: [1] }, expected: { counts: [3], native: undefined } },
    { saved: classic, wanted: classic, expected: { counts: [1, 3], native: undefined } },
    { saved: classic, wanted: histogram, expected: undefined },
    { saved: classic, wanted: { ...classic, buckets: [0.1, 0.2] }, expected: undefined },
    { saved: summary, wanted: classic, expected: undefined },
    { saved: histogram, wanted: summary, expected: undefined },
  ])('comes back where it tells what is asked for: $saved as $wanted', ({ saved, wanted, expected }) => {
    const writer = createByteWriter();
    saveObserved(observed(saved), writer, 0);
    writer.text('next');
    const reader = createByteReader(writer.take());
    expect(shown(restoreObserved(reader, wanted, 0))).toEqual(expected);
    expect(reader.text()).toBe('next');
  });

  it('goes on where it was', () => {
    for (const observer of [summary, histogram]) {
      const writer = createByteWriter();
      saveObserved(observed(observer), writer, 0);
      const restored = restoreObserved(createByteReader(writer.take()), observer, 0)!;
      const twice = observed(observer);
      for (const one of [restored, twice]) observe(one, values, 1000, 0);
      expect(shown(restored)).toEqual(shown(twice));
    }
  });

  it('does not come back from what is nothing of the kind', () => {
    const writer = createByteWriter();
    writer.whole(7);
    expect(() => restoreObserved(createByteReader(writer.take()), summary, 0)).toThrow('kind "7"');
  });
});
