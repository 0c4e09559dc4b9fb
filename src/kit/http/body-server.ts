import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { FrontendContext, Intake } from '../../plugin.ts';
import type { Listener } from '../listener.ts';
import { seldom } from '../seldom.ts';
import { tellingGate } from './auth.ts';
import type { BodyServerConfig } from './body-server-config.ts';
import { probes } from './health.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { createBudget, readBody } from './request-body.ts';
import { httpServer } from './server.ts';

/** An answer of one sentence. */
export interface Answer {
  readonly status: number;
  readonly sentence: string;
  readonly headers: Refusal['headers'];
}

/** The server of a front-end whose clients post bodies: who may post, how much, and what is counted of it. */
export interface BodyServer {
  /**
   * Admits the request, reads its body, and then gives all of it to `accept` at once, so that nothing of a refused request is ever
   * used; `sender` is a short stable name of who was admitted. Rejects with a refusal, also with one that `accept` throws.
   * `token`: a credential that stands elsewhere than in `Authorization`.
   */
  take(request: IncomingMessage, accept: (body: Buffer, sender: string) => void, token?: string): Promise<void>;
  /** Who asks, of a request whose body is not read. Throws a refusal. */
  admit(request: IncomingMessage, token?: string): string;
  /** The probes of {@link probes}, and what `routes` are for 404 and 405: the answer to a request that no route takes. */
  unrouted(method: string, url: string): Answer;
  /** What is answered after `take`, or anything else, threw. Counts refusals, and logs failures. */
  answerTo(error: unknown): Answer;
  /** As `count` of the intake, until the server has closed: all answers are known by then, and nothing may be counted behind them. */
  count(name: string, value: number): void;
  /** A server for a framework that makes its own handler; it listens with `open`. Throws where its certificate is not good. */
  listenWith(handler: RequestListener): Server;
  /** Rejects when it cannot listen, and then holds nothing open. */
  open(): Promise<Listener>;
}

export interface BodyServerOptions {
  readonly config: BodyServerConfig;
  readonly intake: Pick<Intake, 'count'>;
  readonly context: Pick<FrontendContext, 'log' | 'ready'>;
  /** Begins the names of its own metrics: `<prefix>.requests`, `.bytes`, `.auth_failures`, `.overload` and `.refused_requests`. */
  readonly prefix: string;
  /** The paths that are posted to. */
  readonly paths: readonly string[];
}

export function bodyServer({ config, intake, context, prefix, paths }: BodyServerOptions): BodyServer {
  const { log } = context;
  const budget = createBudget(config.maxInFlight);
  const health = probes(context.ready);
  const methods = new Map([
    ...paths.map((path) => [path, 'POST'] as const),
    ...[...health.keys()].map((path) => [path, 'GET'] as const),
  ]);
  let sealed = false;
  let http: ReturnType<typeof httpServer> | undefined;

  const count = (name: string, value: number) => {
    if (!sealed && value > 0) intake.count(name, value);
  };
  const gate = tellingGate(
    config.auth,
    log,
    'refused requests without a known credential; most senders do not send their log lines again',
    () => count(`${prefix}.auth_failures`, 1),
  );
  const tellFailure = seldom((times, error: string) => log.error('requests failed', { error, times }));

  return {
    count,
    admit: (request, token) => gate.admit(request, token),
    async take(request, accept, token) {
      const sender = gate.admit(request, token);
      const lease = budget.lease();
      try {
        const body = await readBody(request, config, lease);
        if (sealed) throw refusal(503, 'The server is stopping; send this again later.', { 'retry-after': '1' });
        accept(body, sender);
        count(`${prefix}.requests`, 1);
        count(`${prefix}.bytes`, body.length);
      } finally {
        lease.release();
      }
    },
    unrouted(method, url) {
      const path = url.split('?', 1)[0] ?? '';
      const allowed = methods.get(path);
      const probe = health.get(path);
      if (probe !== undefined && method === 'GET') return { ...probe(), headers: {} };
      if (allowed === undefined) {
        return { status: 404, sentence: `There is no such path; post to ${paths.join(' or ')}.`, headers: {} };
      }
      return { status: 405, sentence: `${path} takes ${allowed} only.`, headers: { allow: allowed } };
    },
    answerTo(error) {
      if (isRefusal(error)) {
        if (error.status === 503) count(`${prefix}.overload`, 1);
        count(`${prefix}.refused_requests`, 1);
        return { status: error.status, sentence: error.message, headers: error.headers };
      }
      const status = statusOf(error);
      if (status >= 500) tellFailure(String(error));
      return { status, sentence: status >= 500 ? 'The server failed.' : 'The request is malformed.', headers: {} };
    },
    listenWith(handler) {
      http = httpServer({ config, log, refused: () => count('connections.refused', 1) }, handler);
      return http.server;
    },
    async open() {
      if (http === undefined) throw new Error('open() needs the handler that listenWith() takes');
      const { addresses, close } = await http.open();
      const seal = () => {
        sealed = true;
      };
      return {
        addresses,
        async close() {
          await close(seal);
          seal();
        },
      };
    },
  };
}

/** Of errors that a framework throws. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
