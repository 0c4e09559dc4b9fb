import { binValue } from '../kit/sketch-bins.ts';
import type { Sketch, Statistics } from '../plugin.ts';
import { DDSketch } from '../sketch/ddsketch.ts';
import { countsAtOrBelow, sketchCountsAtOrBelow } from './statistics.ts';

/** What timers, histograms and distributions have, without its name. */
interface ManyValues {
  readonly statistics: Statistics;
  quantile(q: number): number;
  readonly sketch: Sketch;
  values(): Iterable<readonly [value: number, weight: number]> | undefined;
  countsAtOrBelow(bounds: readonly number[]): Float64Array;
}

/** The same series as if each value had been `scale` times as large. */
export function scaledValues<One extends ManyValues>(one: One, scale: number): One & ManyValues {
  // With a scale below 0 the order of the values turns round.
  const at = (q: number) => (scale < 0 ? 1 - q : q);
  const { statistics } = one;
  const ends = [statistics.min * scale, statistics.max * scale];
  return {
    ...one,
    statistics: {
      count: statistics.count,
      sum: statistics.sum * scale,
      sumSquares: statistics.sumSquares * scale * scale,
      min: Math.min(...ends),
      max: Math.max(...ends),
      mean: statistics.mean * scale,
      median: statistics.median * scale,
      stddev: statistics.stddev * Math.abs(scale),
      percentiles: new Map(
        Array.from(statistics.percentiles, ([p, value]) => [
          p,
          (scale < 0 ? one.quantile(1 - p / 100) : value) * scale,
        ]),
      ),
    },
    quantile: (q) => one.quantile(at(q)) * scale,
    get sketch() {
      return scaledSketch(one.sketch, scale);
    },
    values() {
      const values = one.values();
      if (values === undefined) return undefined;
      const all = Array.from(values, ([value, weight]) => [value * scale, weight] as const);
      return scale < 0 ? all.reverse() : all;
    },
    countsAtOrBelow(bounds) {
      const all = this.values();
      if (all === undefined) return sketchCountsAtOrBelow(one.sketch, bounds, scale);
      const points = [...all];
      const values = Float64Array.from(points, ([value]) => value);
      const weights = Float64Array.from(points, ([, weight]) => weight);
      return countsAtOrBelow(values, weights, bounds);
    },
  };
}

/** Each bin goes where its value goes, so that the error of a value may grow to twice that of the sketch. */
function scaledSketch(sketch: Sketch, scale: number): Sketch {
  const scaled = new DDSketch();
  scaled.add(0, sketch.zeroCount);
  for (const [key, weight] of sketch.positiveBins()) scaled.add(binValue(key) * scale, weight);
  for (const [key, weight] of sketch.negativeBins()) scaled.add(-binValue(key) * scale, weight);
  const ends = [sketch.min * scale, sketch.max * scale];
  return {
    count: sketch.count,
    sum: sketch.sum * scale,
    min: Math.min(...ends),
    max: Math.max(...ends),
    zeroCount: sketch.zeroCount,
    positiveBins: () => scaled.positiveBins(),
    negativeBins: () => scaled.negativeBins(),
  };
}
