import type { Payload } from '../plugin.ts';
import type { SpoolLoss, SpoolReport } from '../telemetry/spool-report.ts';
import type { Address, Head } from './record.ts';

/**
 * Payloads on disk. Nobody waits for it but who asks for one that is only there: what is saved is written behind the caller's back, and
 * where the disk fails the caller is told that it has to keep what it has.
 */
export interface Spool {
  /** Resolves when the folder was taken, or cannot be: that is logged, and tried again every now and then. Never rejects. */
  readonly opened: Promise<void>;
  /** Milliseconds after which a payload in it is not worth sending any more. */
  readonly ageMs: number;
  /** Undefined where nothing can be written now, or too much waits for it. The payload's bytes are held until they are written. */
  save(address: Address, payload: Payload): Entry | undefined;
  /** Whether it is in a file, and not only on its way there. */
  written(entry: Entry): boolean;
  /** An attempt to send it may have been taken: whoever has it after a restart knows it too. */
  doubt(entry: Entry): void;
  /** The payload. Rejects where it cannot be read any more; then it is in the spool no more. */
  read(entry: Entry): Promise<Payload>;
  /** It waits no more. `delivered` after it was read back is a replay. */
  done(entry: Entry, delivered: boolean): void;
  /**
   * Those of a lane that nobody has, oldest first, once what was in the folder at the start is known. None where `wanted` gives false by
   * then: another one may be waiting for them too.
   */
  claim(address: Address, wanted?: () => boolean): Promise<readonly Entry[]>;
  /** Nobody has them any more: they wait for who claims them. */
  release(entries: Iterable<Entry>): void;
  /** The disk is tried now, and not some seconds after it failed. */
  retry(): void;
  /** Resolves when all that was saved is in the files, or could not be written. */
  flush(): Promise<void>;
  /** Also gives up what nobody claims and is too old. */
  takeReport(): SpoolReport;
  close(): Promise<void>;
}

/** A payload that is in the spool, or on its way there. */
export interface Entry extends Omit<Head, 'nameBytes' | 'ambiguous'> {
  ambiguous?: boolean;
  /** Called when it is not in the spool any more, though nobody was done with it. Set by who has it. */
  gone?: ((why: Gone) => void) | undefined;
}

export type Gone = { readonly reason: SpoolLoss } | { readonly reason: 'not_written'; readonly payload: Payload };
