import { atOnce } from '../kit/slices.ts';
import { readMembers } from '../partial/members.ts';
import type { Partial } from '../partial/partial.ts';

/** What the samples of one series in one line come to, sample rates applied. */
export type Amount =
  | { readonly adds: number }
  | { readonly set: number }
  | { readonly changes: number }
  | { readonly values: readonly WeightedValue[] }
  | { readonly members: readonly string[] }
  | { readonly value: number; readonly timestamp: number };

export interface WeightedValue {
  readonly value: number;
  readonly weight: number;
}

/** By the id of the key, as they stand in the partial of one line. */
export function amountsIn(partial: Partial): readonly { readonly id: number; readonly amount: Amount }[] {
  const { counters, gauges, timers, sets, points } = partial;
  const rows = <T>({ length }: { readonly length: number }, make: (row: number) => T) =>
    Array.from({ length }, (_, row) => make(row));
  const values: WeightedValue[][] = rows(timers, () => []);
  for (const { length, rows: rowOf, values: all, weights } of timers.chunks) {
    for (let at = 0; at < length; at++) values[rowOf[at]!]!.push({ value: all[at]!, weight: weights?.[at] ?? 1 });
  }
  const members: string[][] = rows(sets, () => []);
  atOnce(readMembers(sets, (row, bytes, start, end) => members[row]!.push(bytes.toString('utf8', start, end))));
  const changes = new Map<number, number>();
  for (let at = 0; at < gauges.deltaLength; at++) {
    const row = gauges.deltaRows[at]!;
    changes.set(row, (changes.get(row) ?? 0) + gauges.deltas[at]!);
  }
  const gauge = (row: number): Amount => {
    const change = changes.get(row) ?? 0;
    return gauges.setAt[row] === Number.NEGATIVE_INFINITY ? { changes: change } : { set: gauges.values[row]! + change };
  };
  return [
    ...rows(counters, (row) => ({ id: counters.ids[row]!, amount: { adds: counters.sums[row]! } })),
    ...rows(gauges, (row) => ({ id: gauges.ids[row]!, amount: gauge(row) })),
    ...rows(timers, (row) => ({ id: timers.ids[row]!, amount: { values: values[row]! } })),
    ...rows(sets, (row) => ({ id: sets.ids[row]!, amount: { members: members[row]! } })),
    ...rows(points, (row) => ({
      id: points.ids[row]!,
      amount: { value: points.values[row]!, timestamp: points.timestamps[row]! },
    })),
  ];
}
