/** Schemas of native histograms: https://prometheus.io/docs/specs/native_histograms/ */
export const FINEST = 8;
/** Buckets that are a factor of 65,536 wide. */
export const COARSEST = -4;

/** The schema whose buckets grow by no more than `factor` (above 1), as far as there is one: that of `pickSchema` in client_golang. */
export function schemaOf(factor: number): number {
  const floor = Math.floor(Math.log2(Math.log2(factor)));
  return Math.min(Math.max(-floor, COARSEST), FINEST) + 0;
}

/** By schema: upper bounds 2^(i/n) of the n buckets from above 1 to 2. */
const bounds = new Map<number, Float64Array>();

function boundsOf(schema: number): Float64Array {
  const found = bounds.get(schema);
  if (found !== undefined) return found;
  const count = 2 ** schema;
  const made = Float64Array.from({ length: count }, (_, i) => 2 ** ((i + 1) / count));
  bounds.set(schema, made);
  return made;
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const LEAST_NORMAL = 2 ** -1022;

/**
 * Index of the bucket of a finite magnitude above 0: base^(i-1) < magnitude ≤ base^i, where base = 2^(2^-schema).
 */
export function bucketOf(magnitude: number, schema: number): number {
  const scaled = magnitude < LEAST_NORMAL ? magnitude * 2 ** 54 : magnitude;
  double[0] = scaled;
  const exponent = ((halves[1]! >>> 20) & 0x7ff) - 1023 - (scaled === magnitude ? 0 : 54);
  halves[1] = (halves[1]! & 0xfffff) | (1023 << 20);
  // From 1 up to 2; a power of two is the bound of the bucket below.
  const mantissa = double[0]!;
  if (schema <= 0) return Math.ceil((mantissa === 1 ? exponent : exponent + 1) / 2 ** -schema) + 0;
  const count = 2 ** schema;
  if (mantissa === 1) return exponent * count;
  const all = boundsOf(schema);
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]! < mantissa) low = middle + 1;
    else high = middle;
  }
  return exponent * count + low + 1;
}

/** The bucket that a bucket is part of where buckets are 2^`times` times as wide. */
export function coarser(index: number, times: number): number {
  return Math.ceil(index / 2 ** times) + 0;
}
