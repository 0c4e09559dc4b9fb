import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '../../../src/kit/http/auth.ts';
import { hasCredentials, secretsOf } from '../../../src/kit/http/auth-config.ts';
import { type Answer, type BodyServer, bodyServer, pathOf } from '../../../src/kit/http/body-server.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { Listener } from '../../../src/kit/listener.ts';
import { isLoopback } from '../../../src/kit/loopback.ts';
import type { FrontendContext, Intake } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { createLogReaders, type LogReader } from '../extract/reader.ts';
import type { LineTrace } from '../extract/trace.ts';
import { openRules } from '../rules/open.ts';
import type { RuleBook } from '../rules/rules.ts';
import { datadogSender } from '../senders/datadog/sender.ts';
import { logSenders } from '../senders/index.ts';
import { createMetricStreams } from '../senders/otlp/metrics.ts';
import { otlpSender } from '../senders/otlp/sender.ts';
import { raw } from '../senders/raw.ts';
import type { Post, PostRoute, Reading, Reply, Sender } from '../senders/sender.ts';
import { statsdSender } from '../senders/statsd.ts';
import { sendWhole } from './answer.ts';
import { type Captures, createCaptures } from './captures.ts';
import { createDrains, type Drain, type Drains } from './drains.ts';
import { mediaTypeOf, takeAnyType } from './media-type.ts';
import { meter } from './meter.ts';
import { redactor } from './redact.ts';
import { openRepeats, type Repeats } from './repeats.ts';

/** Readers that are kept for the next body; each holds 16 KiB. */
const IDLE_READERS = 16;
/** Characters: the token of a drain has 38. */
const LONGEST_STREAM = 100;

/** Is told what a request is read as. */
export interface DrainTrace extends LineTrace {
  sender(name: string): void;
}

type DrainContext = Pick<FrontendContext, 'log' | 'ready' | 'kept' | 'folder'> & Partial<Pick<FrontendContext, 'kit'>>;

