import { validateHeaderValue } from 'node:http';
import { packageVersion } from '../package.ts';
import { baseUrl, baseUrlRule } from './base-url.ts';
import { ClientTlsError, type ClientTlsFiles } from './client-tls.ts';
import { connections, type Reply } from './connections.ts';
import { masker } from './mask.ts';
import { chooseProxy, type ProxySetting } from './proxy-choice.ts';
import { quoted, readAnswer } from './response-text.ts';
import { retryAfterMs } from './retry-after.ts';
import { ProxyError, refusalBy } from './tunnel.ts';
import { type Judge, usualVerdict } from './verdict.ts';

/** What became of one request. Texts name the status and what the server said, never a secret. */
export type Outcome =
  /** `complaints`: errors that the server reported although it took the request. */
  | { readonly kind: 'accepted'; readonly text: string; readonly complaints: readonly string[] }
  /** The server refuses this body; parts of it may be good. */
  | { readonly kind: 'rejected'; readonly text: string; readonly tooLarge: boolean }
  /** `maybeTaken`: it was sent, and no answer came. */
  | { readonly kind: 'retry'; readonly text: string; readonly retryAfterMs?: number; readonly maybeTaken?: true }
  /** The server will not take it however often it is sent. `everywhere`: nor anything at its other endpoints. */
  | { readonly kind: 'refused'; readonly text: string; readonly everywhere: boolean }
  /** Nor is it worth keeping. */
  | { readonly kind: 'useless'; readonly text: string };

