import type { PointInput } from './point-merge.ts';
import type { SetInput } from './set-merge.ts';
import type { TimerInput } from './timer-merge.ts';

/** A partial, and by section the series of each row. */
export type Input = TimerInput &
  SetInput &
  PointInput & { readonly counterSeries: Uint32Array; readonly gaugeSeries: Uint32Array };

/** Series that are looked at before other work may go on: 1 ms, where each one is looked up in memory that no cache holds. */
export const SERIES_AT_ONCE = 8192;

/** By old number, the new one or `NO_SERIES`; and room for those that there are, and as many again. */
export interface Renumbering {
  readonly renumbered: Uint32Array;
  readonly room: number;
}
