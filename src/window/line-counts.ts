import { grown } from '../kit/grow.ts';
import { inParts, type Steps } from '../kit/slices.ts';
import { NO_SERIES } from './series-table.ts';

/** Of how many lines each series of a window was in. Where nobody wants to know it holds nothing and counts nothing. */
export interface LineCounts {
  /** Whether they are counted from the next window on. */
  want(wanted: boolean): void;
  /** A window begins. */
  openWindow(): void;
  /** Adds those of a section, whose rows are of these series; of a series below `limit` that the window had not seen before, too. */
  add(lines: Uint32Array | undefined, series: Uint32Array, limit: number): Steps<void>;
  /** By row; undefined where they are not counted. */
  column(rows: Uint32Array): Steps<Uint32Array | undefined>;
  /** By old number, the new one or {@link NO_SERIES}. */
  renumber(renumbered: Uint32Array, room: number): void;
}

/** Series that are looked at before other work may go on, see `merge.ts`. */
const SERIES_AT_ONCE = 8192;

export function createLineCounts(): LineCounts {
  let isWanted = false;
  let isCounting = false;
  /** By series. Whole: of a million series a window loses 1 ms to zeros. */
  let counts = new Uint32Array(0);
  return {
    want(wanted) {
      isWanted = wanted;
    },
    openWindow() {
      isCounting = isWanted;
      if (isCounting) counts.fill(0);
      else if (counts.length > 0) counts = new Uint32Array(0);
    },
    *add(lines, series, limit) {
      if (!isCounting || lines === undefined) return;
      if (counts.length < limit) counts = grown(counts, limit);
      yield* inParts(lines.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) {
          const one = series[row]!;
          counts[one] = counts[one]! + lines[row]!;
        }
      });
    },
    *column(rows) {
      if (!isCounting) return undefined;
      const column = new Uint32Array(rows.length);
      yield* inParts(rows.length, SERIES_AT_ONCE, (from, to) => {
        for (let row = from; row < to; row++) column[row] = counts[rows[row]!] ?? 0;
      });
      return column;
    },
    renumber(renumbered, room) {
      if (counts.length === 0) return;
      const before = counts;
      counts = new Uint32Array(room);
      for (let series = 0; series < renumbered.length; series++) {
        const now = renumbered[series]!;
        if (now !== NO_SERIES) counts[now] = before[series] ?? 0;
      }
    },
  };
}
