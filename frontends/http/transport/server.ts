import type { IncomingMessage, RequestListener } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, type BodyServer, bodyServer, pathOf } from '../../../src/kit/http/body-server.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { Listener } from '../../../src/kit/listener.ts';
import type { FrontendContext, Intake } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { createLogReaders, type LogReader } from '../extract/reader.ts';
import { datadogSender } from '../senders/datadog/sender.ts';
import { logSenders } from '../senders/index.ts';
import type { Post, PostRoute, Reading, Reply, Sender } from '../senders/sender.ts';
import { statsdSender } from '../senders/statsd.ts';
import { sendWhole } from './answer.ts';
import { createTaken } from './dedup.ts';
import { mediaTypeOf, takeAnyType } from './media-type.ts';

const REMEMBER_MS = 300_000;
const REMEMBERED = 50_000;
/** Readers that are kept for the next body; each holds 16 KiB. */
const IDLE_READERS = 16;

/** Serves the routes. Loads fastify. Rejects when it cannot listen, and then holds nothing open. */
export async function openDrain(config: HttpConfig, intake: Intake, context: FrontendContext): Promise<Listener> {
  const { fastify } = await import('fastify');
  const senders: readonly Sender[] = [...logSenders, ...ownIntake(config, intake)];
  const owners = ownersOf(senders);
  const server = bodyServer({ config, intake, context, prefix: 'drain', paths: methodsOf(senders) });
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    trustProxy: false,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, caseSensitive: false },
    serverFactory: (handler) => server.listenWith(handler as RequestListener),
  });
  const reading = createReading(config, intake, server);

  takeAnyType(app);
  app.setNotFoundHandler((request, reply) => {
    const answer = server.unrouted(request.method, request.url);
    return refuse(reply, owners.get(pathOf(request.url)), answer, request.raw);
  });
  app.setErrorHandler((error, request, reply) => refuse(reply, undefined, server.answerTo(error), request.raw));
  await app.register(async (scope) => {
    scope.post('/logs', async (request, reply) => {
      return send(reply, await reading.take(request, undefined, claimant));
    });
  });
  for (const sender of senders) await app.register(async (scope) => registerSender(scope, sender));
  await app.ready();

  function registerSender(scope: FastifyInstance, sender: Sender): void {
    for (const route of sender.posts) {
      scope.route({
        method: [...(route.methods ?? ['POST'])],
        url: route.path,
        handler: async (request, reply) => {
          return send(reply, await reading.take(request, sender, () => [sender, route]), sender.headers);
        },
      });
    }
    for (const { path, open, answer } of sender.gets ?? []) {
      scope.get(path, async (request, reply) => {
        const query = queryOf(request);
        if (!open) server.admit(request.raw, sender.credential?.(request.raw.headers, query));
        return send(reply, answer(query), sender.headers);
      });
    }
    scope.setErrorHandler((error, request, reply) => refuse(reply, sender, server.answerTo(error), request.raw));
  }

  try {
    const { addresses, close } = await server.open();
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

/** Senders that hand over something else than log text. */
function ownIntake({ datadog }: HttpConfig, intake: Intake): Sender[] {
  const statsd = statsdSender(intake);
  return datadog === undefined ? [statsd] : [statsd, datadogSender(datadog, intake)];
}

/** By path, in lower case. */
function ownersOf(senders: readonly Sender[]): ReadonlyMap<string, Sender> {
  const owners = new Map<string, Sender>();
  for (const sender of senders) {
    for (const { path } of [...sender.posts, ...(sender.gets ?? [])]) owners.set(path.toLowerCase(), sender);
  }
  return owners;
}

/** What each path takes. */
function methodsOf(senders: readonly Sender[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>([['/logs', ['POST']]]);
  for (const { posts, gets = [] } of senders) {
    for (const route of posts) methods.set(route.path.toLowerCase(), route.methods ?? ['POST']);
    for (const { path } of gets) methods.set(path.toLowerCase(), [...(methods.get(path.toLowerCase()) ?? []), 'GET']);
  }
  return methods;
}

type Chosen = readonly [Sender, PostRoute];
type Choose = (post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer) => Chosen;

function claimant(post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer): Chosen {
  const sender = logSenders.find(({ claims }) => claims?.(post, body) === true) ?? logSenders.at(-1)!;
  return [sender, sender.posts[0]];
}

/** Reads bodies that were posted, each with the sender whose it is. */
function createReading(config: HttpConfig, intake: Intake, server: BodyServer) {
  const { count, spent } = server;
  const createReader = createLogReaders(intake, { procIdAsSource: config.procIdAsSource, spent });
  const idle: LogReader[] = [];
  const taken = createTaken(REMEMBER_MS, REMEMBERED);
  const underWay = new Set<string>();

  function* read(route: PostRoute, body: Buffer, post: Post, logs: LogReader): Reading {
    logs.begin(post.app, post.repeated);
    const answer = yield* route.read(body, post);
    yield* logs.end();
    // One that a reader gave up in the middle of a body is not used again.
    if (idle.length < IDLE_READERS) idle.push(logs);
    return answer;
  }

  /** Waits for a reader of the same body, and knows then whether it took it. */
  function* readOnce(key: string, route: PostRoute, body: Buffer, post: Post, logs: LogReader): Reading {
    while (underWay.has(key)) yield;
    const repeated = taken.has(key);
    if (repeated) count('drain.duplicate_frames', 1);
    underWay.add(key);
    try {
      const answer = yield* read(route, body, repeated ? { ...post, repeated } : post, logs);
      taken.add(key);
      return answer;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    /** `own`: the sender whose route it is, if it is one's. */
    async take(request: FastifyRequest, own: Sender | undefined, choose: Choose): Promise<Reply> {
      const { headers } = request.raw;
      const query = queryOf(request);
      const given = appName(query);
      const mediaType = mediaTypeOf(request);
      const options = own === undefined ? undefined : { token: own.credential?.(headers, query), limits: own.limits };
      const answer = await server.read(
        request.raw,
        (body, client) => {
          const [sender, route] = choose({ headers, mediaType }, body);
          const logs = idle.pop() ?? createReader();
          const app = given ?? client.app;
          const post: Post = { headers, mediaType, query, client, app, repeated: false, logs, spent, count };
          const id = sender.repeat?.(headers);
          if (id === undefined) return read(route, body, post, logs);
          return readOnce(`${client.name}\n${sender.name}\n${id}`, route, body, post, logs);
        },
        options,
      );
      return answer ?? NO_CONTENT;
    },
  };
}

const NO_CONTENT: Reply = { status: 204 };

function queryOf(request: FastifyRequest): URLSearchParams {
  const { url = '' } = request.raw;
  const mark = url.indexOf('?');
  return mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
}

const NO_QUERY = new URLSearchParams();
const APP_NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;

function appName(query: URLSearchParams): string | undefined {
  const [given, ...more] = query.getAll('app');
  if (given === undefined) return undefined;
  if (more.length === 0 && APP_NAME.test(given)) return given;
  throw refusal(400, '"app" in the query must be given once, as 1 to 100 of the characters A-Z a-z 0-9 _ . : / and -.');
}

function send(reply: FastifyReply, { status, headers, body }: Reply, more?: Sender['headers']): FastifyReply {
  if (more !== undefined) reply.headers(more);
  if (headers !== undefined) reply.headers(headers);
  return reply.code(status).send(body);
}

/** In the sender's own form, where it is one's route. */
function refuse(
  reply: FastifyReply,
  sender: Sender | undefined,
  answer: Answer,
  unread: IncomingMessage,
): FastifyReply {
  const own = sender?.refuse?.(answer, unread.headers) ?? {
    status: answer.status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${answer.sentence}\n`,
  };
  if (own.status === answer.status)
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
  for (const [name, value] of Object.entries({ ...sender?.headers, ...own.headers })) reply.header(name, value);
  return sendWhole(reply.code(own.status), own.body ?? '', unread);
}
