/** What back-ends may ask of the server that they run in, to show it: the part of the contract of `plugin.ts` for pages and commands. */
import type { RejectedLine } from './plugin-window.ts';

export interface ServerView {
  /** As it is now. Costs nothing that receives anything. */
  status(): ServerStatus;
  /**
   * Lines of each front-end since the start, up to now, and what was rejected since the last window. Shards are asked for it, so ask once a second at
   * most, and only while somebody looks. Front-ends come in the order of the configuration.
   */
  accounts(): Promise<readonly FrontendAccountNow[]>;
  /** What becomes of a line, as `statsdrain explain --json` tells it: one for each group of front-ends that read alike. Rejects when there is no answer. */
  explain(line: string): Promise<readonly LineExplanation[]>;
  /**
   * Has copies of lines handed over as they come, until `signal` aborts, and for {@link TAP_MS} at most. `lines` is called with some at a time, in the order
   * in which each thread read them; `ended` once, with the reason.
   */
  tap(options: TapOptions, lines: (lines: readonly TappedLine[], counts: TapCounts) => void): Promise<TapEnd>;
}

/** Longest time for which one tap stays open, in milliseconds. */
export const TAP_MS = 60_000;
/** Characters of the glob of a tap, at most. */
export const TAP_NAME = 200;

/** A JSON object; its shape is that of a line of `statsdrain explain --json`. */
export type LineExplanation = Readonly<Record<string, unknown>>;

export interface ServerStatus {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  /** Unix time in milliseconds. */
  readonly startedMs: number;
  /** The configuration: absolute path. Empty where it is not known. */
  readonly configFile: string;
  /** Front-ends accept traffic, and the server is not stopping. */
  readonly ready: boolean;
  /** `flushInterval`, in milliseconds. */
  readonly intervalMs: number;
  readonly frontends: readonly FrontendStatus[];
  readonly backends: readonly BackendStatus[];
}

export interface FrontendStatus {
  readonly name: string;
  /** `type`, or what `use` names. */
  readonly type: string;
  /** As URLs. */
  readonly addresses: readonly string[];
  /** False while it is down and to be opened again. */
  readonly receiving: boolean;
  /** Up to the last window. */
  readonly counts: LineCounts;
}

/** Since the start. received = aggregated + rejected + dropped. */
export interface LineCounts {
  readonly received: number;
  readonly aggregated: number;
  /** Of these, those that went into an overflow series. */
  readonly overflowed: number;
  /** By reason. */
  readonly rejected: ReadonlyMap<string, number>;
  readonly dropped: ReadonlyMap<string, number>;
  /** Datagrams. */
  readonly kernelDropped: number;
  /** Datagrams, reads of a stream, and bodies. */
  readonly packets: number;
  /** The front-end's own counters (`connections.opened`, …), by name; their tags stand behind, each after a LF. */
  readonly own: ReadonlyMap<string, number>;
}

export interface FrontendAccountNow {
  readonly name: string;
  readonly counts: LineCounts;
  /** Of the open window. */
  readonly examples: readonly RejectedLine[];
}

/** A window queue, or those lanes, of one back-end. Counts are since the start. */
export interface BackendStatus {
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  /** False: it could not start, and what waits for it is kept. */
  readonly running: boolean;
  readonly queueWindows: number;
  readonly queueBytes: number;
  readonly queueAgeMs: number;
  /** Windows delivered. */
  readonly sends: number;
  readonly failures: number;
  /** Windows never delivered, by reason. */
  readonly lostWindows: ReadonlyMap<string, number>;
  /** Series, events and checks left out of delivered windows, by reason. */
  readonly lostItems: ReadonlyMap<string, number>;
  readonly lastSuccessMs?: number;
  readonly lastError?: DeliveryError;
  readonly lanes: readonly LaneStatus[];
}

export interface LaneStatus {
  readonly name: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly ageMs: number;
  /** Payloads that wait on disk and not in memory. */
  readonly spooled: number;
  /** Its server is taken for down: the breaker is open. */
  readonly down: boolean;
  readonly delivered: number;
  /** Payloads by reason. */
  readonly givenUp: ReadonlyMap<string, number>;
  readonly lastSuccessMs?: number;
  readonly lastError?: DeliveryError;
}

/** Times are Unix milliseconds. */
export interface DeliveryError {
  readonly atMs: number;
  readonly message: string;
}

export interface TapOptions {
  /** A glob over names (`*`, `?`); empty: all. */
  readonly name: string;
  /** Of names of front-ends; empty: all. */
  readonly frontend?: string;
  /** Lines a second, of all threads together, at most 1000. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface TappedLine {
  readonly frontend: string;
  /** Address and port, where they are known without cost. */
  readonly from?: string;
  /** As it came, up to 8 KiB, with `…` where it was cut. It may hold control characters. */
  readonly line: string;
  readonly outcome: 'aggregated' | 'event' | 'serviceCheck' | 'rejected' | 'dropped' | 'blank';
  /** Of a rejected or dropped one, and what would be right. */
  readonly reason?: string;
  readonly advice?: string;
  /** Names that it adds to, as they were sent. */
  readonly names: readonly string[];
}

/** Since the tap began. */
export interface TapCounts {
  /** Lines that fitted and were over the limit, and were left out, as far as they were looked at. */
  readonly skipped: number;
}

export type TapEnd = 'time' | 'aborted' | 'stopping';
