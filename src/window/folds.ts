import type { Partial, Refused } from '../partial/partial.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';
import type { SeriesTable } from './series-table.ts';

/** Counts the raw keys of one window that share an overflow series. */
export interface Folds {
  /** The series of the rows of a section: a raw key has one row. */
  count(rows: Uint32Array): void;
  /** How many there are, with those that the shards of these partials refused, and starts the next window. */
  take(partials: readonly Partial[]): number;
}

export function createFolds(table: Pick<SeriesTable, 'overflows' | 'isOverflow'>): Folds {
  let folded = 0;

  return {
    count(rows) {
      if (table.overflows === 0) return;
      for (let row = 0; row < rows.length; row++) if (table.isOverflow(rows[row]!)) folded++;
    },
    take(partials) {
      const refused = partials.map((partial) => partial.refused);
      // The overflow keys of shards are no refused keys.
      const taken = folded + refusedKeys(refused) - refused.reduce((sum, { rows }) => sum + rows, 0);
      folded = 0;
      return taken;
    },
  };
}

/** A key that several shards refused is one. */
function refusedKeys(refused: readonly Refused[]): number {
  const union = new HyperLogLog();
  let isEmpty = true;
  for (const { keys } of refused) {
    if (keys === undefined) continue;
    union.merge(new HyperLogLog(keys));
    isEmpty = false;
  }
  return isEmpty ? 0 : Math.round(union.estimate());
}
