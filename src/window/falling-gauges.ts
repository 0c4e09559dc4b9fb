import { grown } from '../kit/grow.ts';
import { NO_SERIES } from './series-table.ts';

/** Changes from which on a gauge that only ever fell is told: two may be the start of any gauge that goes up and down. */
const ENOUGH = 3;
/** It was set, or it rose. */
const ORDINARY = 0xff;

/**
 * Finds gauges of which nothing was ever heard but negative changes: a client that means the values of a negative gauge writes
 * them so (Micrometer's flavour "etsy"), and a constant -5 falls without end. One byte for each series.
 */
export interface FallingGauges {
  /** Makes room for series below `limit`. */
  fit(limit: number): void;
  /** A change that came to a gauge; true where it has only ever fallen. */
  changed(series: number, delta: number, wasSet: boolean): boolean;
  /** The series is no more. */
  forget(series: number): void;
  /** By old number, the new one or {@link NO_SERIES}. */
  renumber(renumbered: Uint32Array, room: number): void;
}

export function createFallingGauges(): FallingGauges {
  let falls = new Uint8Array(1024);
  return {
    fit(limit) {
      if (limit > falls.length) falls = grown(falls, limit);
    },
    changed(series, delta, wasSet) {
      const before = falls[series]!;
      if (wasSet || delta > 0) falls[series] = ORDINARY;
      else if (delta < 0 && before < ENOUGH) falls[series] = before + 1;
      return falls[series] === ENOUGH;
    },
    forget(series) {
      falls[series] = 0;
    },
    renumber(renumbered, room) {
      const before = falls;
      falls = new Uint8Array(room);
      for (let series = 0; series < renumbered.length; series++) {
        const now = renumbered[series]!;
        if (now !== NO_SERIES) falls[now] = before[series]!;
      }
    },
  };
}
