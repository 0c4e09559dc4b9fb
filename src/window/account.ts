import type { Partial } from '../partial/partial.ts';
import type { Account, RejectedLine } from '../plugin.ts';
import {
  AGGREGATED,
  adviceFor,
  dropReasons,
  dropSlot,
  RECEIVED,
  type RejectReason,
  rejectReasons,
  rejectSlot,
} from '../protocol/reasons.ts';

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
    examples: examplesOf(partials),
  };
}

/** Examples of each reason that a window carries. */
const MAX_EXAMPLES = 8;

function examplesOf(partials: readonly Partial[]): RejectedLine[] {
  const counts = new Map<RejectReason, number>();
  const examples: RejectedLine[] = [];
  for (const { frontend, examples: own } of partials.flatMap((partial) => partial.accounts)) {
    for (const example of own) {
      const count = counts.get(example.reason) ?? 0;
      counts.set(example.reason, count + 1);
      if (count < MAX_EXAMPLES)
        examples.push({ frontend, ...example, advice: adviceFor(example.reason, example.line) });
    }
  }
  return examples;
}
