/** How a body is compressed on its way. */
export type Compression = 'gzip' | 'deflate' | 'none';

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
