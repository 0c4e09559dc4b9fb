import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '../../../src/kit/http/auth.ts';
import { hasCredentials, secretsOf } from '../../../src/kit/http/auth-config.ts';
import { type Answer, bodyServer, pathOf } from '../../../src/kit/http/body-server.ts';
import { createDoor } from '../../../src/kit/http/door.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { Listener } from '../../../src/kit/listener.ts';
import { isLoopback } from '../../../src/kit/loopback.ts';
import type { FrontendContext, Intake } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { openRules } from '../rules/open.ts';
import { datadogSender } from '../senders/datadog/sender.ts';
import { logSenders } from '../senders/index.ts';
import { createMetricStreams } from '../senders/otlp/metrics.ts';
import { otlpSender } from '../senders/otlp/sender.ts';
import type { Sender } from '../senders/sender.ts';
import { statsdSender } from '../senders/statsd.ts';
import { answer, answerEarly } from './answer.ts';
import { createCaptures } from './captures.ts';
import { createDrains } from './drains.ts';
import { mediaTypeOf, takeAnyType } from './media-type.ts';
import { meter } from './meter.ts';
import { queryOf } from './query.ts';
import { createReading, type DrainTrace } from './reading.ts';
import { redactor } from './redact.ts';
import { openRepeats } from './repeats.ts';
import { methodsOf, ownersOf, type Route, routesOf } from './routes.ts';

/** Fastify would load ajv at its start, 280 of its 400 files, and no route has a schema. */
function noSchemas(): never {
  throw new Error('a route has a schema, and nothing to check it with is loaded');
}

type DrainContext = Pick<FrontendContext, 'log' | 'ready' | 'replaced' | 'kept' | 'folder'> &
  Partial<Pick<FrontendContext, 'kit'>>;

/** Some 50 ms of a start. */
export async function loadFastify() {
  return (await import('fastify')).fastify;
}

