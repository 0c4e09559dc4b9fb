import type { Partial } from '../partial/partial.ts';
import type { Account } from '../plugin.ts';
import { AGGREGATED, dropReasons, dropSlot, RECEIVED, rejectReasons, rejectSlot } from '../protocol/reasons.ts';

/** The lines of all front-ends and shards together. */
export function mergeAccounts(partials: readonly Partial[]): Account {
  const total = (slot: number) =>
    partials.reduce(
      (sum, partial) => sum + partial.accounts.reduce((inner, account) => inner + account.slots[slot]!, 0),
      0,
    );
  const byReason = <Reason extends string>(reasons: readonly Reason[], slotOf: (reason: Reason) => number) =>
    new Map(reasons.map((reason) => [reason, total(slotOf(reason))] as const).filter(([, lines]) => lines > 0));
  return {
    received: total(RECEIVED),
    aggregated: total(AGGREGATED),
    rejected: byReason(rejectReasons, rejectSlot),
    dropped: byReason(dropReasons, dropSlot),
  };
}
