import type { Steps } from '../kit/slices.ts';
import { readMembers } from '../partial/members.ts';
import type { Partial } from '../partial/partial.ts';
import { hashBytes, hashHigh, hashLow } from '../sketch/hash.ts';
import { HyperLogLog } from '../sketch/hyperloglog.ts';

export interface SetInput {
  readonly partial: Pick<Partial, 'sets'>;
  /** Series of each row of the set section. */
  readonly setSeries: Uint32Array;
}

/** Distinct members of each set over all shards. */
export interface SetMerge {
  /** One number for each of `rows`. */
  count(
    inputs: readonly SetInput[],
    rows: Uint32Array,
    seriesLimit: number,
    limits: { readonly setMembersPerSeries: number },
  ): Steps<Float64Array>;
}

/** Rows, or sketches, that are looked at before other work may go on. */
const ROWS_AT_ONCE = 8192;
const SKETCHES_AT_ONCE = 16;

/** Members of a set that came from several shards or spellings. */
interface Union {
  readonly exact: Set<string>;
  sketch: HyperLogLog | undefined;
}

export function createSetMerge(): SetMerge {
  return {
    *count(inputs, rows, seriesLimit, limits) {
      if (rows.length === 0) return new Float64Array(0);
      const sources = new Uint32Array(seriesLimit);
      const counts = new Uint32Array(seriesLimit);
      const unions = new Map<number, Union>();
      for (const { partial, setSeries } of inputs) {
        for (const series of setSeries) sources[series] = sources[series]! + 1;
        for (const row of partial.sets.sketchRows)
          unions.set(setSeries[row]!, { exact: new Set(), sketch: new HyperLogLog() });
      }
      for (let row = 0; row < rows.length; row++) {
        if (row % ROWS_AT_ONCE === 0) yield;
        const series = rows[row]!;
        if (sources[series]! > 1 && !unions.has(series)) unions.set(series, { exact: new Set(), sketch: undefined });
      }
      for (const { partial, setSeries } of inputs) {
        const { sketchRows, sketches } = partial.sets;
        for (const [index, row] of sketchRows.entries()) {
          if (index % SKETCHES_AT_ONCE === 0) yield;
          unions.get(setSeries[row]!)!.sketch!.merge(new HyperLogLog(sketches[index]!));
        }
        yield* readMembers(partial.sets, (row, bytes, start, end) => {
          const series = setSeries[row]!;
          const union = unions.size === 0 ? undefined : unions.get(series);
          if (union === undefined) counts[series] = counts[series]! + 1;
          else addMember(union, bytes, start, end, limits.setMembersPerSeries);
        });
      }
      const sizes = new Float64Array(rows.length);
      for (let row = 0; row < rows.length; row++) {
        if (row % (unions.size === 0 ? ROWS_AT_ONCE : SKETCHES_AT_ONCE) === 0) yield;
        const series = rows[row]!;
        const union = unions.size === 0 ? undefined : unions.get(series);
        sizes[row] = union === undefined ? counts[series]! : sizeOf(union);
      }
      return sizes;
    },
  };
}

function addMember(union: Union, bytes: Buffer, start: number, end: number, exactLimit: number): void {
  if (union.sketch === undefined) {
    union.exact.add(latin1(bytes, start, end));
    if (union.exact.size <= exactLimit) return;
    union.sketch = new HyperLogLog();
    for (const member of union.exact) addToSketch(union.sketch, Buffer.from(member, 'latin1'), 0, member.length);
    union.exact.clear();
  }
  addToSketch(union.sketch, bytes, start, end);
}

function addToSketch(sketch: HyperLogLog, bytes: Uint8Array, start: number, end: number): void {
  hashBytes(bytes, start, end);
  sketch.add(hashHigh(), hashLow());
}

function sizeOf(union: Union): number {
  return union.sketch === undefined ? union.exact.size : Math.round(union.sketch.estimate());
}

/** A string that is equal for equal bytes, valid UTF-8 or not. */
function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}
