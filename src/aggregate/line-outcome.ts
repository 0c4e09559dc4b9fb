import type { RejectReason } from '../protocol/reasons.ts';
import type { Scan } from '../protocol/scan.ts';
import type { LineOutcomes } from './account.ts';
import type { LineCore } from './core.ts';

/** Takes a line out of the store's memory and accounts for what became of it. */
export interface LineTaker {
  /** `bytes[start, end)` is a line without its LF. */
  take(bytes: Uint8Array, start: number, end: number): void;
  /** Longest line in bytes; until it is called nothing is taken. */
  setLineLength(bytes: number): void;
}

/** Lines that could not be read. In the original's terms each has one bad value. */
export function reject(account: LineOutcomes, reason: RejectReason, lines: number): void {
  account.rejected(reason, lines);
  account.badValues(lines);
}

/** A line that could not be read, and is there to be shown. */
export function rejectLine(
  account: LineOutcomes,
  reason: RejectReason,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  reject(account, reason, 1);
  account.example(reason, bytes, start, end);
}

/** Adds a line that was received and read. Gives the reason when it was rejected all the same. */
export function addScanned(core: LineCore, account: LineOutcomes, scan: Scan): RejectReason | undefined {
  const refusal = core.add(scan, account);
  if (refusal === undefined) account.aggregated(1);
  else if ('dropped' in refusal) account.dropped(refusal.dropped, 1);
  else return refusal.rejected;
  return undefined;
}
