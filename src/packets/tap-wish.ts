/** What a tap looks for in what comes in. */
export interface TapWish {
  /** No other tap has ever had it. */
  readonly id: number;
  /** Its place in the budget, from 0 to {@link MOST_TAPS} - 1. One that is over leaves it to another. */
  readonly slot: number;
  /** A glob over names; empty: all lines. */
  readonly name: string;
  /** Name of a front-end; empty: all. */
  readonly frontend: string;
  /** Lines a second. */
  readonly limit: number;
}

/** Taps at a time: a line's are the bits of one number. */
export const MOST_TAPS = 8;

/** Lines a second of one tap, and of all of them: each line is read once more, to say what becomes of it, in about 30 µs. */
export const MOST_LINES = 1000;
