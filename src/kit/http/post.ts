import { quoted, readAnswer } from './answer.ts';
import { masker } from './mask.ts';
import { retryAfterMs } from './retry-after.ts';
import { type Judge, usualVerdict } from './verdict.ts';

/** What became of one request. Texts name the status and what the server said, never a secret. */
export type Outcome =
  /** `complaints`: errors that the server reported although it took the request. */
  | { readonly kind: 'accepted'; readonly complaints: readonly string[] }
  /** The server refuses this body; parts of it may be good. */
  | { readonly kind: 'rejected'; readonly text: string; readonly tooLarge: boolean }
  | { readonly kind: 'retry'; readonly text: string; readonly retryAfterMs?: number }
  /** The server will not take it however often it is sent. `everywhere`: nor anything at its other endpoints. */
  | { readonly kind: 'refused'; readonly text: string; readonly everywhere: boolean };

export interface PostOptions {
  /** What every path is put behind. */
  readonly url: string;
  /** Sent with each request, beside `Content-Type`, `Content-Encoding` and `User-Agent`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What no text may show: `***` stands for it. */
  readonly secrets?: readonly string[];
  readonly judge?: Judge;
  /** Reads what the server complains of in the answer to a request that it took. */
  readonly complaintsIn?: (answer: string) => readonly string[];
  /** Headers beside `Retry-After` that say when to come back, in seconds or as a date. In small letters. */
  readonly retryHeaders?: readonly string[];
}

export interface Request {
  readonly path: string;
  readonly contentType: string;
  /** Absent for a plain body. */
  readonly contentEncoding?: string;
  readonly body: Uint8Array;
}

/** Sends one request. Never rejects: a network error or an abort is a `retry`. */
export type Post = (request: Request, signal: AbortSignal) => Promise<Outcome>;

export function poster({ url, headers, secrets = [], judge, complaintsIn, retryHeaders }: PostOptions): Post {
  const base = url.replace(/\/+$/, '');
  const mask = masker(secrets);

  return async ({ path, contentType, contentEncoding, body }, signal) => {
    const target = mask(`POST ${base}${path}`);
    const sent: Record<string, string> = {
      ...headers,
      'Content-Type': contentType,
      'User-Agent': 'statsdrain',
      ...(contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding }),
    };
    let response: Response;
    try {
      response = await fetch(base + path, { method: 'POST', headers: sent, body, signal, redirect: 'manual' });
    } catch (error) {
      return { kind: 'retry', text: `${target}: ${reasonOf(error)}` };
    }
    const { status } = response;
    const answer = response.body === null ? '' : mask(await readAnswer(response.body));
    const verdict = judge?.(status, answer) ?? usualVerdict(status);
    const text = `${target}: ${statusText(status)}${quoted(answer)}`;
    switch (verdict) {
      case 'accepted':
        return { kind: 'accepted', complaints: (complaintsIn?.(answer) ?? []).map(mask) };
      case 'rejected':
      case 'too_large':
        return { kind: 'rejected', text, tooLarge: verdict === 'too_large' };
      case 'retry': {
        const waitMs = retryAfterMs((name) => response.headers.get(name) ?? undefined, retryHeaders);
        return { kind: 'retry', text, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
      }
      case 'refused':
      case 'refused_everywhere':
        return { kind: 'refused', text, everywhere: verdict === 'refused_everywhere' };
      default:
        return verdict satisfies never;
    }
  };
}

/** An error's code, or its name: undici puts header values into some of its messages. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error.name === 'TypeError' ? 'failed' : error.name;
}

function statusText(status: number): string {
  return status >= 300 && status < 400 ? `${status}, redirects are not followed` : String(status);
}
