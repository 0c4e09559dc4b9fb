import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from '../../../src/kit/http/auth.ts';
import type { BodyLimits } from '../../../src/kit/http/request-body.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import type { PacketOrigin } from '../../../src/plugin.ts';
import type { LogBody } from '../records/log-body.ts';

/** What is answered. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One body that was posted, and where to put what it says. */
export interface Post {
  readonly headers: IncomingHttpHeaders;
  /** The type of the body in lower case, without parameters; empty where there is none. */
  readonly mediaType: string;
  readonly query: URLSearchParams;
  readonly client: Client;
  /** The other end of the connection; it is asked for only when it is read. */
  readonly from: PacketOrigin;
  /** `?app=`, else that of the credential. */
  readonly app: string | undefined;
  /** The body was taken before, and its sender did not see the answer: metrics of it are not to count again. `logs` knows it. */
  readonly repeated: boolean;
  readonly logs: LogBody;
  /** True when the reader has had its time and is to yield. */
  spent(): boolean;
  /** Adds to a counter of the front-end's own, such as `drain.msg_count_mismatch`. */
  count(name: string, value: number): void;
}

/** What is read of a body. Gives the answer; by default 204 without a body. Throws a refusal, and then has handed over nothing. */
export type Reading = Steps<Reply | undefined>;

export interface PostRoute {
  readonly path: string;
  /** Default: POST alone. */
  readonly methods?: readonly ('POST' | 'PUT')[];
  read(body: Buffer, post: Post): Reading;
}

export interface GetRoute {
  readonly path: string;
  /** Answered without a credential. HEAD is answered too. */
  readonly open: boolean;
  answer(query: URLSearchParams): Reply;
}

/** One kind of client that posts here: its routes, where its credential stands, and what it is answered, refusals included. */
export interface Sender {
  readonly name: string;
  /** A body that came to `POST /logs` and is this sender's is read as one of the first of them. */
  readonly posts: readonly [PostRoute, ...PostRoute[]];
  readonly gets?: readonly GetRoute[];
  /** Whether a body that came to `POST /logs` is of this sender. Asked with an empty one first: its headers may tell all. */
  claims?(post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer): boolean;
  /** A credential that stands where none of the others has it. */
  credential?(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined;
  /** Takes the place of a credential: throws a refusal of a body, as it was received, that is not signed as it has to be. */
  verify?(raw: Buffer, headers: IncomingHttpHeaders): void;
  /** What stays the same when a body is sent again. Undefined: not known. */
  repeat?(headers: IncomingHttpHeaders): string | undefined;
  /** In place of those of the configuration. */
  readonly limits?: Partial<BodyLimits>;
  /** Of every answer of its routes. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The sender's own form of a refusal or failure. Default: one sentence of text. */
  refuse?(answer: Refused, headers: IncomingHttpHeaders): Reply;
}

export interface Refused {
  readonly status: number;
  readonly sentence: string;
  /** Of the request, as in {@link Post}. */
  readonly mediaType: string;
}
