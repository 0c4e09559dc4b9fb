import fc from 'fast-check';
import { type Point, type RemoteSeries, STALE } from '../../../../backends/prometheus/remote-write/wire.ts';
import type { ReceivedTimeSeries } from '../../../helper/remote-write-messages.ts';

/** A series with whatever is not given. */
export function remoteSeries(changes: Partial<RemoteSeries> = {}): RemoteSeries {
  return {
    name: 'requests',
    labels: ['__name__', 'requests', 'job', 'web'],
    type: 'counter',
    help: 'Requests.',
    points: [{ value: 1.5, timestampMs: 1_700_000_010_000 }],
    exemplars: [],
    createdMs: 1_700_000_000_123,
    ...changes,
  };
}

/** No lone surrogates: these are no text on the wire. */
const text = fc.string({ unit: 'binary', maxLength: 70 });
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const point: fc.Arbitrary<Point> = fc.record({
  value: fc.oneof(fc.double(), fc.constant(STALE)),
  timestampMs: time,
});

export const anySeries: fc.Arbitrary<RemoteSeries> = fc.record({
  name: text,
  labels: fc.array(fc.tuple(text, text), { maxLength: 5 }).map((pairs) => pairs.flat()),
  type: fc.constantFrom('counter', 'gauge', 'histogram', 'summary'),
  help: text,
  points: fc.array(point, { minLength: 1, maxLength: 3 }),
  exemplars: fc.array(
    fc.record({
      pairs: fc.array(
        fc.tuple(fc.constantFrom('trace_id', 'span_id'), text).map((pair) => pair.join(':')),
        { maxLength: 2 },
      ),
      value: fc.double(),
      timestampMs: time,
    }),
    { maxLength: 2 },
  ),
  createdMs: time,
});

const TYPES = { counter: 1, gauge: 2, histogram: 3, summary: 5 } as const;

/** What a receiver of version 1 has of it. */
export function asReceived({ labels, points, exemplars }: RemoteSeries): ReceivedTimeSeries {
  return {
    labels: pairsOf(labels),
    samples: points.map(({ value, timestampMs }) => ({
      value: value === STALE ? Number.NaN : value,
      isStale: value === STALE,
      timestamp: timestampMs,
      start: 0,
    })),
    histograms: [],
    exemplars: exemplars.map(({ pairs, value, timestampMs }) => ({
      labels: pairs.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const),
      value,
      timestamp: timestampMs,
    })),
  };
}

/** And one of version 2. */
export function asReceived2(series: RemoteSeries): ReceivedTimeSeries {
  const { type, help, createdMs } = series;
  const { samples, ...received } = asReceived(series);
  return {
    ...received,
    samples: samples.map((sample) => ({ ...sample, start: createdMs })),
    metadata: { type: TYPES[type], help },
    created: createdMs,
  };
}

function pairsOf(labels: readonly string[]): (readonly [string, string])[] {
  return labels.flatMap((name, at) => (at % 2 === 0 ? [[name, labels[at + 1]!] as const] : []));
}
