/** Buckets of a native histogram as client_model has them: runs of buckets without a gap, and the weights of all of them. */
export interface NativeBuckets {
  /** `offset` is the index of the first bucket or, from the second run on, how many buckets are left out before it. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly weights: readonly number[];
}

/** As many empty buckets take no more room than a new run: the choice of github.com/prometheus/client_golang. */
const LARGEST_FILLED_GAP = 2;

/** `buckets`: index and weight, ascending by index. */
export function nativeBuckets(buckets: Iterable<readonly [index: number, weight: number]>): NativeBuckets {
  const spans: { readonly offset: number; length: number }[] = [];
  const weights: number[] = [];
  let next = 0;
  for (const [index, weight] of buckets) {
    const last = spans.at(-1);
    const gap = index - next;
    if (last === undefined || gap > LARGEST_FILLED_GAP) {
      spans.push({ offset: gap, length: 1 });
    } else {
      for (let i = 0; i < gap; i++) weights.push(0);
      last.length += gap + 1;
    }
    weights.push(weight);
    next = index + 1;
  }
  return { spans, weights };
}
