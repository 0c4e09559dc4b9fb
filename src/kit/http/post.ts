/** Bytes of an answer that are read. */
const MAX_ANSWER = 64 * 1024;

/** Longest wait that the intake can ask for, in milliseconds. */
const MAX_RETRY_AFTER = 3_600_000;

/** What became of one request. Texts name the status and what the intake said, never the key. */
export type Outcome =
  /** `complaints`: errors that the intake reported although it took the request. */
  | { readonly kind: 'accepted'; readonly complaints: readonly string[] }
  /** The intake refuses this body; parts of it may be good. */
  | { readonly kind: 'rejected'; readonly text: string; readonly tooLarge: boolean }
  | { readonly kind: 'retry'; readonly text: string; readonly retryAfterMs?: number }
  /** The intake will not take it however often it is sent. `key`: because of the API key, so nothing else either. */
  | { readonly kind: 'refused'; readonly text: string; readonly key: boolean };

export interface PostOptions {
  /** Without a slash at its end. */
  readonly base: string;
  readonly apiKey: string;
}

export interface Request {
  readonly path: string;
  readonly contentType: string;
  /** `gzip` or `deflate`; absent for a plain body. */
  readonly contentEncoding?: string;
  readonly body: Uint8Array;
}

/** Sends one request. Never rejects: a network error or an abort is a `retry`. */
export type Post = (request: Request, signal: AbortSignal) => Promise<Outcome>;

export function poster({ base, apiKey }: PostOptions): Post {
  return async ({ path, contentType, contentEncoding, body }, signal) => {
    const url = base + path;
    const headers: Record<string, string> = {
      'DD-API-KEY': apiKey,
      'Content-Type': contentType,
      'User-Agent': 'statsdrain',
      ...(contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding }),
    };
    let response: Response;
    try {
      response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    } catch (error) {
      return { kind: 'retry', text: `POST ${url}: ${reasonOf(error)}` };
    }
    const said = (await answer(response)).replaceAll(apiKey, '***');
    return judge(response, said, `POST ${url}: ${statusText(response.status)}${quoted(said)}`);
  };
}

/** https://docs.datadoghq.com/api/latest/metrics/#submit-metrics: 202, 400, 403, 408, 413, 429; a proxy may add others. */
function judge(response: Response, said: string, text: string): Outcome {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: 'accepted', complaints: complaints(said) };
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = retryAfter(response.headers);
    return { kind: 'retry', text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (status === 400 || status === 413) return { kind: 'rejected', text, tooLarge: status === 413 };
  return { kind: 'refused', text, key: status === 401 || status === 403 };
}

/** Milliseconds from `Retry-After` (seconds or a date) or `x-ratelimit-reset` (seconds). */
export function retryAfter(headers: Headers): number | undefined {
  const given = headers.get('retry-after') ?? headers.get('x-ratelimit-reset');
  if (given === null) return undefined;
  const milliseconds = /^\s*\d+(\.\d+)?\s*$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), MAX_RETRY_AFTER) : undefined;
}

/** An error's code, or its name: undici puts header values into some of its messages. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error.name === 'TypeError' ? 'failed' : error.name;
}

async function answer(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
      if (bytes >= MAX_ANSWER) break;
    }
  } catch {
    // The status is known, and the rest of the answer changes nothing.
  }
  return text.slice(0, MAX_ANSWER);
}

function complaints(said: string): readonly string[] {
  let body: unknown;
  try {
    body = JSON.parse(said);
  } catch {
    return [];
  }
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return [];
  return body.errors.filter((error) => error !== null && error !== '').map((error) => String(error).slice(0, 200));
}

function statusText(status: number): string {
  return status >= 300 && status < 400 ? `${status}, redirects are not followed` : String(status);
}

function quoted(said: string): string {
  const line = said.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ').trim();
  return line === '' ? '' : ` "${line.slice(0, 200)}"`;
}