/** Serves the routes. Loads fastify. Rejects when it cannot listen, and then holds nothing open. */
export async function openDrain(
  config: HttpConfig,
  intake: Intake,
  context: DrainContext,
  trace?: DrainTrace,
): Promise<Listener> {
  const { fastify } = await import('fastify');
  const metered = meter(intake);
  const ofLogs = logSenders(config, metered.intake);
  const own = ownIntake(config, metered.intake, context);
  const senders: readonly Sender[] = [...ofLogs, ...own];
  // Of JSON those come first who know their own.
  const claimant = createClaimant([...own, ...ofLogs]);
  const owners = ownersOf(senders);
  const server = bodyServer({ config, intake, context, prefix: 'drain', paths: methodsOf(senders) });
  const captures = createCaptures(redactor(secretsOf(config.auth)));
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    trustProxy: false,
    // What is no request is answered where connections are made.
    clientErrorHandler: () => undefined,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, caseSensitive: false },
    serverFactory: (handler) =>
      server.listenWith((request, response) => {
        if (captures.active) captures.watch(request, response);
        (handler as RequestListener)(request, response);
      }),
  });
  const drains = context.kept('drains', () => createDrains());
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
    const answer = server.unrouted(request.raw);
    // Not a probe that says that the server is not ready.
    if (answer.status === 404 || answer.status === 405)
      drains.refused(undefined, request.ip, answer.status, answer.sentence);
    return refuse(reply, owners.get(pathOf(request.url)), answer, request.raw);
  });
  app.setErrorHandler((error, request, reply) => failed(error, undefined, request, reply));
  await app.register(async (scope) => {
    scope.post('/logs', async (request, reply) => {
      const own = claimant.byHeaders(request);
      const choose = own === undefined ? claimant.byBody : () => chosen(own);
      return send(reply, await reading.take(request, own, choose), own);
    });
    scope.setErrorHandler((error, request, reply) => failed(error, claimant.byHeaders(request), request, reply));
  });
  for (const sender of senders) await app.register(async (scope) => registerSender(scope, sender));
  app.get('/drains', async (request, reply) => {
    return sendNew(reply, 'application/json', drains.listFor(operator(request)));
  });
  app.get('/drains/capture', async (request, reply) => {
    return sendNew(reply, 'application/x-ndjson', captures.open(operator(request), queryOf(request)));
  });
  await app.ready();

  function registerSender(scope: FastifyInstance, sender: Sender): void {
    for (const route of sender.posts) {
      scope.route({
        method: [...(route.methods ?? ['POST'])],
        url: route.path,
        handler: async (request, reply) => {
          return send(reply, await reading.take(request, sender, () => [sender, route]), sender);
        },
      });
    }
    for (const { path, open, answer } of sender.gets ?? []) {
      scope.route({
        method: ['GET', 'HEAD'],
        url: path,
        handler: async (request, reply) => {
          const query = queryOf(request);
          if (!open) server.admit(request.raw, sender.credential?.(request.raw.headers, query));
          return send(reply, answer(query), sender);
        },
      });
    }
    scope.setErrorHandler((error, request, reply) => failed(error, sender, request, reply));
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

  function failed(error: unknown, sender: Sender | undefined, request: FastifyRequest, reply: FastifyReply) {
    const answer = server.answerTo(error, request.raw);
    drains.refused(reading.drainOf(error), request.ip, answer.status, answer.sentence);
    return refuse(reply, sender, answer, request.raw);
  }

  try {
    const { addresses, close } = await server.open();
    return {
      addresses,
      async close() {
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
  const methods = new Map<string, readonly string[]>([
    ['/logs', ['POST']],
    ['/drains', ['GET']],
    ['/drains/capture', ['GET']],
  ]);
  for (const { posts, gets = [] } of senders) {
    for (const route of posts) methods.set(route.path.toLowerCase(), route.methods ?? ['POST']);
    for (const { path } of gets) methods.set(path.toLowerCase(), [...(methods.get(path.toLowerCase()) ?? []), 'GET']);
  }
  return methods;
}

type Chosen = readonly [Sender, PostRoute];
type Choose = (post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer) => Chosen;

function chosen(sender: Sender): Chosen {
  return [sender, sender.posts[0]];
}

/** Finds whose a body is that came to `POST /logs`. */
function createClaimant(senders: readonly Sender[]) {
  const find = (post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer) =>
    senders.find(({ claims }) => claims?.(post, body) === true);
  return {
    /** Undefined where its body has to be seen. */
    byHeaders: (request: FastifyRequest) =>
      find({ headers: request.raw.headers, mediaType: mediaTypeOf(request) }, NOTHING),
    byBody: (post: Pick<Post, 'headers' | 'mediaType'>, body: Buffer) => chosen(find(post, body) ?? raw),
  };
}

const NOTHING = Buffer.alloc(0);

interface ReadingParts {
  readonly config: HttpConfig;
  readonly intake: Intake;
  readonly server: BodyServer;
  readonly drains: Drains;
  readonly captures: Captures;
  readonly repeats: Repeats;
  readonly rules: RuleBook | undefined;
  /** How many ready samples those gave who have an intake of their own. */
  samples(): number;
  readonly trace: DrainTrace | undefined;
}

/** Reads bodies that were posted, each with the sender whose it is. */
function createReading({ config, intake, server, drains, captures, repeats, rules, samples, trace }: ReadingParts) {
  const { count, spent } = server;
  const { profile, procIdAsSource, maxSeries, platformLines = profile === 'seed' } = config;
  const now = () => performance.now();
  const createReader = createLogReaders(intake, {
    profile,
    procIdAsSource,
    platformLines,
    maxSeries,
    rules,
    spent,
    now,
    trace,
  });
  const idle: LogReader[] = [];
  const { underWay } = repeats;
  const refusedOf = new WeakMap<object, Drain>();

  function* read([sender, route]: Chosen, body: Buffer, post: Post, logs: LogReader, drain: Drain): Reading {
    const { client, app, repeated, headers } = post;
    const stream = String(headers['logplex-drain-token'] ?? '').slice(0, LONGEST_STREAM);
    logs.begin({ client, app, repeated, stream });
    const answer = yield* metered(route.read(body, post), drain);
    yield* logs.end();
    const { totals } = logs;
    drain.lastMs = Date.now();
    drain.sender = sender.name;
    drain.requests++;
    drain.bytes += body.length;
    drain.lines += totals.lines;
    drain.metrics += totals.metrics;
    drain.lostLines += totals.lostLines;
    // One that a reader gave up in the middle of a body is not used again.
    if (idle.length < IDLE_READERS) idle.push(logs);
    return answer;
  }

  /** What is sampled while `reading` goes on is of its drain: nothing else goes on then. */
  function* metered(reading: Reading, drain: Drain): Reading {
    for (;;) {
      const before = samples();
      const { done, value } = reading.next();
      drain.metrics += samples() - before;
      if (done === true) return value;
      yield;
    }
  }

  /** Waits for a reader of the same body, and knows then whether it took it. */
  function* readOnce(key: string, chosen: Chosen, body: Buffer, post: Post, logs: LogReader, drain: Drain): Reading {
    while (underWay.has(key)) yield;
    const repeated = repeats.has(key);
    if (repeated) {
      count('drain.duplicate_frames', 1);
      drain.duplicates++;
    }
    underWay.add(key);
    try {
      const answer = yield* read(chosen, body, repeated ? { ...post, repeated } : post, logs, drain);
      repeats.add(key);
      return answer;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    /** Whose request it was that failed so, where that is known. */
    drainOf: (error: unknown) => (typeof error === 'object' && error !== null ? refusedOf.get(error) : undefined),
    /** `own`: the sender whose request it is, where that is known before its body is. */
    async take(request: FastifyRequest, own: Sender | undefined, choose: Choose): Promise<Reply> {
      const { headers } = request.raw;
      const query = queryOf(request);
      const given = appName(query);
      const mediaType = mediaTypeOf(request);
      let drain: Drain | undefined;
      const options = {
        token: own?.credential?.(headers, query),
        verify: own?.verify === undefined ? undefined : (body: Buffer) => own.verify?.(body, headers),
        limits: own?.limits,
        admitted(client: Client) {
          drain = drains.of(client, tokenOf(headers), given ?? client.app);
          if (captures.active) captures.admitted(request.raw, client);
        },
      };
      try {
        const answer = await server.read(
          request.raw,
          (body, client) => {
            const chosen = choose({ headers, mediaType }, body);
            const logs = idle.pop() ?? createReader();
            const app = given ?? client.app;
            const post: Post = { headers, mediaType, query, client, app, repeated: false, logs, spent, count };
            const [sender] = chosen;
            trace?.sender(sender.name);
            const id = sender.repeat?.(headers);
            if (id === undefined) return read(chosen, body, post, logs, drain!);
            return readOnce(`${client.name}\n${sender.name}\n${id}`, chosen, body, post, logs, drain!);
          },
          options,
        );
        return answer ?? NO_CONTENT;
      } catch (error) {
        if (drain !== undefined && typeof error === 'object' && error !== null) refusedOf.set(error, drain);
        throw error;
      }
    },
  };
}

const NO_CONTENT: Reply = { status: 204 };

/** Of Logplex: which drain of its user it is. */
function tokenOf({ 'logplex-drain-token': token }: IncomingHttpHeaders): string | undefined {
  return typeof token === 'string' ? token : token?.[0];
}

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

/** Without a trace in the memory of a proxy. */
function sendNew(reply: FastifyReply, type: string, body: string | Readable): FastifyReply {
  return reply.header('content-type', type).header('cache-control', 'no-store').send(body);
}

function send(reply: FastifyReply, { status, headers, body }: Reply, sender: Sender | undefined): FastifyReply {
  if (sender?.headers !== undefined) reply.headers(sender.headers);
  if (headers !== undefined) reply.headers(headers);
  // Of a string Fastify would say more than "application/json", which is all that Firehose takes.
  return reply.code(status).send(typeof body === 'string' ? Buffer.from(body) : body);
}

/** In the sender's own form, where it is one's route. */
function refuse(
  reply: FastifyReply,
  sender: Sender | undefined,
  answer: Answer,
  unread: IncomingMessage,
): FastifyReply {
  const own = sender?.refuse?.({ ...answer, mediaType: mediaTypeOf(reply.request) }, unread.headers) ?? {
    status: answer.status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${answer.sentence}\n`,
  };
  if (own.status === answer.status)
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
  for (const [name, value] of Object.entries({ ...sender?.headers, ...own.headers })) reply.header(name, value);
  return sendWhole(reply.code(own.status), own.body ?? '', unread);
}
