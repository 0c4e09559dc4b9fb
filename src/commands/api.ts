/** What the API of the back-end `live` answers (docs/LIVE.md), as far as the terminal shows it. Times are Unix milliseconds. */

export interface Rates {
  readonly received: number;
  readonly aggregated: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly kernelDropped: number;
}

export interface ServerState {
  readonly verdict: {
    readonly level: 'good' | 'warning' | 'bad';
    readonly text: string;
    readonly advice: readonly string[];
  };
  readonly time: number;
  readonly version: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly ready: boolean;
  /** A second. */
  readonly rates: Rates;
  readonly totals: Rates;
  readonly frontends: readonly FrontendState[];
  readonly backends: readonly BackendState[];
  readonly series: number;
  readonly process: {
    /** Cores; null before the first window. */
    readonly cpu: number | null;
    readonly rssBytes: number;
    readonly lagMs: number | null;
  };
}

export interface FrontendState {
  readonly name: string;
  readonly receiving: boolean;
  /** Lines a second. */
  readonly rate: number;
  readonly received: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly kernelDropped: number;
  /** Open now; null where they are not counted. */
  readonly connections: number | null;
}

interface Failure {
  readonly atMs: number;
  readonly message: string;
}

export interface BackendState {
  readonly name: string;
  readonly state: string;
  readonly queueWindows: number;
  readonly queueAgeMs: number;
  readonly sends: number;
  readonly failures: number;
  readonly lostWindows: Readonly<Record<string, number>>;
  readonly lostItems: Readonly<Record<string, number>>;
  readonly lastSuccessMs: number | null;
  readonly lastError: Failure | null;
  readonly lanes: readonly LaneState[];
}

export interface LaneState {
  readonly name: string;
  readonly payloads: number;
  readonly ageMs: number;
  /** Payloads on disk. */
  readonly spooled: number;
  readonly down: boolean;
  readonly delivered: number;
  readonly givenUp: Readonly<Record<string, number>>;
  readonly lastSuccessMs: number | null;
  readonly lastError: Failure | null;
}

export interface RejectedLines {
  /** The latest first. */
  readonly lines: readonly {
    readonly line: string;
    readonly reason: string;
    readonly advice: string;
    readonly frontend: string;
    readonly from: string | null;
    readonly atMs: number;
    readonly times: number;
  }[];
}

export type Order = 'lines' | 'series';

export interface TopNames {
  readonly by: Order;
  readonly windowMs: number;
  readonly names: readonly TopName[];
  /** Names that are left out. */
  readonly more: number;
}

export interface TopName {
  readonly name: string;
  readonly type: string;
  readonly linesPerSecond: number;
  readonly series: number;
  /** The tag key with the most values. */
  readonly tag: { readonly key: string; readonly values: number; readonly samples: readonly string[] } | null;
}

export interface TappedLines {
  readonly lines: readonly {
    readonly frontend: string;
    readonly from?: string | null;
    readonly line: string;
    readonly outcome: string;
    readonly reason?: string | null;
    readonly advice?: string | null;
    readonly names: readonly string[];
  }[];
  /** Since the tap began. */
  readonly skipped: number;
}