/** Serves the routes. Loads fastify. Rejects when it cannot listen, and then holds nothing open. */
export async function openDrain(
  config: HttpConfig,
  intake: Intake,
  context: DrainContext,
  trace?: DrainTrace,
): Promise<Listener> {
  const fastify = await loadFastify();
  const metered = meter(intake);
  const ofLogs = logSenders(config, metered.intake);
  const own = ownIntake(config, metered.intake, context);
  const senders: readonly Sender[] = [...ofLogs, ...own];
  // Of JSON those come first who know their own.
  const routes = routesOf(senders, [...own, ...ofLogs]);
  let closing = false;
  const owners = ownersOf(senders);
  const drains = context.kept('drains', () => createDrains());
  const door = context.kept('door', createDoor);
  const malformed = (status: number, remote: string) =>
    drains.refused(undefined, remote, status, 'It was no request of HTTP, or its head was longer than 16 KiB.');
  const server = bodyServer({ config, intake, context, prefix: 'drain', paths: methodsOf(senders), malformed, door });
  const captures = createCaptures(redactor(secretsOfDrain(config)));
  const app = fastify({
    logger: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    exposeHeadRoutes: false,
    trustProxy: false,
    // What is no request is answered where connections are made.
    clientErrorHandler: () => undefined,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, caseSensitive: false },
    serverFactory: (handler) =>
      server.listenWith((request, response) => {
        if (captures.active) captures.watch(request, response);
        // A path as it is written is found without fastify, whose part of a post of 1 kB was a seventh of its CPU.
        const route = closing ? undefined : routes.get(request.method!)?.get(pathAsWritten(request.url!));
        if (route === undefined) (handler as RequestListener)(request, response);
        else take(request, response, route);
      }),
  });
  const repeats = await openRepeats(context);
  const rules = config.rules && openRules(config.rules, intake, context);
  const reading = createReading({
    config,
    intake,
    server,
    drains,
    captures,
    repeats,
    rules: rules?.book,
    samples: metered.samples,
    trace,
  });

  takeAnyType(app);
  app.setNotFoundHandler((request, reply) => {
    const refused = server.unrouted(request.raw);
    // Not a probe that says that the server is not ready.
    if (refused.status === 404 || refused.status === 405)
      drains.refused(undefined, request.ip, refused.status, refused.sentence);
    refuse(hijacked(reply), owners.get(pathOf(request.url)), refused);
  });
  app.setErrorHandler((error, _request, reply) => failed(error, undefined, hijacked(reply)));
  for (const [method, byPath] of routes) {
    for (const [url, route] of byPath) {
      app.route({ method, url, handler: async (request, reply) => take(request.raw, hijacked(reply), route) });
    }
  }
  for (const sender of senders) await app.register(async (scope) => registerGets(scope, sender));
  app.get('/drains', async (request, reply) => {
    return sendNew(reply, 'application/json', drains.listFor(operator(request)));
  });
  app.get('/drains/capture', async (request, reply) => {
    return sendNew(reply, 'application/x-ndjson', captures.open(operator(request), queryOf(request.raw)));
  });
  await app.ready();

  function take(request: IncomingMessage, response: ServerResponse, route: Route): void {
    const own = route.own(request);
    reading.take(request, own, route.choose(own)).then(
      (reply) => answer(response, reply, own?.headers),
      (error: unknown) => failed(error, own, response),
    );
  }

  function registerGets(scope: FastifyInstance, sender: Sender): void {
    for (const { path, open, answer: reply } of sender.gets ?? []) {
      scope.route({
        method: ['GET', 'HEAD'],
        url: path,
        handler: async ({ raw }, response) => {
          const query = queryOf(raw);
          if (!open) server.admit(raw, sender.credential?.(raw.headers, query));
          answer(hijacked(response), reply(query), sender.headers);
        },
      });
    }
    scope.setErrorHandler((error, _request, reply) => failed(error, sender, hijacked(reply)));
  }

  /** Who asks for what others sent. */
  function operator({ raw }: FastifyRequest): Client {
    const client = server.admit(raw);
    if (hasCredentials(config.auth) || isLoopback(config.host)) return client;
    throw refusal(
      403,
      'Whoever may post here without a credential may not see what others post; name users or tokens in "auth".',
    );
  }

  function failed(error: unknown, sender: Sender | undefined, response: ServerResponse): void {
    const refused = server.answerTo(error, response.req);
    const remote = response.req.socket.remoteAddress ?? 'unknown';
    drains.refused(reading.drainOf(error), remote, refused.status, refused.sentence);
    refuse(response, sender, refused);
  }

  try {
    const { addresses, close } = await server.open();
    return {
      addresses,
      async close() {
        closing = true;
        captures.close();
        rules?.close();
        const closed = close();
        await app.close();
        await closed;
        await repeats.close();
      },
    };
  } catch (error) {
    rules?.close();
    await app.close();
    await repeats.close();
    throw error;
  }
}

/** Senders that hand over something else than log text. */
function ownIntake(config: HttpConfig, intake: Intake, { kept }: DrainContext): Sender[] {
  const { otlp, datadog } = config;
  const own = [
    statsdSender(intake),
    otlpSender(
      { otlp, limits: config },
      intake,
      kept('otlp', () => createMetricStreams()),
    ),
  ];
  return datadog === undefined ? own : [...own, datadogSender(datadog, intake)];
}

/** All texts that let somebody in. */
function secretsOfDrain({ auth, vercel: { secret } }: HttpConfig): readonly string[] {
  return secret === undefined ? secretsOf(auth) : [...secretsOf(auth), secret];
}

/** Without a trace in the memory of a proxy. */
function sendNew(reply: FastifyReply, type: string, body: string | Readable): FastifyReply {
  return reply.header('content-type', type).header('cache-control', 'no-store').send(body);
}

/** The response itself, which fastify leaves alone from now on. */
function hijacked(reply: FastifyReply): ServerResponse {
  reply.hijack();
  return reply.raw;
}

function pathAsWritten(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** In the sender's own form, where it is one's route. */
function refuse(response: ServerResponse, sender: Sender | undefined, refused: Answer): void {
  const { req: request } = response;
  const own = sender?.refuse?.({ ...refused, mediaType: mediaTypeOf(request) }, request.headers) ?? {
    status: refused.status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${refused.sentence}\n`,
  };
  answerEarly(response, own, { ...(own.status === refused.status ? refused.headers : {}), ...sender?.headers });
}
