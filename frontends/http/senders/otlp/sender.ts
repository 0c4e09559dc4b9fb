import { refusal } from '../../../../src/kit/http/refusal.ts';
import type { BodyLimits } from '../../../../src/kit/http/request-body.ts';
import type { PostRoute, Reading, Sender } from '../sender.ts';
import type { OtlpConfig } from './config.ts';
import { LOGS_OBJECT, logEntryOf } from './json-logs.ts';
import { METRICS_OBJECT, pointOf } from './json-metrics.ts';
import { walkJson } from './json-walk.ts';
import { logSink } from './logs.ts';
import { createMetricTaker, type MetricStreams, type OtlpIntake } from './metrics.ts';
import type { Head, LogEntry, MetricKind, Point, Sink } from './model.ts';
import { LOGS_MESSAGE, readLogRecord } from './protobuf-logs.ts';
import { METRICS_MESSAGE, readPoint } from './protobuf-metrics.ts';
import { walkMessage } from './protobuf-walk.ts';
import { accepted, encodingOf, refused } from './reply.ts';

/** What collectors and SDKs may send at once. */
const MOST_BYTES = 20 * 1024 * 1024;

export interface OtlpSenderOptions {
  readonly otlp: OtlpConfig;
  readonly limits: BodyLimits & { readonly maxInFlight: number };
}

/** SDKs and collectors of OpenTelemetry, and what speaks like them: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function otlpSender({ otlp, limits }: OtlpSenderOptions, intake: OtlpIntake, streams: MetricStreams): Sender {
  const takeMetrics = createMetricTaker({ intake, resourceTags: otlp.resourceTags, streams });
  const half = Math.floor(limits.maxInFlight / 2);

  const metrics: PostRoute = {
    path: '/v1/metrics',
    *read(body, post): Reading {
      const encoding = encodingOf(post.mediaType, body);
      const sink = takeMetrics(post);
      const spent = () => post.spent();
      let kind: MetricKind = 'gauge';
      const kinds: Sink<Point> = {
        ...sink,
        open(head: Head) {
          if (head.level === 'data') kind = head.kind!;
          sink.open(head);
        },
      };
      if (encoding === 'json') yield* walkJson(body, METRICS_OBJECT, (fields) => pointOf(fields, kind), kinds, spent);
      else yield* walkMessage(body, METRICS_MESSAGE, (reader, end) => readPoint(reader, end, kind), kinds, spent);
      post.count('drain.otlp_points', sink.outcome.taken);
      post.count('drain.otlp_forgotten_streams', streams.numbers.forgotten() + streams.histograms.forgotten());
      post.count('drain.otlp_refused', sink.outcome.refused);
      return accepted(encoding, sink.outcome, 'DataPoints');
    },
  };

  const logs: PostRoute = {
    path: '/v1/logs',
    *read(body, post): Reading {
      const encoding = encodingOf(post.mediaType, body);
      if (encoding === 'json' && METRICS.test(body.toString('latin1', 0, 64))) return yield* metrics.read(body, post);
      const sink = logSink(post);
      const spent = () => post.spent();
      if (encoding === 'json') yield* walkJson<LogEntry>(body, LOGS_OBJECT, logEntryOf, sink, spent);
      else yield* walkMessage(body, LOGS_MESSAGE, readLogRecord, sink, spent);
      post.count('drain.otlp_records', sink.outcome.taken);
      post.count('drain.otlp_refused', sink.outcome.refused);
      return accepted(encoding, sink.outcome, 'LogRecords');
    },
  };

  return {
    name: 'otlp',
    posts: [logs, metrics, { path: '/v1/traces', read: refuseTraces }],
    claims({ mediaType }, body) {
      if (PROTOBUF.has(mediaType)) return body[0] === FIRST_FIELD;
      return REQUEST.test(body.toString('latin1', 0, 64));
    },
    limits: {
      maxBody: Math.max(limits.maxBody, Math.min(MOST_BYTES, half)),
      maxPacked: Math.max(limits.maxPacked, Math.min(MOST_BYTES, half)),
    },
    refuse: refused,
  };
}

const PROTOBUF: ReadonlySet<string> = new Set(['application/x-protobuf', 'application/protobuf']);
/** Field 1, length-delimited: each request has no other. */
const FIRST_FIELD = 0x0a;
const METRICS = /^\s*\{\s*"resource_?[mM]etrics"/;
const REQUEST = /^\s*\{\s*"resource_?(?:[lL]ogs|[mM]etrics)"/;

/** In so many words at the first batch: answered with 200, spans would vanish without anyone at the sender knowing. */
function refuseTraces(): never {
  throw refusal(
    404,
    'statsdrain takes no traces; tell the sender so: OTEL_TRACES_EXPORTER=none, or "--signals logs,metrics" of heroku telemetry:add.',
  );
}
