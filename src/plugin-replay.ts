/** What commands ask of a front-end that takes requests: the part of the contract of `plugin.ts` that `statsdrain capture` and `replay` go by. */

/** Where a running front-end is asked from this machine, and as whom. */
export interface Contact {
  /** Without a path and a credential. */
  readonly url: string;
  /** Absolute path of the certificate that it shows, in PEM form, where it speaks TLS. */
  readonly certificate?: string | undefined;
  /** Whom it knows, the one that it is best asked as first; empty where it takes anyone. `authorization` is that header, and secret. */
  readonly clients: readonly { readonly name: string; readonly authorization: string }[];
}

/** A request as it came. */
export interface CapturedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. A credential in them is `***`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The name of its credential, where that is known. */
  readonly client?: string | undefined;
  /** Packed as the headers say. */
  readonly body: Uint8Array;
}

/** Reads requests as a running front-end does. Nothing is aggregated or sent. */
export interface Replay {
  /** One after the other: a body that is sent again is known as such. */
  read(request: CapturedRequest): Promise<ReplayedRequest>;
  /** Ends what was opened. */
  close(): Promise<void>;
}

export interface ReplayedRequest {
  /** What was answered: HTTP status, and the sentence of a refusal. */
  readonly status: number;
  readonly refusal?: string | undefined;
  /** The kind of sender that it was taken for. */
  readonly sender?: string | undefined;
  /** In the order in which they were read. */
  readonly lines: readonly ReplayedLine[];
  /** Metrics that came from no line of text. */
  readonly metrics: readonly ReplayedMetric[];
  /** What the front-end counted, as `count` of its intake, beside requests, bytes and lines. */
  readonly counted: readonly { readonly name: string; readonly value: number; readonly meaning?: string }[];
  /** What it threw away, as `discard` of its intake, beside what `reasons` of lines tell. */
  readonly discarded: readonly { readonly reason: string; readonly value: number }[];
}

export interface ReplayedLine {
  readonly text: string;
  /** The process that its head, or its record, names. */
  readonly process?: string | undefined;
  readonly metrics: readonly ReplayedMetric[];
  /** Why it has no metrics, or not all that it seems to have. Half a sentence each. */
  readonly reasons: readonly string[];
}

export interface ReplayedMetric {
  /** As in `MetricType`. */
  readonly type: string;
  readonly name: string;
  /** The member of a set. */
  readonly value: number | string;
  readonly tags?: string | undefined;
  readonly weight?: number | undefined;
}
