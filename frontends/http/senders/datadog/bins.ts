import type { AgentSketch } from './records.ts';

/** Of the Agent's sketch, see `Sketch` of the contract: bin k holds values v with round(ln v / ln γ) = k − `BIAS`. */
const LN_GAMMA = Math.log(1.015625);
const BIAS = 1338;
/** Half a bin, short of the edge that rounding may take for the next one. */
const HALF = 0.499;

/**
 * Gives `add` weighted values that make the same bins again: one at the least value, one at the largest, and those of each bin at
 * its middle, all moved within their bins by one factor so that where all have one sign the sum comes close to the sketch's, too. False where
 * the sketch is no such thing, and then nothing was given.
 */
export function valuesOf(sketch: AgentSketch, add: (value: number, weight: number) => void): boolean {
  const { min, max, sum, keys } = sketch;
  if (!(min <= max) || ![min, max, sum].every(Number.isFinite)) return false;
  if (keys.length !== sketch.counts.length) return false;
  const counts = [...sketch.counts];
  let [first, last, total] = [-1, -1, 0];
  for (let bin = 0; bin < keys.length; bin++) {
    if (counts[bin] === 0) continue;
    total += counts[bin]!;
    if (first < 0 || keys[bin]! < keys[first]!) first = bin;
    if (last < 0 || keys[bin]! >= keys[last]!) last = bin;
  }
  if (total === 0) return false;
  add(min, 1);
  counts[first]!--;
  if (total === 1) return true;
  add(max, 1);
  counts[last]!--;

  const within = (value: number) => Math.min(Math.max(value, min), max);
  let rest = 0;
  for (let bin = 0; bin < keys.length; bin++) rest += counts[bin]! * within(valueAt(keys[bin]!, 0));
  const factor = (sum - min - max) / rest;
  const nudge = min >= 0 || max <= 0 ? Math.log(factor) / LN_GAMMA : 0;
  // Not a number where the sum has another sign than its values.
  const shift = Number.isNaN(nudge) ? 0 : Math.min(Math.max(nudge, -HALF), HALF);
  for (let bin = 0; bin < keys.length; bin++) {
    if (counts[bin]! > 0) add(within(valueAt(keys[bin]!, shift)), counts[bin]!);
  }
  return true;
}

/** The middle of a bin, moved outwards by a part of its width. */
function valueAt(key: number, shift: number): number {
  if (key === 0) return 0;
  return Math.sign(key) * Math.exp((Math.abs(key) - BIAS + shift) * LN_GAMMA);
}
