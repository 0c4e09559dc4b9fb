/** One part of a request body that cannot be divided: a series with its points, a sketch, an event or a check. */
export interface Item {
  /** For log messages. */
  readonly name: string;
  readonly body: string | Uint8Array;
  /** True when `body` is a string of ASCII only, which is known without looking at all of it. */
  readonly ascii?: boolean;
  readonly points: number;
}

/** Where items of one kind go and how many fit into one request. */
export interface Endpoint {
  readonly path: string;
  readonly contentType: string;
  /** What a body has before, between and after its items. */
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  /** Whether the intake is known to take compressed bodies here. */
  readonly compressed: boolean;
  /** Bytes of a body as sent. */
  readonly maxBytes: number;
  /** Bytes of a body before compression. */
  readonly maxRawBytes: number;
  readonly maxPoints: number;
}

const json = { contentType: 'application/json', compressed: false } as const;

/** Limits: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
export const SERIES: Endpoint = {
  ...json,
  path: '/api/v2/series',
  head: '{"series":[',
  separator: ',',
  tail: ']}',
  compressed: true,
  maxBytes: 512_000,
  maxRawBytes: 5_242_880,
  maxPoints: 10_000,
};

/** Limits: those of the Datadog Agent's serializer; this endpoint is not in the public API. */
export const SKETCHES: Endpoint = {
  path: '/api/beta/sketches',
  contentType: 'application/x-protobuf',
  head: '',
  separator: '',
  tail: '',
  compressed: true,
  maxBytes: 2_621_440,
  maxRawBytes: 4_194_304,
  maxPoints: 10_000,
};

export const SERVICE_CHECKS: Endpoint = {
  ...json,
  path: '/api/v1/check_run',
  head: '[',
  separator: ',',
  tail: ']',
  maxBytes: 512_000,
  maxRawBytes: 512_000,
  maxPoints: 1000,
};

/** Takes one event per request. */
export const EVENTS: Endpoint = {
  ...json,
  path: '/api/v1/events',
  head: '',
  separator: '',
  tail: '',
  maxBytes: 512_000,
  maxRawBytes: 512_000,
  maxPoints: 1,
};
