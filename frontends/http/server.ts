import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { createGate } from '../../src/kit/http/auth.ts';
import { probes } from '../../src/kit/http/health.ts';
import { isRefusal, refusal } from '../../src/kit/http/refusal.ts';
import { createBudget, discard, readBody } from '../../src/kit/http/request-body.ts';
import { type HttpServer, httpServer } from '../../src/kit/http/server.ts';
import type { Listener } from '../../src/kit/listener.ts';
import { seldom } from '../../src/kit/seldom.ts';
import type { FrontendContext, Intake } from '../../src/plugin.ts';
import type { HttpConfig } from './config.ts';
import { createTaken, repeatKey } from './dedup.ts';
import { createLogReader } from './reader.ts';

const LOGPLEX_TYPE = 'application/logplex-1';
const LOGPLEX_HEADERS = ['logplex-msg-count', 'logplex-frame-id', 'logplex-drain-token', 'logplex-lost-count'];
const REMEMBER_MS = 300_000;
const REMEMBERED = 50_000;

/** Serves the routes. Loads fastify. Rejects when it cannot listen, and then holds nothing open. */
export async function openDrain(config: HttpConfig, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { fastify } = await import('fastify');
  const { log } = context;
  const budget = createBudget(config.maxInFlight);
  const taken = createTaken(REMEMBER_MS, REMEMBERED);
  const reader = createLogReader(intake, config);
  /** The answers to all requests that are still open are known: nothing of them may be used any more. */
  let sealed = false;

  const count = (name: string, value: number) => {
    if (!sealed && value > 0) intake.count(name, value);
  };
  const tellStranger = seldom((times, remote: string) =>
    log.warn('refused requests without a known credential; most senders do not send their log lines again', {
      remote,
      times,
    }),
  );
  const gate = createGate(config.auth, (request) => {
    count('drain.auth_failures', 1);
    tellStranger(request.socket.remoteAddress ?? 'unknown');
  });
  const tellFailure = seldom((times, error: string) => log.error('requests failed', { error, times }));

  let http: HttpServer | undefined;
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    trustProxy: false,
    return503OnClosing: true,
    serverFactory: (handler) => {
      const refused = () => count('connections.refused', 1);
      http = httpServer({ config, log, refused }, handler as RequestListener);
      return http.server;
    },
  });

  /** Reads the body, then gives all of it to `accept` at once, so that nothing of a refused request is ever used. */
  async function take(request: IncomingMessage, accept: (body: Buffer, sender: string) => void): Promise<void> {
    const sender = gate.admit(request);
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
  const methods = new Map([
    ['/logs', 'POST'],
    ['/statsd', 'POST'],
  ]);
  for (const [path, health] of probes(context.ready)) {
    methods.set(path, 'GET');
    app.get(path, (_request, reply) => {
      const { status, sentence } = health();
      return text(reply, status, sentence);
    });
  }

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = methods.get(path);
    if (allowed === undefined) return text(reply, 404, `There is no such path; post to /logs or /statsd.`);
    return text(reply.header('allow', allowed), 405, `${path} takes ${allowed} only.`);
  });
  app.setErrorHandler((error, request, reply) => {
    if (isRefusal(error)) {
      if (error.status === 503) count('drain.overload', 1);
      count('drain.refused_requests', 1);
      for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
      return text(reply, error.status, error.message, request.raw);
    }
    const status = statusOf(error);
    if (status >= 500) tellFailure(String(error));
    return text(reply, status, status >= 500 ? 'The server failed.' : 'The request is malformed.');
  });
  await app.ready();

  const seal = () => {
    sealed = true;
  };
  try {
    const { addresses, close } = await http!.open();
    return {
      addresses,
      async close() {
        const closed = close(seal);
        await app.close();
        await closed;
        seal();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
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

/** With `unread`, the answer is sent at once, but ends with the body: a connection that is closed with bytes unread is reset. */
function text(reply: FastifyReply, status: number, sentence: string, unread?: IncomingMessage): FastifyReply {
  const body = Buffer.from(`${sentence}\n`);
  reply.code(status).type('text/plain; charset=utf-8').header('content-length', body.length);
  return reply.send(unread === undefined || unread.complete ? body : Readable.from(slowly(body, unread)));
}

async function* slowly(body: Buffer, unread: IncomingMessage): AsyncGenerator<Buffer> {
  yield body;
  await discard(unread);
}
