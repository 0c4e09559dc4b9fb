import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FrontendContext, Intake } from '../../plugin.ts';
import type { Listener } from '../listener.ts';
import { seldom } from '../seldom.ts';
import type { Steps } from '../slices.ts';
import { ANONYMOUS, type Client, tellingGate } from './auth.ts';
import type { BodyServerConfig } from './body-server-config.ts';
import { createDoor, type Door, type Prepared } from './door.ts';
import { probes } from './health.ts';
import { createPace } from './pace.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { createRefusalLog, pathAsGiven } from './refusal-log.ts';
import { type BodyLimits, createBudget, readBody } from './request-body.ts';
import { createSlices } from './shared-slices.ts';

/** An answer of one sentence. */
export interface Answer {
  readonly status: number;
  readonly sentence: string;
  readonly headers: Refusal['headers'];
}

export interface TakeOptions {
  /** A credential that stands where none of the others has it. */
  readonly token?: string | undefined;
  /** Takes the place of credentials: throws a refusal where the body as it was received is not signed as it must be. */
  readonly verify?: ((raw: Buffer) => void) | undefined;
  /** In place of those of the configuration. */
  readonly limits?: Partial<BodyLimits> | undefined;
  /** Told who it is, before the body is read. */
  admitted?(client: Client): void;
}

/** The server of a front-end whose clients post bodies: who may post, how much, and what is counted of it. */
export interface BodyServer {
  /**
   * Admits the request, reads its body, and then gives all of it to `accept` at once, so that nothing of a refused request is ever
   * used. Resolves with what `accept` gives; rejects with a refusal, also with one that `accept` throws.
   */
  take<Result>(
    request: IncomingMessage,
    accept: (body: Buffer, client: Client) => Result,
    options?: TakeOptions,
  ): Promise<Result>;
  /** As `take`, for what may take long: a reader yields when {@link spent}. */
  read<Result>(
    request: IncomingMessage,
    reader: (body: Buffer, client: Client) => Steps<Result>,
    options?: TakeOptions,
  ): Promise<Result>;
  /** True when a reader has had its time in this turn of the event loop. */
  spent(): boolean;
  /** Who asks, of a request whose body is not read. Throws a refusal. */
  admit(request: IncomingMessage, token?: string): Client;
  /** The probes of {@link probes}, and 404 and 405: the answer to a request that no route takes. Counts and logs these two. */
  unrouted(request: IncomingMessage): Answer;
  /** What is answered after `take`, or anything else, threw. Counts and logs refusals and failures. */
  answerTo(error: unknown, request: IncomingMessage): Answer;
  /** As `count` of the intake, until the server has closed: all answers are known by then, and nothing may be counted behind them. */
  count(name: string, value: number, tags?: readonly string[]): void;
  /** Gives a server that never listens, for a framework that wants one: `open` has its own. Throws where its certificate is not good. */
  listenWith(handler: RequestListener): Server;
  /** Rejects when it cannot listen, and then holds nothing open. */
  open(): Promise<Listener>;
}

export interface BodyServerOptions {
  readonly config: BodyServerConfig;
  readonly intake: Pick<Intake, 'count'>;
  readonly context: Pick<FrontendContext, 'log' | 'ready'> & Partial<Pick<FrontendContext, 'replaced' | 'inherited'>>;
  /** Where it leaves its server, and finds that of a predecessor. Default: it does neither. */
  readonly door?: Door;
  /** Begins the names of its own metrics: `<prefix>.requests`, `.bytes`, `.auth_failures`, `.overload` and `.refused_requests`. */
  readonly prefix: string;
  /** Told of what was no request of HTTP, and what it was answered with. */
  readonly malformed?: (status: number, remote: string) => void;
  /** What each path takes, in lower case. The first one is named to who is lost. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

export function bodyServer({
  config,
  intake,
  context,
  prefix,
  paths,
  malformed: tellMalformed,
  door = createDoor(),
}: BodyServerOptions): BodyServer {
  const { log } = context;
  const budget = createBudget(config.maxInFlight);
  const health = probes(context.ready);
  const methods = new Map<string, readonly string[]>([
    ...paths,
    ...[...health.keys()].map((path) => [path, ['GET']] as const),
  ]);
  const posted = [...paths]
    .filter(([, taken]) => taken.includes('POST'))
    .map(([path]) => path)
    .slice(0, NAMED_PATHS);
  let sealed = false;
  let http: Prepared | undefined;

  const count: BodyServer['count'] = (name, value, tags) => {
    if (!sealed && value > 0) intake.count(name, value, tags);
  };
  const tellRefusal = createRefusalLog(log);

  /** One that is no fault of its sender is not worth a line of its own. */
  function refused(answer: Answer, request: IncomingMessage): Answer {
    if (answer.status === 503) count(`${prefix}.overload`, 1);
    count(`${prefix}.refused_requests`, 1, [`status:${answer.status}`]);
    if (answer.status !== 401) tellRefusal(answer.status, answer.sentence, request);
    return answer;
  }
  const gate = tellingGate(
    config.auth,
    log,
    'refused requests without a known credential; most senders do not send their log lines again',
    () => count(`${prefix}.auth_failures`, 1),
  );
  const slices = createSlices();
  const pace = config.maxRate === undefined ? undefined : createPace(config.maxRate);

