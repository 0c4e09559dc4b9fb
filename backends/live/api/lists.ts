import type { RejectedEntry, RejectedLines } from '../store/rejected.ts';
import type { Top } from '../store/top.ts';

export interface RejectedAnswer {
  /** Different lines that are kept. */
  readonly total: number;
  /** The latest first. */
  readonly lines: readonly RejectedEntry[];
}

export function rejectedAnswer(rejected: RejectedLines, limit: number): RejectedAnswer {
  const lines = rejected.list();
  return { total: lines.length, lines: lines.slice(0, limit) };
}

/** A shorter list of the same names. */
export function topAnswer(top: Top, limit: number): Top {
  const names = top.names.slice(0, limit);
  return { ...top, names, more: top.more + top.names.length - names.length };
}