/** What was answered, beside what it means. */
export interface Answered {
  /** HTTP status. Absent: no answer came. */
  readonly status?: number;
  /** Milliseconds by which the clock of the server is ahead of this one, give or take a second and the time of the answer. */
  readonly clockMs?: number;
  /** Of {@link PostOptions.readHeaders} those that the answer has. Absent where none are asked for. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** What opens the door, and may be changed while the back-end runs. */
export interface Credentials {
  /** Sent with the next request. */
  headers(): Readonly<Record<string, string>>;
  /** What no text may show: `***` stands for it. The same list as before where nothing changed. */
  secrets(): readonly string[];
  /** The server refuses everything: whether there is something new that is worth another request. */
  renew?(): boolean;
}

export interface PostOptions {
  /** What every path is put behind. */
  readonly url: string;
  /** Default: what the environment says. */
  readonly proxy?: ProxySetting;
  /** Read by `open`. */
  readonly tls?: ClientTlsFiles | undefined;
  /** Of variables of the environment that name a proxy before the usual ones do, as in `chooseProxy`. */
  readonly proxyPrefix?: string | undefined;
  /** Sent with each request, beside `Content-Type`, `Content-Encoding` and `User-Agent`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What no text may show: `***` stands for it. */
  readonly secrets?: readonly string[];
  /** Default: none, or what `headers` has. */
  readonly credentials?: Credentials;
  readonly judge?: Judge;
  /** What is said behind a refusal with this status: which settings to look at. */
  readonly advice?: (status: number) => string | undefined;
  /** Reads what the server complains of in the answer to a request that it took. */
  readonly complaintsIn?: (answer: string) => readonly string[];
  /** Endpoints that are posted to at the same time: each has connections of its own. Default: 1. */
  readonly endpoints?: number;
  /** Headers beside `Retry-After` that say when to come back, in seconds or as a date. In small letters. */
  readonly retryHeaders?: readonly string[];
  /** Headers of answers that the caller looks at. In small letters. */
  readonly readHeaders?: readonly string[];
}

export interface Request {
  readonly path: string;
  readonly contentType: string;
  /** Absent for a plain body. */
  readonly contentEncoding?: string;
  /** Sent with this request only. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends one request. Never rejects: a network error or an abort is a `retry`. */
export type Post = (request: Request, signal: AbortSignal) => Promise<Outcome & Answered>;

export interface Poster {
  /** Loads what is needed for the first request. Connects to nothing. */
  open(): Promise<void>;
  readonly post: Post;
  /** Asks for `path`, with the same headers. Never rejects, as `post`. */
  get(path: string, signal: AbortSignal): Promise<Outcome & Answered>;
  /** Ends the connections, and the requests on them. May be called twice. */
  close(): Promise<void>;
}

/** Throws where no request could ever be sent: a URL, a header or a proxy that cannot be used. Connects to nothing. */
export function poster(options: PostOptions): Poster {
  const { headers = {}, secrets = [], credentials, judge, advice, complaintsIn, retryHeaders, readHeaders } = options;
  const base = baseUrl(options.url);
  if (base === undefined) throw new Error(`the URL of the server ${baseUrlRule}`);
  const choice = chooseProxy(new URL(base), options.proxy, process.env, options.proxyPrefix);
  if (choice.kind === 'unusable') throw new Error(choice.reason);
  const proxy = choice.kind === 'proxy' ? choice.proxy : undefined;
  for (const [name, value] of Object.entries({ ...headers, ...credentials?.headers() })) checkHeader(name, value);

  const server = connections({ base, proxy, tls: {}, tlsFiles: options.tls, endpoints: options.endpoints ?? 1 });
  const mask = remasked(() => credentials?.secrets() ?? NO_SECRETS, secrets);
  // What a proxy says may quote its own.
  const maskAnswer = remasked(() => credentials?.secrets() ?? NO_SECRETS, [...secrets, ...(proxy?.secrets ?? [])]);
  const through = proxy === undefined ? '' : ` through the proxy ${proxy.origin}`;
  const ownAnswers = proxy !== undefined && base.startsWith('http:');

  const judged = async (reply: Reply, target: string): Promise<Outcome> => {
    const { status } = reply;
    const answer = maskAnswer(await readAnswer(reply.body));
    if (ownAnswers && status === 407) return { kind: 'retry', text: `${target}: ${refusalBy(proxy, status)}` };
    const verdict = judge?.(status, answer) ?? usualVerdict(status);
    const text = `${target}: ${statusText(reply, maskAnswer)}${quoted(answer)}`;
    switch (verdict) {
      case 'accepted':
        return {
          kind: 'accepted',
          text: `${target}: ${status}`,
          complaints: (complaintsIn?.(answer) ?? []).map(maskAnswer),
        };
      case 'rejected':
      case 'too_large':
        return { kind: 'rejected', text, tooLarge: verdict === 'too_large' };
      case 'retry': {
        const waitMs = retryAfterMs(reply.header, retryHeaders);
        return { kind: 'retry', text, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
      }
      case 'refused':
      case 'refused_everywhere': {
        const remedy = advice?.(status);
        const told = remedy === undefined ? text : `${text}; ${remedy}`;
        return { kind: 'refused', text: told, everywhere: verdict === 'refused_everywhere' };
      }
      case 'useless':
        return { kind: 'useless', text };
      default:
        return verdict satisfies never;
    }
  };

  const once = async (
    method: 'GET' | 'POST',
    path: string,
    ofBody: Readonly<Record<string, string>>,
    body: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<Outcome & Answered> => {
    const target = mask(`${method} ${base}${path}${through}`);
    let reply: Reply;
    let sent = false;
    const begun = () => {
      sent = true;
    };
    try {
      const all = { ...headers, ...credentials?.headers(), ...ofBody, 'User-Agent': USER_AGENT };
      reply = await server.request(method, path, all, body, signal, begun);
    } catch (error) {
      const reason = signal.aborted ? 'cut off before an answer came' : reasonOf(error);
      const text = `${target}: ${reason}`;
      return sent ? { kind: 'retry', text, maybeTaken: true } : { kind: 'retry', text };
    }
    const clock = Date.parse(reply.header('date') ?? '') - Date.now();
    const outcome = await judged(reply, target);
    return {
      ...outcome,
      status: reply.status,
      ...(Number.isFinite(clock) ? { clockMs: clock } : {}),
      ...(readHeaders === undefined ? {} : { headers: headersOf(reply, readHeaders) }),
    };
  };

  const request: typeof once = async (...asked) => {
    const outcome = await once(...asked);
    const closed = outcome.kind === 'refused' && outcome.everywhere;
    return closed && credentials?.renew?.() === true ? once(...asked) : outcome;
  };

  return {
    open: server.open,
    close: server.close,
    get: (path, signal) => request('GET', path, {}, null, signal),
    post({ path, contentType, contentEncoding, headers: own, body }, signal) {
      const encoding = contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding };
      return request('POST', path, { ...own, 'Content-Type': contentType, ...encoding }, body, signal);
    },
  };
}

/** With its version, so that those who run a server can tell. */
const USER_AGENT = `statsdrain/${packageVersion()}`;

const NO_SECRETS: readonly string[] = [];

/** Masks `fixed` and what `changing` gives at the time. */
function remasked(changing: () => readonly string[], fixed: readonly string[]): (text: string) => string {
  let of: readonly string[] | undefined;
  let mask: (text: string) => string = (text) => text;
  return (text) => {
    const now = changing();
    if (now !== of) {
      of = now;
      mask = masker([...fixed, ...now]);
    }
    return mask(text);
  };
}

function headersOf({ header }: Reply, names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, header(name)] as const).filter(hasValue));
}

function hasValue(entry: readonly [string, string | undefined]): entry is readonly [string, string] {
  return entry[1] !== undefined;
}

function checkHeader(name: string, value: string): void {
  try {
    validateHeaderValue(name, value);
  } catch {
    throw new Error(`the value of the header "${name}" has characters that no header can carry`);
  }
}

/** An error's code, or its name: undici puts header values into some of its messages. */
function reasonOf(error: unknown): string {
  if (error instanceof ProxyError || error instanceof ClientTlsError) return error.message;
  if (!(error instanceof Error)) return 'failed';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return inWords.get(code.startsWith('HPE_') ? 'HTTPParserError' : code) ?? code;
}

/** What only those who know undici, or OpenSSL, understand. */
const inWords: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_SOCKET', 'the connection was closed before an answer came'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within 10 s'],
  ['HTTPParserError', 'what answers speaks no HTTP'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'what answers speaks no TLS; is the URL one of "http://"?'],
]);

/** A redirect is told with where it leads, but without its query, which may hold a signature. */
function statusText({ status, header }: Reply, mask: (text: string) => string): string {
  if (status < 300 || status >= 400) return String(status);
  const to = header('location') ?? '';
  const url = URL.canParse(to) ? new URL(to) : undefined;
  const where = url === undefined ? '' : ` (to ${mask(url.origin + url.pathname).slice(0, 200)})`;
  return `${status}, redirects are not followed${where}`;
}
