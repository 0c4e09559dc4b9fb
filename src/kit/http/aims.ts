import type { Endpoint } from './endpoint.ts';

/** How long bodies should be before compression, by what earlier ones became. */
export interface Aims {
  /** Bytes. */
  of(endpoint: Endpoint): number;
  /** A body of `raw` bytes has become one of `packed`. */
  learn(endpoint: Endpoint, raw: number, packed: number): void;
}

/** Of a request's limit: bodies differ. */
const SHARE = 0.8;
/** Bytes of a body from which on it says something about others. */
const TELLING = 64 * 1024;
/** A guess for what was never compressed yet. */
const FIRST_RATIO = 4;

/**
 * A body that is over the limit once it is compressed is divided, and its halves are compressed again: tags of random text, which
 * shrink to two thirds, took four times the CPU and 40 MB more that way.
 */
export function createAims(): Aims {
  const ratios = new Map<string, number>();
  return {
    of: ({ lane, compressed, maxBytes, maxRawBytes }) =>
      compressed
        ? Math.min(maxRawBytes, Math.floor(maxBytes * SHARE * (ratios.get(lane) ?? FIRST_RATIO)))
        : maxRawBytes,
    learn({ lane }, raw, packed) {
      if (raw >= TELLING) ratios.set(lane, raw / packed);
    },
  };
}
