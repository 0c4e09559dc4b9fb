/** Of `uPlot.esm.js`, which the build puts beside the page: what the page uses. */
export type Column = readonly (number | null)[];

export interface Axis {
  show?: boolean;
  stroke?: string;
  font?: string;
  grid?: { show?: boolean; stroke?: string; width?: number };
  ticks?: { show?: boolean };
  /** Pixels. */
  size?: number;
  space?: number;
  gap?: number;
  values?: (chart: uPlot, splits: readonly number[]) => readonly string[];
}

export interface Options {
  width: number;
  height: number;
  padding?: readonly [number, number, number, number];
  series: readonly { stroke?: string; fill?: string; width?: number; points?: { show: boolean }; spanGaps?: boolean }[];
  scales: {
    x: { range: (chart: uPlot) => readonly [number, number] };
    y: { range: (chart: uPlot, min: number | null, max: number | null) => readonly [number, number] };
  };
  axes: readonly Axis[];
  legend: { show: boolean };
  cursor: {
    x?: boolean;
    y?: boolean;
    drag?: { x: boolean; y: boolean };
    points?: { size?: number };
  };
  hooks?: { setCursor?: readonly ((chart: uPlot) => void)[] };
}

export default class uPlot {
  constructor(options: Options, data: readonly Column[], target: HTMLElement);
  readonly data: readonly Column[];
  /** Of the point under the pointer; null where there is none. */
  readonly cursor: { readonly idx?: number | null };
  /** What is drawn, without axes. */
  readonly over: HTMLElement;
  /** Pixels from the left of what is drawn. */
  valToPos(value: number, scale: 'x'): number;
  setData(data: readonly Column[]): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
}
