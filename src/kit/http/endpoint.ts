/** One part of a request body that cannot be divided: a series with its points, a line, an event. */
export interface Item {
  /** For log messages. */
  readonly name: string;
  readonly body: string | Uint8Array;
  /** True when `body` is a string of ASCII only, which is known without looking at all of it. */
  readonly ascii?: boolean;
  /** What it counts towards `maxPoints` of its endpoint. Default: 1. */
  readonly points?: number;
  /** Of several destinations those that it goes to, a bit each: 1 is the first, 2 the first copy, and so on. Default: all. */
  readonly only?: number;
}

/** Where items of one kind go and how many fit into one request. Defaults are for {@link GivenEndpoint}. */
export interface Endpoint {
  /** The name of its lane, as in metrics and log lines. */
  readonly lane: string;
  /** Is put behind the base URL; a query may follow it. Default: nothing. */
  readonly path: string;
  readonly contentType: string;
  /** What a body has before, between and after its items. Default: nothing. */
  readonly head?: string;
  readonly separator?: string;
  readonly tail?: string;
  /** Whether the same request twice is as good as once: the server keeps one value for each series and time. Default: false. */
  readonly repeatable?: boolean;
  /** Whether the server is known to take compressed bodies here. Default: true. */
  readonly compressed: boolean;
  /** Bytes of a body as sent. Default: 1,000,000, less than nginx refuses by default. */
  readonly maxBytes: number;
  /** Bytes of a body before compression. Default: 5,000,000. */
  readonly maxRawBytes: number;
  /** Default: 10,000. */
  readonly maxPoints: number;
  /** Milliseconds since the end of its window after which the server takes nothing of it. Default: it does not mind. */
  readonly maxAgeMs?: number;
}

/** An endpoint of which only what has no default must be given. */
export type GivenEndpoint = Pick<Endpoint, 'lane' | 'contentType'> & Partial<Endpoint>;

const DEFAULTS = { path: '', compressed: true, maxBytes: 1e6, maxRawBytes: 5e6, maxPoints: 10_000 } as const;

export function completed(given: GivenEndpoint): Endpoint {
  return { ...DEFAULTS, ...given };
}
