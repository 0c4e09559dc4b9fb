import { expect, it } from 'vitest';
import type { FrontendAccount } from '../../src/partial/partial.ts';
import {
  ACCOUNT_SLOTS,
  AGGREGATED,
  dropSlot,
  KERNEL_DROPPED,
  OVERFLOWED,
  PACKETS,
  RECEIVED,
  rejectSlot,
} from '../../src/protocol/reasons.ts';
import { createLineTotals } from '../../src/telemetry/line-totals.ts';

function account(frontend: string, values: ReadonlyMap<number, number>, counts = new Map<string, number>()) {
  const slots = new Float64Array(ACCOUNT_SLOTS);
  for (const [slot, value] of values) slots[slot] = value;
  return { frontend, slots, counts, examples: [] } satisfies FrontendAccount;
}

it('add up what became of lines, by front-end', () => {
  const totals = createLineTotals();
  const first = account(
    'udp',
    new Map([
      [RECEIVED, 10],
      [AGGREGATED, 6],
      [rejectSlot('bad_value'), 3],
      [dropSlot('overload'), 1],
      [PACKETS, 2],
    ]),
    new Map([['connections.opened', 1]]),
  );
  totals.add([first, account('tcp', new Map([[RECEIVED, 100]]))]);
  totals.add([
    account(
      'udp',
      new Map([
        [RECEIVED, 5],
        [AGGREGATED, 5],
        [OVERFLOWED, 2],
        [KERNEL_DROPPED, 7],
      ]),
      new Map([['connections.opened', 2]]),
    ),
  ]);
  expect(totals.of('udp')).toEqual({
    received: 15,
    aggregated: 11,
    overflowed: 2,
    rejected: new Map([['bad_value', 3]]),
    dropped: new Map([['overload', 1]]),
    kernelDropped: 7,
    packets: 2,
    own: new Map([['connections.opened', 3]]),
  });
});

it('tell with what is not added yet, and do not keep that', () => {
  const totals = createLineTotals();
  totals.add([account('udp', new Map([[RECEIVED, 10]]))]);
  const more = [account('udp', new Map([[RECEIVED, 1]])), account('tcp', new Map([[RECEIVED, 50]]))];
  expect(totals.of('udp', more).received).toBe(11);
  expect(totals.of('udp').received).toBe(10);
  expect(totals.of('nobody')).toMatchObject({ received: 0, rejected: new Map() });
});
