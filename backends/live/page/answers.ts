/** What the API answers, as docs/LIVE.md describes it. Times are Unix milliseconds. */
export type Counts = Readonly<Record<string, number>>;

export interface Verdict {
  readonly level: 'good' | 'warning' | 'bad';
  readonly text: string;
  /** The most urgent first. */
  readonly advice: readonly string[];
}

export interface Totals {
  readonly received: number;
  readonly aggregated: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly kernelDropped: number;
}

export interface Frontend {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  readonly receiving: boolean;
  /** Lines a second. */
  readonly rate: number;
  readonly received: number;
  readonly overflowed: number;
  readonly rejected: Counts;
  readonly dropped: Counts;
  readonly kernelDropped: number;
  readonly connections: number | null;
}

export interface Failure {
  readonly atMs: number;
  readonly message: string;
}

export interface Lane {
  readonly name: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly ageMs: number;
  readonly spooled: number;
  readonly down: boolean;
  readonly delivered: number;
  readonly givenUp: Counts;
  readonly lastSuccessMs: number | null;
  readonly lastError: Failure | null;
}

export interface Backend {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  readonly running: boolean;
  readonly state: 'delivering' | 'waiting' | 'failing' | 'down' | 'starting';
  readonly queueWindows: number;
  readonly queueBytes: number;
  readonly queueAgeMs: number;
  /** Windows delivered. */
  readonly sends: number;
  readonly failures: number;
  readonly lostWindows: Counts;
  readonly lostItems: Counts;
  readonly lastSuccessMs: number | null;
  readonly lastError: Failure | null;
  readonly lanes: readonly Lane[];
}

export interface Status {
  readonly verdict: Verdict;
  readonly time: number;
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly configFile: string;
  readonly ready: boolean;
  readonly intervalMs: number;
  /** A second. */
  readonly rates: Totals;
  /** Since the start. */
  readonly totals: Totals;
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
  readonly series: number;
  readonly process: { readonly cpu: number | null; readonly rssBytes: number; readonly lagMs: number | null };
}

/** One point a window, the oldest first. */
export interface History {
  readonly times: readonly number[];
  /** A second. */
  readonly lines: readonly (number | null)[];
  readonly series: readonly (number | null)[];
  readonly drops: readonly (number | null)[];
  readonly rejected: readonly (number | null)[];
  /** Cores. */
  readonly cpu: readonly (number | null)[];
  readonly rssBytes: readonly (number | null)[];
}

export interface Point {
  readonly time: number;
  readonly lines: number | null;
  readonly series: number | null;
  readonly drops: number | null;
  readonly rejected: number | null;
  readonly cpu: number | null;
  readonly rssBytes: number | null;
}

export interface Series {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly host: string | null;
  readonly value: number | null;
  readonly count: number | null;
  readonly lines: number | null;
  readonly updated: boolean;
  readonly lastSeenMs: number;
  /** Up to 60 windows. */
  readonly history: { readonly times: readonly number[]; readonly values: readonly (number | null)[] };
}

export interface Found {
  readonly query: string;
  readonly series: readonly Series[];
  readonly more: number;
  readonly notKept: number;
  readonly empty: boolean;
  readonly never: null | { readonly nearest: readonly string[]; readonly rejected: readonly Rejected[] };
}

export interface TopName {
  readonly name: string;
  readonly type: string;
  readonly linesPerSecond: number;
  readonly series: number;
  readonly tag: null | { readonly key: string; readonly values: number; readonly samples: readonly string[] };
}

export type Order = 'lines' | 'series';

export interface Top {
  readonly by: Order;
  readonly windowMs: number;
  readonly names: readonly TopName[];
  readonly more: number;
}

export interface Rejected {
  readonly line: string;
  readonly reason: string;
  readonly advice: string;
  readonly frontend: string;
  readonly from: string | null;
  readonly atMs: number;
  /** Among the samples. */
  readonly times: number;
}

export interface RejectedLines {
  /** Different lines that are kept. */
  readonly total: number;
  readonly lines: readonly Rejected[];
}

interface Named {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
}

export interface View {
  readonly backends: readonly string[];
  /** Null: it is blocked. */
  readonly result: Named | null;
  readonly written?: readonly { readonly backend: string; readonly names: readonly string[] }[];
  readonly steps: readonly { readonly rule: string; readonly says: string; readonly result: Named | null }[];
}

export interface ExplainedSeries extends Named {
  readonly type: string;
  readonly adds?: number;
  readonly set?: number;
  readonly changes?: number;
  readonly values?: readonly { readonly value: number; readonly weight: number }[];
  readonly members?: readonly string[];
  readonly views: readonly View[];
}

/** Of one group of front-ends that read alike. */
export interface Explanation {
  readonly frontends: readonly string[];
  readonly dialect: string;
  readonly outcome: 'aggregated' | 'event' | 'serviceCheck' | 'rejected' | 'dropped' | 'blank';
  readonly reason?: string;
  readonly advice?: string;
  readonly series?: readonly ExplainedSeries[];
}

export interface Explained {
  readonly line: string;
  readonly explanations: readonly Explanation[];
}

export interface TappedLine {
  readonly frontend: string;
  readonly from: string | null;
  readonly line: string;
  readonly outcome: Explanation['outcome'];
  readonly reason: string | null;
  readonly advice: string | null;
  readonly names: readonly string[];
}

export interface TapLines {
  readonly lines: readonly TappedLine[];
  /** Over the limit, since the tap began. */
  readonly skipped: number;
}

export interface StreamEnd {
  readonly reason: 'time' | 'stopping';
}
