/** The spool's side of the story since the previous window, and what is in it. */
export interface SpoolReport {
  /** Of all files. */
  readonly bytes: number;
  readonly payloads: number;
  /** Whether nothing can be written. */
  readonly down: boolean;
  /** Payloads. */
  readonly written: number;
  /** Payloads that were read back and then delivered. */
  readonly replayed: number;
  /** Payloads that left it undelivered, by reason. */
  readonly dropped: ReadonlyMap<SpoolLoss, number>;
  readonly errors: number;
  /** Bytes that were no sound records. */
  readonly damagedBytes: number;
}

/** Why a payload left the spool undelivered: no room, too old, or its record cannot be read any more. */
export const spoolLosses = ['full', 'too_old', 'unreadable'] as const;
export type SpoolLoss = (typeof spoolLosses)[number];
