import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, BodyServer } from '../../../../src/kit/http/body-server.ts';
import { sendWhole } from '../../answer.ts';
import type { Sender } from '../sender.ts';
import type { DatadogIntakeConfig } from './config.ts';
import { readAgentEvents, readChecks, readDistributions, readEvent, readSeries } from './json.ts';
import { readSeriesMessage, readSketchMessage } from './messages.ts';
import { createTaker, type DatadogIntake } from './taker.ts';

const PROTOBUF = 'application/x-protobuf';

/** What clients of version 1 look for, those of version 2 and the Agent. */
const OK = '{"status":"ok"}';
const NO_ERRORS = '{"errors":[]}';

interface Route {
  readonly path: string;
  /** The body of the answer 202. */
  readonly answer: string;
  /** Reads the whole body, or throws a refusal, before anything of it is handed over. */
  take(body: Buffer, mediaType: string | undefined): void;
}

/** Clients of the HTTP intake of Datadog: https://docs.datadoghq.com/api/latest/metrics/ */
export function datadogSender(
  { near }: DatadogIntakeConfig,
  server: Pick<BodyServer, 'take' | 'admit' | 'answerTo' | 'count'>,
  intake: DatadogIntake,
): Sender {
  const taker = createTaker({ intake, near, now: Date.now, late: (count) => server.count('drain.late_points', count) });
  const takeEvents = (body: Buffer) => taker.events(readAgentEvents(body));
  const routes: readonly Route[] = [
    { path: '/api/v1/series', answer: OK, take: (body) => taker.metrics(readSeries(body)) },
    {
      path: '/api/v2/series',
      answer: NO_ERRORS,
      take: (body, type) => taker.metrics(type === PROTOBUF ? readSeriesMessage(body) : readSeries(body)),
    },
    { path: '/api/v1/distribution_points', answer: OK, take: (body) => taker.distributions(readDistributions(body)) },
    { path: '/api/beta/sketches', answer: NO_ERRORS, take: (body) => taker.sketches(readSketchMessage(body)) },
    { path: '/api/v1/check_run', answer: OK, take: (body) => taker.checks(readChecks(body)) },
    { path: '/api/v1/events', answer: OK, take: (body) => taker.events([readEvent(body)]) },
    { path: '/intake', answer: OK, take: takeEvents },
    { path: '/intake/', answer: OK, take: takeEvents },
  ];

  return {
    mediaTypes: [PROTOBUF],
    register(scope) {
      for (const { path, answer, take } of routes) {
        scope.post(path, async (request, reply) => {
          const type = request.raw.headers['content-type'];
          await server.take(request.raw, (body) => take(body, type), keyOf(request));
          return json(reply, 202, answer);
        });
        refuseOthers(scope, path, 'POST');
      }
      scope.get('/api/v1/validate', async (request, reply) => {
        server.admit(request.raw, keyOf(request));
        return json(reply, 200, '{"valid":true}');
      });
      refuseOthers(scope, '/api/v1/validate', 'GET');
      scope.setErrorHandler((error, request, reply) => refuse(reply, server.answerTo(error), request));
    },
  };
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function refuseOthers(scope: FastifyInstance, path: string, allowed: string): void {
  scope.route({
    method: METHODS.filter((method) => method !== allowed),
    url: path,
    handler: async (request, reply) => {
      const sentence = `${path} takes ${allowed} only.`;
      return refuse(reply, { status: 405, sentence, headers: { allow: allowed } }, request);
    },
  });
}

/** The API key, of which an old place is the query. */
function keyOf(request: FastifyRequest): string | undefined {
  const header = request.raw.headers['dd-api-key'];
  const { api_key: query } = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  const given = header ?? query;
  return typeof given === 'string' ? given : given?.[0];
}

/** As the intake says it: a key that it does not know is forbidden, and in no other words. */
function refuse(reply: FastifyReply, { status, sentence, headers }: Answer, request: FastifyRequest): FastifyReply {
  const forbidden = status === 401;
  if (!forbidden) for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  const body = JSON.stringify({ errors: [forbidden ? 'Forbidden' : sentence] });
  return sendWhole(reply.code(forbidden ? 403 : status).type('application/json'), body, request.raw);
}

function json(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/json').send(body);
}
