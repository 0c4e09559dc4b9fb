import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createGate } from '../../src/kit/http/auth.ts';
import { isRefusal, refusal } from '../../src/kit/http/refusal.ts';
import { createBudget, readBody } from '../../src/kit/http/request-body.ts';
import { limitedServer } from '../../src/kit/http/server.ts';
import type { FrontendContext, Intake } from '../../src/plugin.ts';
import type { HttpConfig } from './config.ts';
import { createTaken, repeatKey } from './dedup.ts';
import { createLogReader } from './reader.ts';

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Requests that are still open when this was called are refused from now on. */
  seal(): void;
}

const LOGPLEX_TYPE = 'application/logplex-1';
const LOGPLEX_HEADERS = ['logplex-msg-count', 'logplex-frame-id', 'logplex-drain-token', 'logplex-lost-count'];
const METHODS = new Map([
  ['/logs', 'POST'],
  ['/statsd', 'POST'],
  ['/healthz', 'GET'],
  ['/readyz', 'GET'],
]);
const REMEMBER_MS = 300_000;
const REMEMBERED = 50_000;
const WARNING_INTERVAL_MS = 60_000;

/** The routes on a server that does not listen yet. Loads fastify. */
export async function createHttpServer(
  config: HttpConfig,
  intake: Intake,
  context: FrontendContext,
): Promise<HttpServer> {
  const { fastify } = await import('fastify');
  const gate = createGate(config.auth);
  const budget = createBudget(config.maxInFlight);
  const taken = createTaken(REMEMBER_MS, REMEMBERED);
  const reader = createLogReader(intake, config);
  let sealed = false;
  let warnedMs = Number.NEGATIVE_INFINITY;

  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    serverFactory: (handler) => limitedServer(config, handler as RequestListener),
  });

  const count = (name: string, value: number) => {
    if (!sealed && value > 0) intake.count(name, value);
  };

  function admit(request: IncomingMessage): string {
    const sender = gate.admit(request.headers.authorization);
    if (sender !== undefined) return sender;
    count('drain.auth_failures', 1);
    if (performance.now() - warnedMs >= WARNING_INTERVAL_MS) {
      warnedMs = performance.now();
      context.log.warn('refused a request without a known credential; most senders do not send its log lines again', {
        remote: request.socket.remoteAddress ?? 'unknown',
      });
    }
    throw refusal(401, 'This needs a user and a password (Basic) or a token (Bearer) that the configuration names.', {
      'www-authenticate': gate.challenges,
    });
  }

  /** Reads the body, then gives all of it to `accept` at once, so that nothing of a refused request is ever used. */
  async function take(request: IncomingMessage, accept: (body: Buffer, sender: string) => void): Promise<void> {
    const sender = admit(request);
    const lease = budget.lease();
    try {
      const body = await readBody(request, config, lease);
      if (sealed) throw refusal(503, 'The server is stopping; send this again later.', { 'retry-after': '1' });
      accept(body, sender);
      count('drain.requests', 1);
      count('drain.bytes', body.length);
    } finally {
      lease.release();
    }
  }

  function acceptFrames(headers: IncomingHttpHeaders, body: Buffer, sender: string, app: string | undefined): void {
    const key = repeatKey(headers, sender);
    if (key !== undefined && taken.has(key)) {
      count('drain.duplicate_frames', 1);
      return;
    }
    const frames = reader.frames(body, app, !isFromLogplex(headers));
    const declared = headers['logplex-msg-count'];
    if (declared !== undefined && Number(declared) !== frames) count('drain.msg_count_mismatch', 1);
    if (key !== undefined) taken.add(key);
  }

  // Bodies are read by the routes themselves, whatever their type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', (request, _reply, done) => {
    // fastify answers 415 to a type that it cannot parse, which makes Logplex drop the lines; the type decides nothing.
    const { headers } = request.raw;
    const type = headers['content-type'];
    if (type === undefined) return done();
    if (type.toLowerCase().startsWith(LOGPLEX_TYPE)) headers['content-type'] = LOGPLEX_TYPE;
    else delete headers['content-type'];
    done();
  });

  app.post<{ Querystring: { app?: string | string[] } }>('/logs', async (request, reply) => {
    const { headers } = request.raw;
    const framed = headers['content-type'] === LOGPLEX_TYPE || LOGPLEX_HEADERS.some((name) => name in headers);
    const app = appName(request.query.app);
    await take(request.raw, (body, sender) => {
      if (framed) acceptFrames(headers, body, sender, app);
      else reader.lines(body, app);
    });
    return reply.code(204).send();
  });
  app.post('/statsd', async (request, reply) => {
    await take(request.raw, (body) => intake.lines(body));
    return reply.code(204).send();
  });
  app.get('/healthz', (_request, reply) => text(reply, 200, 'The process is running.'));
  app.get('/readyz', (_request, reply) =>
    context.ready()
      ? text(reply, 200, 'Traffic is accepted.')
      : text(reply, 503, 'The server is starting or stopping.'),
  );

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = METHODS.get(path);
    if (allowed === undefined) return text(reply, 404, `There is no such path; post to /logs or /statsd.`);
    return text(reply.header('allow', allowed), 405, `${path} takes ${allowed} only.`);
  });
  app.setErrorHandler((error, _request, reply) => {
    if (isRefusal(error)) {
      if (error.status === 503) count('drain.overload', 1);
      count('drain.refused_requests', 1);
      for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
      return text(reply, error.status, error.message);
    }
    const status = statusOf(error);
    if (status >= 500) context.log.error('a request failed', { error: String(error) });
    return text(reply, status, status >= 500 ? 'The server failed.' : 'The request is malformed.');
  });
  await app.ready();

  return {
    app,
    seal: () => {
      sealed = true;
    },
  };
}

/** Logplex leaves STRUCTURED-DATA out; log-shuttle, which also posts for Shield and Private Space drains, does not. */
function isFromLogplex(headers: IncomingHttpHeaders): boolean {
  return 'logplex-frame-id' in headers || (headers['user-agent'] ?? '').startsWith('Logplex/');
}

const APP_NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;

function appName(given: string | string[] | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && APP_NAME.test(given)) return given;
  throw refusal(400, '"app" in the query must be given once, as 1 to 100 of the characters A-Z a-z 0-9 _ . : / and -.');
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function text(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`);
}
