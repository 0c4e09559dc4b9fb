import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import type { FastifyReply } from 'fastify';
import { type Answer, bodyServer } from '../../src/kit/http/body-server.ts';
import { refusal } from '../../src/kit/http/refusal.ts';
import type { Listener } from '../../src/kit/listener.ts';
import type { FrontendContext, Intake } from '../../src/plugin.ts';
import { sendWhole } from './answer.ts';
import type { HttpConfig } from './config.ts';
import { createTaken, repeatKey } from './dedup.ts';
import { createLogReader } from './reader.ts';
import { datadogSender } from './senders/datadog/sender.ts';
import type { Sender } from './senders/sender.ts';

const LOGPLEX_TYPE = 'application/logplex-1';
const LOGPLEX_HEADERS = ['logplex-msg-count', 'logplex-frame-id', 'logplex-drain-token', 'logplex-lost-count'];
const REMEMBER_MS = 300_000;
const REMEMBERED = 50_000;

/** Serves the routes. Loads fastify. Rejects when it cannot listen, and then holds nothing open. */
export async function openDrain(config: HttpConfig, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { fastify } = await import('fastify');
  const taken = createTaken(REMEMBER_MS, REMEMBERED);
  const reader = createLogReader(intake, config);
  const paths = ['/logs', '/statsd'];
  const server = bodyServer({
    config,
    intake,
    context,
    prefix: 'drain',
    paths,
  });
  const { take, count, unrouted, answerTo, listenWith, open } = server;
  const senders: Sender[] = config.datadog === undefined ? [] : [datadogSender(config.datadog, server, intake)];
  const media = [LOGPLEX_TYPE, ...senders.flatMap(({ mediaTypes }) => mediaTypes)];
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    trustProxy: false,
    return503OnClosing: true,
    serverFactory: (handler) => listenWith(handler as RequestListener),
  });

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
    const given = headers['content-type']?.toLowerCase();
    if (given === undefined) return done();
    const type = media.find((known) => given.startsWith(known));
    if (type === undefined) delete headers['content-type'];
    else headers['content-type'] = type;
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
  for (const sender of senders) await app.register(async (scope) => sender.register(scope));
  app.setNotFoundHandler((request, reply) => text(reply, unrouted(request.method, request.url), request.raw));
  app.setErrorHandler((error, request, reply) => text(reply, answerTo(error), request.raw));
  await app.ready();

  try {
    const { addresses, close } = await open();
    return {
      addresses,
      async close() {
        const closed = close();
        await app.close();
        await closed;
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

function text(reply: FastifyReply, { status, sentence, headers }: Answer, unread: IncomingMessage): FastifyReply {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  return sendWhole(reply.code(status).type('text/plain; charset=utf-8'), `${sentence}\n`, unread);
}
