import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { type Head, LONGEST_LEAF, type Point } from '../../../../../frontends/http/senders/otlp/model.ts';
import { METRICS_MESSAGE, readPoint } from '../../../../../frontends/http/senders/otlp/protobuf-metrics.ts';
import { walkMessage } from '../../../../../frontends/http/senders/otlp/protobuf-walk.ts';
import { isRefusal } from '../../../../../src/kit/http/refusal.ts';
import { metrics, metricsRequest } from '../../../../helper/otlp-messages.ts';

function told(body: Buffer, spent = () => false) {
  const heads: Head[] = [];
  const points: Point[] = [];
  const refused: string[] = [];
  let error: unknown;
  const walk = walkMessage(
    body,
    METRICS_MESSAGE,
    (reader, end) => readPoint(reader, end, heads.at(-1)!.kind!),
    {
      open: (head) => heads.push(head),
      leaf: (point) => {
        points.push(point);
        return false;
      },
      refuse: (why) => refused.push(why),
      *flush() {},
    },
    spent,
  );
  let turns = 0;
  try {
    while (walk.next().done !== true) turns++;
  } catch (thrown) {
    error = thrown;
  }
  return { heads, points, refused, turns, error };
}

const gauge = (dataPoints: object[]) => metricsRequest(metrics({ name: 'a', gauge: { dataPoints } }));

describe('a walk through Protocol Buffers', () => {
  it('tells of what holds a list before the list, though it stands behind it', () => {
    const body = metricsRequest(
      metrics(
        { name: 'a', unit: 's', sum: { dataPoints: [{ asInt: -1 }], aggregationTemporality: 1, isMonotonic: true } },
        { k: 'v' },
      ),
    );
    const { heads, points } = told(body);
    expect(heads).toMatchObject([
      { level: 'request' },
      { level: 'resource', attributes: [{ key: 'k', value: 'v' }] },
      { level: 'scope', name: 'test' },
      { level: 'metric', name: 'a', unit: 's' },
      { level: 'data', kind: 'sum', temporality: 'delta', monotonic: true },
    ]);
    expect(points).toMatchObject([{ kind: 'number', value: -1 }]);
  });

  it('takes an empty body as an empty message', () => {
    expect(told(Buffer.alloc(0))).toMatchObject({ points: [], error: undefined });
  });

  it('refuses a body that breaks off, and has told of no point then', () => {
    const body = gauge([{ asInt: 1 }, { asInt: 2 }]);
    for (let length = 1; length < body.length; length++) {
      const { error, points } = told(body.subarray(0, length));
      expect(error).toMatchObject({ status: 400 });
      expect(points).toEqual([]);
    }
  });

  it('refuses a point that is too long or broken, and takes the others', () => {
    const stringValue = 'x'.repeat(LONGEST_LEAF);
    const long = told(gauge([{ asInt: 1, attributes: [{ key: 'k', value: { stringValue } }] }, { asInt: 2 }]));
    expect(long).toMatchObject({ points: [{ value: 2 }], refused: [`one is longer than ${LONGEST_LEAF} bytes`] });
    const { Writer } = protobuf;
    const point = Writer.create()
      .uint32(58)
      .bytes(Buffer.from([10, 9]))
      .finish();
    let body = Writer.create().uint32(10).bytes(point).uint32(10).fork().uint32(33).double(2).ldelim().finish();
    for (const field of [5, 2, 2, 1])
      body = Writer.create()
        .uint32(8 * field + 2)
        .bytes(body)
        .finish();
    expect(told(Buffer.from(body))).toMatchObject({
      points: [{ value: 2 }],
      refused: [expect.stringContaining('Protocol Buffers')],
    });
  });

  it('refuses more buckets than anyone keeps', () => {
    const bucketCounts = Array(9000).fill(1);
    const explicit = { dataPoints: [{ bucketCounts, explicitBounds: [] }], aggregationTemporality: 1 };
    expect(told(metricsRequest(metrics({ histogram: explicit }))).refused).toEqual([
      'A histogram has more than 8192 buckets.',
    ]);
    const exponential = { dataPoints: [{ positive: { bucketCounts } }], aggregationTemporality: 1 };
    expect(told(metricsRequest(metrics({ exponentialHistogram: exponential }))).refused).toHaveLength(1);
  });

  it('refuses a resource that is too long', () => {
    const body = metricsRequest(metrics({}, { k: 'x'.repeat(LONGEST_LEAF) }));
    expect(told(body).error).toMatchObject({ status: 413 });
  });

  it('gives way in long lists', () => {
    expect(told(gauge(Array(1600).fill({ asInt: 1 })), () => true).turns).toBeGreaterThanOrEqual(20);
  });

  it('throws nothing but refusals, whatever is changed in a body', () => {
    const body = metricsRequest(
      metrics(
        {
          name: 'a',
          histogram: {
            dataPoints: [{ count: 3, sum: 2, bucketCounts: [1, 2], explicitBounds: [1] }],
            aggregationTemporality: 2,
          },
        },
        { k: 'v' },
      ),
    );
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), fc.nat(body.length - 1), (at, byte, cut) => {
        const changed = Buffer.from(body);
        changed[at] = byte;
        const { error } = told(byte % 3 === 0 ? changed.subarray(0, cut) : changed);
        expect(error === undefined || isRefusal(error)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
