/** One part of a request body that cannot be divided: a series with its points, a line, an event. */
export interface Item {
  /** For log messages. */
  readonly name: string;
  readonly body: string | Uint8Array;
  /** True when `body` is a string of ASCII only, which is known without looking at all of it. */
  readonly ascii?: boolean;
  /** What it counts towards `maxPoints` of its endpoint. */
  readonly points: number;
  /** Of several destinations those that it goes to, a bit each: 1 is the first, 2 the first copy, and so on. Default: all. */
  readonly only?: number;
}

/** Where items of one kind go and how many fit into one request. */
export interface Endpoint {
  /** The name of its lane, as in metrics and log lines. */
  readonly lane: string;
  /** Is put behind the base URL; a query may follow it. */
  readonly path: string;
  readonly contentType: string;
  /** What a body has before, between and after its items. Default: nothing. */
  readonly head?: string;
  readonly separator?: string;
  readonly tail?: string;
  /** Whether the same request twice is as good as once: the server keeps one value for each series and time. Default: false. */
  readonly repeatable?: boolean;
  /** Whether the server is known to take compressed bodies here. */
  readonly compressed: boolean;
  /** Bytes of a body as sent. */
  readonly maxBytes: number;
  /** Bytes of a body before compression. */
  readonly maxRawBytes: number;
  readonly maxPoints: number;
  /** Milliseconds since the end of its window after which the server takes nothing of it. Default: it does not mind. */
  readonly maxAgeMs?: number;
}
