import type { Answered, Outcome, PostOptions } from '../../../src/kit/http/post.ts';
import { poster } from '../../../src/kit/http/post.ts';
import { isForeign, judge, WRITTEN_HEADERS } from './answer.ts';
import type { RemoteWriteConfig } from './config.ts';
import { compress, SNAPPY } from './snappy.ts';
import type { Version } from './wire.ts';
import { wireV2 } from './wire-v2.ts';

/** Where it is written to. */
export interface Receiver {
  open(): Promise<void>;
  close(): Promise<void>;
  /** `block`: a compressed request of this version. Never rejects. */
  post(version: Version, block: Uint8Array, signal: AbortSignal): Promise<Outcome & Answered>;
  /** Posts a request without a series: whether the receiver takes this version. */
  ask(version: Version, signal: AbortSignal): Promise<Asked>;
}

export interface Asked {
  /** Undefined: it did not say. */
  readonly takes: boolean | undefined;
  readonly text: string;
  readonly status?: number | undefined;
}

/** What a request says of its version. */
const FORMS: Readonly<Record<Version, { readonly contentType: string; readonly version: string }>> = {
  1: { contentType: 'application/x-protobuf', version: '0.1.0' },
  2: { contentType: 'application/x-protobuf;proto=io.prometheus.write.v2.Request', version: '2.0.0' },
};

/** Of version 2 with its one obligatory text. */
const EMPTY: Readonly<Record<Version, Uint8Array>> = {
  1: compress(Buffer.alloc(0)),
  2: compress(wireV2().take().bytes),
};

/** Shorter ones, such as the name of a tenant, stand in answers for something else. */
const SECRET_LENGTH = 6;

export function createReceiver(
  config: Pick<RemoteWriteConfig, 'url' | 'proxy' | 'tls' | 'auth' | 'headers'>,
): Receiver {
  const { open, close, post: send } = poster(optionsOf(config));

  function post(version: Version, body: Uint8Array, signal: AbortSignal) {
    const { contentType, version: number } = FORMS[version];
    const headers = { 'X-Prometheus-Remote-Write-Version': number };
    return send({ path: '', contentType, contentEncoding: SNAPPY, headers, body }, signal);
  }

  return {
    open,
    close,
    post,
    async ask(version, signal) {
      const outcome = await post(version, EMPTY[version], signal);
      const { text, kind, status } = outcome;
      if (kind === 'retry') return { takes: undefined, text, status };
      const takes = kind === 'accepted' && !(version === 2 && isForeign(outcome));
      return { takes, text, status };
    },
  };
}

function optionsOf({ url, proxy, tls, auth, headers }: Parameters<typeof createReceiver>[0]): PostOptions {
  const credentials = credentialsOf(auth);
  return {
    url,
    ...(proxy === undefined ? {} : { proxy }),
    tls,
    headers: { ...headers, ...credentials.headers },
    secrets: [...Object.values(headers).filter(({ length }) => length >= SECRET_LENGTH), ...credentials.secrets],
    judge,
    readHeaders: WRITTEN_HEADERS,
  };
}

function credentialsOf(auth: RemoteWriteConfig['auth']) {
  if (auth === undefined) return { headers: {}, secrets: [] };
  if ('token' in auth) return { headers: { Authorization: `Bearer ${auth.token}` }, secrets: [auth.token] };
  const both = Buffer.from(`${auth.user}:${auth.password}`).toString('base64');
  return { headers: { Authorization: `Basic ${both}` }, secrets: [auth.password, both] };
}
