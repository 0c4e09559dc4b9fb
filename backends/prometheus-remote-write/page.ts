import type { Window } from '../../src/plugin.ts';
import type { Encoder, Family, Labels } from '../prometheus/exposition/encoder.ts';

/** All series so far, as a server that scrapes would find them: windows folded into one. */
export interface Page {
  /**
   * Adds a window. Counters with a time of their own are added to their sums, which were sent up to now; gauges with a time are not, and are
   * what `points` gives. Lets other work in between.
   */
  fold(window: Window): Promise<void>;
  /** All that is on it, family by family. Yields where other work may go on; nothing may be folded before the last step. */
  write(encoder: Encoder): Iterable<void>;
  /** Likewise what has left it since the last call, with its last values. */
  writeExpired(encoder: Encoder): Iterable<void>;
  /** The gauges of a window that came with times of their own, by the names that they have on the page. */
  points(window: Window): Iterable<GaugePoint>;
}

export interface GaugePoint {
  readonly family: Family;
  readonly labels: Labels;
  readonly value: number;
  /** Unix time in milliseconds. */
  readonly timestampMs: number;
}
