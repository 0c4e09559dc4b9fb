import type { LineCounts, ServerStatus } from '../../../src/plugin.ts';

/** Lines since the start, of all front-ends; `kernelDropped` are datagrams. */
export interface Totals {
  readonly received: number;
  readonly aggregated: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly kernelDropped: number;
}

/** What a front-end has counted. */
export interface Counted {
  readonly name: string;
  readonly counts: LineCounts;
}

export function totalsOf(frontends: readonly Counted[]): Totals {
  const totals = { received: 0, aggregated: 0, rejected: 0, dropped: 0, kernelDropped: 0 };
  for (const { counts } of frontends) {
    totals.received += counts.received;
    totals.aggregated += counts.aggregated;
    totals.rejected += sum(counts.rejected);
    totals.dropped += sum(counts.dropped);
    totals.kernelDropped += counts.kernelDropped;
  }
  return totals;
}

/** What was never delivered since the start: windows, and series, events and checks of others. What was in payloads that were given up is among them. */
export function undelivered({ backends }: ServerStatus): number {
  return backends.reduce((lost, { lostWindows, lostItems }) => lost + sum(lostWindows) + sum(lostItems), 0);
}

export function overflowed(frontends: readonly Counted[]): number {
  return frontends.reduce((lines, { counts }) => lines + counts.overflowed, 0);
}

export function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
