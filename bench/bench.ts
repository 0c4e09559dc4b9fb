/** What a bench is made of. `run.ts` knows the benches by name, `report.ts` prints what they give. */

/** Median and range of one figure over the runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Column {
  /** In the result file. */
  readonly key: string;
  /** In the tables, with the unit. */
  readonly label: string;
  readonly digits: number;
}

/** One program under one workload. */
export interface Row {
  readonly workload: string;
  readonly subject: string;
  /** By the key of the column. */
  readonly figures: Readonly<Record<string, Spread>>;
}

/** What one run of one program measured, by the key of the column. */
export type Figures = Readonly<Record<string, number>>;

/** One program under one workload, to be run several times. */
export interface Case {
  readonly workload: string;
  readonly subject: string;
  /** Starts what it needs in processes of its own, measures for `seconds` after warming up, leaves nothing running. */
  run(seconds: number): Promise<Figures>;
}

/** In one workload, statsdrain's figure must be at most `atMost` times the peer's, or without one at most `atMost`. */
export interface Guard {
  readonly workload: string;
  readonly column: string;
  readonly peer?: string;
  readonly atMost: number;
}

export interface Bench {
  readonly name: string;
  /** What is measured and how, for the reader of the table. */
  readonly description: string;
  /** The first is a cost: statsdrain is better where the others are above it. */
  readonly columns: readonly Column[];
  /** Wide enough for a noisy machine: they find a change of kind, not of degree. */
  readonly guards: readonly Guard[];
  /** Runs in a full measurement, where it is not the usual number. */
  readonly runs?: number;
  /** The cases, and a sentence for each that cannot be measured here. */
  cases(): Promise<{ readonly cases: readonly Case[]; readonly left: readonly string[] }>;
}

export interface BenchResult {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Before anything is measured: the engine compiles, tables grow. */
export const WARM_UP_SECONDS = 1;

/** The subject that all others are compared with. */
export const STATSDRAIN = 'statsdrain';
