import type { FrontendAccount } from '../partial/partial.ts';
import type { LineCounts } from '../plugin.ts';
import {
  ACCOUNT_SLOTS,
  AGGREGATED,
  dropReasons,
  dropSlot,
  KERNEL_DROPPED,
  OVERFLOWED,
  PACKETS,
  RECEIVED,
  rejectReasons,
  rejectSlot,
} from '../protocol/reasons.ts';

interface Sums {
  readonly slots: Float64Array;
  readonly own: Map<string, number>;
}

/** What became of the lines of each front-end since the start. */
export interface LineTotals {
  add(accounts: Iterable<FrontendAccount>): void;
  /** Of one front-end, with `more` of it that is not added yet. */
  of(frontend: string, more?: Iterable<FrontendAccount>): LineCounts;
}

export function createLineTotals(): LineTotals {
  const all = new Map<string, Sums>();
  return {
    add(accounts) {
      for (const account of accounts) {
        const sums = all.get(account.frontend) ?? empty();
        all.set(account.frontend, sums);
        addTo(sums, account);
      }
    },
    of(frontend, more = []) {
      const known = all.get(frontend) ?? empty();
      const sums = { slots: Float64Array.from(known.slots), own: new Map(known.own) };
      for (const account of more) if (account.frontend === frontend) addTo(sums, account);
      return countsOf(sums);
    },
  };
}

function empty(): Sums {
  return { slots: new Float64Array(ACCOUNT_SLOTS), own: new Map() };
}

function addTo({ slots, own }: Sums, account: FrontendAccount): void {
  for (const [slot, value] of account.slots.entries()) slots[slot] = slots[slot]! + value;
  for (const [name, value] of account.counts) own.set(name, (own.get(name) ?? 0) + value);
}

function countsOf({ slots, own }: Sums): LineCounts {
  return {
    received: slots[RECEIVED]!,
    aggregated: slots[AGGREGATED]!,
    overflowed: slots[OVERFLOWED]!,
    rejected: byReason(rejectReasons, (reason) => slots[rejectSlot(reason)]!),
    dropped: byReason(dropReasons, (reason) => slots[dropSlot(reason)]!),
    kernelDropped: slots[KERNEL_DROPPED]!,
    packets: slots[PACKETS]!,
    own,
  };
}

/** Those that there were. */
function byReason<Reason extends string>(
  reasons: readonly Reason[],
  amountOf: (reason: Reason) => number,
): Map<string, number> {
  return new Map(reasons.map((reason) => [reason, amountOf(reason)] as const).filter(([, value]) => value > 0));
}
