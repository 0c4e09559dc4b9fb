import { binKey, binValue } from '../../../src/kit/sketch-bins.ts';
import type { KeyWeights } from './key-weights.ts';

/** Above the largest magnitude of the keys of bins, which are -48,015 to 45,780. */
const OFFSET = 65_536;

/** Bins that one summary keeps, as a sketch does. */
export const MAX_KEYS = 4096;

/** One number for a bin of any sign, which ascends as the values do: 0 for zero, positive for positive values. `bin`: of the magnitude. */
export function signedKey(sign: 1 | -1, bin: number): number {
  return sign * (bin + OFFSET);
}

/** Of a finite value. */
export function keyOf(value: number): number {
  if (value > 0) return signedKey(1, binKey(value));
  return value < 0 ? signedKey(-1, binKey(-value)) : 0;
}

/** The value that a bin stands for, within 0.78 % of all of its values. */
export function standsFor(key: number): number {
  if (key === 0) return 0;
  const magnitude = Math.min(binValue(Math.abs(key) - OFFSET), Number.MAX_VALUE);
  return key > 0 ? magnitude : -magnitude;
}

/** Adds the smallest of the positive magnitudes to the next one; where there are not two of them, of the negative ones. */
export function foldLowest(weights: KeyWeights): void {
  const positive = weights.search(1);
  if (positive < weights.size - 1) weights.fold(positive, 1);
  else weights.fold(weights.search(0) - 1, -1);
}
