/** Width of a bin: each is this much larger than the one below it. The Datadog Agent's 1 + 2/128. */
export const GAMMA = 1.015625;

/** ln γ as the Datadog Agent has it. */
const LN_GAMMA = 0.015504186535965254;

/** Largest relative error of {@link binValue}: 0.775 %, documented as 1 %. */
export const RELATIVE_ACCURACY = (GAMMA - 1) / (GAMMA + 1);

/** ln of what moves γ^k, the geometric middle of a bin, to where the errors to both bounds are equal. */
const LN_CENTRE = Math.log((2 * Math.sqrt(GAMMA)) / (GAMMA + 1));

/** Adding and subtracting 1.5 · 2^52 rounds a double to the nearest integer, halves to even. */
const ROUND = 6755399441055744;

/**
 * Bin of a finite magnitude above 0: round(ln v / ln γ), halves to even. From -48,015 for 5e-324 to 45,780 for 1.8e308.
 * The Datadog Agent's key without its bias of 1,338 (`pkg/util/quantile/config.go`).
 */
export function binKey(magnitude: number): number {
  return (Math.log(magnitude) / LN_GAMMA + ROUND - ROUND) | 0;
}

/**
 * The value between γ^(k-½) and γ^(k+½) that is within {@link RELATIVE_ACCURACY} of every value there.
 * Infinity in the last bin of the double range, where it lies beyond the largest double.
 */
export function binValue(key: number): number {
  return Math.exp(key * LN_GAMMA + LN_CENTRE);
}
