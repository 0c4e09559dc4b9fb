import type { Limits } from '../config/settings.ts';
import type { Event, PacketOrigin, ServiceCheck } from '../plugin.ts';
import type { SETS } from '../protocol/codes.ts';
import type { DropReason, RejectReason } from '../protocol/reasons.ts';
import type { Scan } from '../protocol/scan.ts';
import type { RowKind } from '../protocol/types.ts';
import type { LineOutcomes } from './account.ts';
import type { Store } from './store.ts';

/** What lines are added to. */
export interface LineCore {
  /** `input`: where the line is, with room behind it for what is not kept as it was sent, see `SCRATCH_OFFSET`. */
  store(): Pick<Store, 'input'>;
  /** Adds what was scanned in the store's memory. Gives the reason when the line has to be refused. */
  add(scan: Scan, account: LineOutcomes): Refusal | undefined;
  addEvent(event: Event): boolean;
  addServiceCheck(check: ServiceCheck): boolean;
}

/** What an intake needs of its shard. */
export interface ShardCore extends LineCore {
  limits(): Limits;
  /** Where keys and rows are. Another one after the end of a window in which nearly all keys were idle. */
  store(): Store;
  /** The same, but null while somebody watches: who compares stores anyway asks for both at once. */
  unwatchedStore(): Store | null;
  /** Undefined while nobody watches. */
  watch(): Watch | undefined;
  /** Number of the window that is being collected. */
  window(): number;
  now(): number;
  /** Adds a number to a key that is known and whose rows are of this kind. False where there is no memory. */
  addNumber(key: number, kind: NumberKind, value: number, weight: number): boolean;
}

/** Sees what intakes are given: lines before they are read, samples afterwards. It must not throw. */
export interface Watch {
  lines(frontend: string, bytes: Uint8Array, start: number, end: number, from: PacketOrigin | undefined): void;
  /** `text` gives it as a line. */
  sample(frontend: string, name: string, rejected: RejectReason | undefined, text: () => string): void;
}

/** Rows that take numbers; the others take members. */
export type NumberKind = Exclude<RowKind, typeof SETS>;

export type Refusal = { readonly rejected: RejectReason } | { readonly dropped: DropReason };