  async function receive<Result>(
    request: IncomingMessage,
    { token, verify, limits, admitted }: TakeOptions = {},
    accept: (body: Buffer, client: Client) => Result | Promise<Result>,
  ): Promise<Result> {
    const client = verify === undefined ? gate.admit(request, token ?? tokenInQuery(request)) : SIGNED;
    if (verify === undefined) admitted?.(client);
    if (client !== SIGNED && client.name !== ANONYMOUS) http?.trust(request.socket, false);
    const wait = pace?.(client === SIGNED || client.name === ANONYMOUS ? remoteOf(request) : client.name) ?? 0;
    if (wait > 0) await sleep(wait);
    const lease = budget.lease();
    try {
      const body = await readBody(request, limits === undefined ? config : { ...config, ...limits }, lease, verify);
      if (verify !== undefined) admitted?.(client);
      if (sealed) throw refusal(503, 'The server is stopping; send this again later.', { 'retry-after': '1' });
      const given = accept(body, client);
      http?.trust(request.socket, true);
      count(`${prefix}.requests`, 1);
      count(`${prefix}.bytes`, body.length);
      return await given;
    } finally {
      lease.release();
    }
  }
  const tellFailure = seldom((times, error: string) => log.error('requests failed', { error, times }));

  return {
    count,
    admit: (request, token) => gate.admit(request, token ?? tokenInQuery(request)),
    spent: slices.spent,
    take: (request, accept, options) => receive(request, options, accept),
    read: (request, reader, options) => receive(request, options, (body, client) => slices.run(reader(body, client))),
    unrouted(request) {
      const { method = '', url = '' } = request;
      const path = pathOf(url);
      const allowed = methods.get(path);
      const probe = health.get(path);
      if (probe !== undefined && (method === 'GET' || method === 'HEAD')) return { ...probe(), headers: {} };
      if (allowed === undefined) {
        const sentence = `There is no such path; post to ${posted.join(' or ')}.`;
        return refused({ status: 404, sentence, headers: {} }, request);
      }
      const sentence = `${pathAsGiven(url)} takes ${allowed.join(' and ')} only.`;
      return refused({ status: 405, sentence, headers: { allow: allowed.join(', ') } }, request);
    },
    answerTo(error, request) {
      if (isRefusal(error)) {
        return refused({ status: error.status, sentence: error.message, headers: error.headers }, request);
      }
      const status = statusOf(error);
      if (status < 500) return refused({ status, sentence: 'The request is malformed.', headers: {} }, request);
      tellFailure(String(error));
      return { status, sentence: 'The server failed.', headers: {} };
    },
    listenWith(handler) {
      const dropped = (why: string) => count('connections.refused', 1, [`why:${why}`]);
      const malformed = (status: number, remote: string) => {
        count(`${prefix}.refused_requests`, 1, [`status:${status}`]);
        tellMalformed?.(status, remote);
      };
      http = door.prepare({ config, log, inherited: context.inherited, dropped, malformed }, handler);
      // One that does not listen holds memory until it is closed: https://github.com/nodejs/node/issues/48604
      return createServer().close();
    },
    async open() {
      if (http === undefined) throw new Error('open() needs the handler that listenWith() takes');
      const { addresses, close, leave } = await http.open();
      const seal = () => {
        slices.finish();
        sealed = true;
      };
      return {
        addresses,
        async close() {
          await (context.replaced?.() === true ? leave(seal) : close(seal));
          seal();
        },
      };
    },
  };
}

/** Paths that are named to who asks for one that is not there. */
const NAMED_PATHS = 3;

/** Of errors that a framework throws. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** In lower case, without a query or slashes at its end. */
export function pathOf(url: string): string {
  const path = pathAsGiven(url);
  return path
    .toLowerCase()
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '');
}

function remoteOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'unknown';
}

/** Of a body that is signed. */
const SIGNED: Client = { name: 'signed' };

/** For senders of which nothing but a URL can be set. Where a request has a credential elsewhere it is none. */
function tokenInQuery({ url = '', headers }: IncomingMessage): string | undefined {
  const mark = url.indexOf('?');
  if (mark < 0 || headers.authorization !== undefined || headers['x-api-key'] !== undefined) return undefined;
  return new URLSearchParams(url.slice(mark + 1)).get('token') ?? undefined;
}
