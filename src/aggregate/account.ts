import type { FrontendAccount } from '../partial/partial.ts';
import {
  ACCOUNT_SLOTS,
  AGGREGATED,
  BAD_VALUES,
  type DropReason,
  dropReasons,
  dropSlot,
  KERNEL_DROPPED,
  OVERFLOWED,
  PACKETS,
  RECEIVED,
  type RejectReason,
  rejectReasons,
  rejectSlot,
} from '../protocol/reasons.ts';

const rejectSlots = new Map<RejectReason, number>(rejectReasons.map((reason) => [reason, rejectSlot(reason)]));
const dropSlots = new Map<DropReason, number>(dropReasons.map((reason) => [reason, dropSlot(reason)]));

/** The lines of one front-end in one window, by what became of them. */
export interface LineAccount {
  received(lines: number): void;
  aggregated(lines: number): void;
  rejected(reason: RejectReason, lines: number): void;
  dropped(reason: DropReason, lines: number): void;
  overflowed(): void;
  kernelDropped(datagrams: number): void;
  packets(count: number): void;
  badValues(count: number): void;
  count(name: string, value: number): void;
  /** Gives the account and starts a new one. */
  swap(): FrontendAccount;
}

export function createLineAccount(frontend: string): LineAccount {
  let slots = new Float64Array(ACCOUNT_SLOTS);
  let counts = new Map<string, number>();

  function add(slot: number, amount: number): void {
    slots[slot] = slots[slot]! + amount;
  }

  return {
    received: (lines) => add(RECEIVED, lines),
    aggregated: (lines) => add(AGGREGATED, lines),
    rejected: (reason, lines) => add(rejectSlots.get(reason)!, lines),
    dropped: (reason, lines) => add(dropSlots.get(reason)!, lines),
    overflowed: () => add(OVERFLOWED, 1),
    packets: (count) => add(PACKETS, count),
    badValues: (count) => add(BAD_VALUES, count),
    kernelDropped: (datagrams) => add(KERNEL_DROPPED, datagrams),
    count: (name, value) => counts.set(name, (counts.get(name) ?? 0) + value),
    swap() {
      const account = { frontend, slots, counts };
      slots = new Float64Array(ACCOUNT_SLOTS);
      counts = new Map();
      return account;
    },
  };
}
