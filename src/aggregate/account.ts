import type { FrontendAccount, RejectExample } from '../partial/partial.ts';
import type { PacketOrigin } from '../plugin.ts';
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
  readonly frontend: string;
  received(lines: number): void;
  aggregated(lines: number): void;
  rejected(reason: RejectReason, lines: number): void;
  dropped(reason: DropReason, lines: number): void;
  overflowed(): void;
  kernelDropped(datagrams: number): void;
  packets(count: number): void;
  badValues(count: number): void;
  count(name: string, value: number, tags?: readonly string[]): void;
  /** Where the lines come from that are read from now on. */
  from(origin: PacketOrigin | undefined): void;
  /** Keeps `bytes[start, end)` as an example of what is rejected for this reason, unless there are enough: of known senders, where there are any. */
  example(reason: RejectReason, bytes: Uint8Array, start: number, end: number): void;
  /** A copy of the account, which goes on. */
  peek(): FrontendAccount;
  /** Gives the account and starts a new one. */
  swap(): FrontendAccount;
}

/** What is told of one line. */
export type LineOutcomes = Pick<
  LineAccount,
  'received' | 'aggregated' | 'rejected' | 'dropped' | 'overflowed' | 'badValues' | 'count' | 'example'
>;

export function createLineAccount(frontend: string): LineAccount {
  let slots = new Float64Array(ACCOUNT_SLOTS);
  let counts = new Map<string, number>();
  let examples: RejectExample[] = [];
  let origin: PacketOrigin | undefined;
  /** Of these the sender is not known. */
  let unknown = 0;

  function add(slot: number, amount: number): void {
    slots[slot] = slots[slot]! + amount;
  }

  return {
    frontend,
    received: (lines) => add(RECEIVED, lines),
    aggregated: (lines) => add(AGGREGATED, lines),
    rejected: (reason, lines) => add(rejectSlots.get(reason)!, lines),
    dropped: (reason, lines) => add(dropSlots.get(reason)!, lines),
    overflowed: () => add(OVERFLOWED, 1),
    packets: (count) => add(PACKETS, count),
    badValues: (count) => add(BAD_VALUES, count),
    kernelDropped: (datagrams) => add(KERNEL_DROPPED, datagrams),
    count(name, value, tags) {
      const key = tags === undefined ? name : [name, ...tags].join('\n');
      counts.set(key, (counts.get(key) ?? 0) + value);
    },
    from(next) {
      origin = next;
    },
    example(reason, bytes, start, end) {
      // The slot counts this one already.
      const isFull = slots[rejectSlots.get(reason)!]! > MAX_EXAMPLES;
      if (isFull && (unknown === 0 || origin === undefined)) return;
      const from = addressOf(origin);
      const at = isFull
        ? examples.findIndex((one) => one.reason === reason && one.from === undefined)
        : examples.length;
      if (at < 0 || (isFull && from === undefined)) return;
      examples[at] = { reason, line: textOf(bytes, start, end), ...(from === undefined ? {} : { from }) };
      unknown += (from === undefined ? 1 : 0) - (isFull ? 1 : 0);
    },
    peek: () => ({ frontend, slots: slots.slice(), counts: new Map(counts), examples: [...examples] }),
    swap() {
      const account = { frontend, slots, counts, examples };
      slots = new Float64Array(ACCOUNT_SLOTS);
      counts = new Map();
      examples = [];
      unknown = 0;
      return account;
    },
  };
}

/** Examples of each reason in one window: a flood of bad lines costs no more than these. */
const MAX_EXAMPLES = 8;
const MAX_BYTES = 200;

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const cut = end - start > MAX_BYTES;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, MAX_BYTES)).toString();
  // A character that was cut in two is left out.
  return cut ? `${text.replace(/\uFFFD{1,3}$/, '')}…` : text;
}

/** Address and port, in digits. */
export function addressOf({ address, port }: PacketOrigin = {}): string | undefined {
  if (address === undefined || address === '') return undefined;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
