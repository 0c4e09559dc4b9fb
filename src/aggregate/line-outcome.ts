import type { RejectReason } from '../protocol/reasons.ts';
import type { Scan } from '../protocol/scan.ts';
import type { LineAccount } from './account.ts';
import type { ShardCore } from './core.ts';

/** Takes a line out of the store's memory and accounts for what became of it. */
export interface LineTaker {
  /** `bytes[start, end)` is a line without its LF. */
  take(bytes: Uint8Array, start: number, end: number): void;
  /** Longest line in bytes; until it is called nothing is taken. */
  setLineLength(bytes: number): void;
}

/** Lines that could not be read. In the original's terms each has one bad value. */
export function reject(account: LineAccount, reason: RejectReason, lines: number): void {
  account.rejected(reason, lines);
  account.badValues(lines);
}

/** Adds a line that was received and read. */
export function addScanned(core: ShardCore, account: LineAccount, scan: Scan): void {
  const refusal = core.add(scan, account);
  if (refusal === undefined) account.aggregated(1);
  else if ('rejected' in refusal) reject(account, refusal.rejected, 1);
  else account.dropped(refusal.dropped, 1);
}
