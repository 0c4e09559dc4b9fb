import type { TappedLine } from '../plugin.ts';
import type { RejectReason } from '../protocol/reasons.ts';

/** Copies of lines, on their way from the thread that read them to the main thread, which says what becomes of them. */
export interface CopiesMessage {
  readonly kind: 'copies';
  readonly frontend: string;
  /** Of taps. */
  readonly ids: readonly number[];
  /** All lines one after the other, without their LF. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lines: readonly LineCopy[];
  readonly budget: Int32Array;
  /** Taken from the budget, and given back once the lines have been handed over. */
  readonly cost: number;
}

export interface LineCopy {
  /** Where in `bytes` it ends. */
  readonly end: number;
  /** Bit i: the tap with `ids[i]` is to have it. */
  readonly mask: number;
  readonly from: string | undefined;
  /** Of a sample that was no line: what became of it. */
  readonly sample: SampleOutcome | undefined;
}

export interface SampleOutcome {
  readonly name: string;
  /** Why it was refused. */
  readonly rejected: RejectReason | undefined;
}

/** The same to the dispatch thread, where the taps are. */
export interface TappedMessage {
  readonly kind: 'tapped';
  readonly ids: readonly number[];
  readonly lines: readonly TappedLine[];
  /** Of each line. */
  readonly masks: readonly number[];
  readonly budget: Int32Array;
  readonly cost: number;
}
