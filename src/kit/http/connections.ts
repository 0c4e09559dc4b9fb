import type { buildConnector, Dispatcher } from 'undici';
import { type ClientTlsFiles, readClientTls, type TlsOptions } from './client-tls.ts';
import type { HttpProxy } from './proxy-choice.ts';
import { tunnels } from './tunnel.ts';

/** Connections to one endpoint of a server that are open at most. */
const CONNECTIONS = 4;

/** Milliseconds in which a connection must be made, and a tunnel, and TLS in it. */
const CONNECT_MS = 10_000;

export interface Server {
  /** Its base URL, without a slash at its end. */
  readonly base: string;
  readonly proxy: HttpProxy | undefined;
  /** How many endpoints are asked at the same time. */
  readonly endpoints: number;
  /** Certificates beside those that Node.js knows. */
  readonly tls: TlsOptions;
  readonly tlsFiles?: ClientTlsFiles | undefined;
}

export interface Reply {
  readonly status: number;
  /** `name` in small letters. */
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Connections to one server, made when they are needed and kept for the next request. An idle one is closed after 4 s, or a
 * little before the server said that it would close it: one that a server closes while the next window is on its way costs an
 * attempt.
 */
export interface Connections {
  /** Loads what is needed for a request. Connects to nothing. */
  open(): Promise<void>;
  /**
   * Rejects when no answer comes, and at once when `signal` aborts. `path` is put behind the base. Calls `begun` before anything of the
   * request is sent: nobody can have taken one for which it was not called.
   */
  request(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | null,
    signal: AbortSignal,
    begun?: () => void,
  ): Promise<Reply>;
  /** Ends all of them, and the requests on them. May be called twice. */
  close(): Promise<void>;
}

interface Opened {
  readonly dispatcher: Dispatcher;
  /** Whether the whole URL is asked for, as proxies want it. */
  readonly whole: boolean;
  readonly headers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function connections(server: Server): Connections {
  let opening: Promise<Opened> | undefined;
  let closed = false;
  const opened = async () => {
    if (closed) throw new Error('the back-end was stopped');
    opening ??= open(server);
    return opening;
  };

  return {
    async open() {
      await opened();
    },
    async request(method, path, headers, body, signal, begun = () => undefined) {
      const { dispatcher, whole, headers: more } = await opened();
      const { origin, pathname, search } = new URL(server.base + path);
      const requested = dispatcher.compose(telling(begun)).request({
        method,
        path: (whole ? origin : '') + pathname + search,
        headers: { ...headers, ...more },
        body,
        signal,
      });
      const response = await untilAborted(requested, signal);
      return {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name];
          return typeof value === 'string' ? value : value?.[0];
        },
        body: response.body,
      };
    },
    async close() {
      closed = true;
      const last = await opening?.catch(() => undefined);
      opening = undefined;
      await last?.close();
    },
  };
}

/** undici is loaded here, and by that only where something is posted: it takes 100 ms and 10 MB. */
async function open({ base, proxy, tls: given, tlsFiles, endpoints }: Server): Promise<Opened> {
  const tls = { ...readClientTls(tlsFiles), ...given };
  const { buildConnector, Pool } = await import('undici');
  const connect = buildConnector({ ...tls, timeout: CONNECT_MS });
  const { origin, protocol, host } = new URL(base);
  const pool = (to: string, connector: buildConnector.connector) =>
    new Pool(to, { connections: CONNECTIONS * endpoints, connect: connector });

  if (proxy === undefined) {
    const direct = pool(origin, connect);
    return { dispatcher: direct, whole: false, headers: {}, close: () => direct.destroy() };
  }
  if (protocol === 'https:') {
    const through = tunnels(proxy, connect, { timeoutMs: CONNECT_MS, ca: tls.ca });
    const tunnelled = pool(origin, through.connect);
    const close = async () => {
      through.close();
      await tunnelled.destroy();
    };
    return { dispatcher: tunnelled, whole: false, headers: {}, close };
  }
  // `Host` is the server's, which undici would also take for the name of the proxy in TLS.
  const { hostname } = new URL(proxy.origin);
  const asked = pool(proxy.origin, (options, callback) => connect({ ...options, servername: hostname }, callback));
  const authorization = proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization };
  return { dispatcher: asked, whole: true, headers: { Host: host, ...authorization }, close: () => asked.destroy() };
}

/** undici calls one of two functions of a handler when it has a connection for the request, the older one in its own. */
function telling(begun: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const { onConnect, onRequestStart } = handler;
    if (onConnect !== undefined) {
      handler.onConnect = (...given) => {
        begun();
        onConnect.apply(handler, given);
      };
    }
    if (onRequestStart !== undefined) {
      handler.onRequestStart = (...given) => {
        begun();
        onRequestStart.apply(handler, given);
      };
    }
    return dispatch(options, handler);
  };
}

/** undici leaves a request alone that waits for a connection until the connection is made, or is not. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
