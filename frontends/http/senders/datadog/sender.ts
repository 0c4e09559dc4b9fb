import type { IncomingHttpHeaders } from 'node:http';
import type { Steps } from '../../../../src/kit/slices.ts';
import type { PostRoute, Reply, Sender } from '../sender.ts';
import type { DatadogIntakeConfig } from './config.ts';
import { readAgentEvents, readChecks, readDistributions, readEvent, readSeries } from './json.ts';
import { readSeriesMessage, readSketchMessage } from './messages.ts';
import { createTaker, type DatadogIntake } from './taker.ts';

const PROTOBUF = 'application/x-protobuf';

/** What clients of version 1 look for, those of version 2 and the Agent. */
const OK = '{"status":"ok"}';
const NO_ERRORS = '{"errors":[]}';

/** Clients of the HTTP intake of Datadog: https://docs.datadoghq.com/api/latest/metrics/ */
export function datadogSender({ near }: DatadogIntakeConfig, intake: DatadogIntake): Sender {
  const taker = createTaker({ intake, near, now: Date.now, late: (count) => intake.count('drain.late_points', count) });
  const takeEvents = atOnce((body) => taker.events(readAgentEvents(body)));

  return {
    name: 'datadog',
    posts: [
      route('/api/v1/series', OK, function* (body) {
        yield* taker.metrics(yield* readSeries(body));
      }),
      route('/api/v2/series', NO_ERRORS, function* (body, type) {
        yield* taker.metrics(type === PROTOBUF ? readSeriesMessage(body) : yield* readSeries(body));
      }),
      route('/api/v1/distribution_points', OK, function* (body) {
        yield* taker.distributions(yield* readDistributions(body));
      }),
      route('/api/beta/sketches', NO_ERRORS, (body) => taker.sketches(readSketchMessage(body))),
      route(
        '/api/v1/check_run',
        OK,
        atOnce((body) => taker.checks(readChecks(body))),
      ),
      route(
        '/api/v1/events',
        OK,
        atOnce((body) => taker.events([readEvent(body)])),
      ),
      route('/intake', OK, takeEvents),
    ],
    gets: [{ path: '/api/v1/validate', open: false, answer: () => json(200, '{"valid":true}') }],
    credential: keyOf,
    // As the intake says it: a key that it does not know is forbidden, and in no other words.
    refuse({ status, sentence }) {
      const forbidden = status === 401;
      return json(forbidden ? 403 : status, JSON.stringify({ errors: [forbidden ? 'Forbidden' : sentence] }));
    },
  };
}

type Take = (body: Buffer, mediaType: string) => Steps<void>;

/** `take` reads the whole body, or throws a refusal, before anything of it is handed over. `answer` is the body of the answer 202. */
function route(path: string, answer: string, take: Take): PostRoute {
  return {
    path,
    *read(body, { mediaType }) {
      yield* take(body, mediaType);
      return json(202, answer);
    },
  };
}

function atOnce(take: (body: Buffer) => void): Take {
  // biome-ignore lint/correctness/useYield: these are few.
  return function* (body) {
    take(body);
  };
}

/** The API key, of which an old place is the query. */
function keyOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const given = headers['dd-api-key'] ?? query.get('api_key') ?? undefined;
  return typeof given === 'string' ? given : given?.[0];
}

function json(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body };
}
