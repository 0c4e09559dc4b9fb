import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSeriesMessage, readSketchMessage } from '../../../../../frontends/http/senders/datadog/messages.ts';
import { isRefusal } from '../../../../../src/kit/http/refusal.ts';
import { metricPayload, sketchPayload } from '../../../../helper/datadog-messages.ts';

const MESSAGE = metricPayload({
  series: [
    {
      metric: 'jobs-done',
      type: 2,
      interval: 10,
      tags: ['env:prod', 'a,b'],
      resources: [
        { type: 'host', name: 'web-1' },
        { type: 'device', name: 'eth0' },
      ],
      points: [
        { timestamp: 1_700_000_000, value: 2.5 },
        { timestamp: -5, value: 0 },
      ],
      unit: 'job',
      sourceTypeName: 'x',
      metadata: { origin: { metricType: 3, product: 10 } },
    },
    { metric: 'level', type: 3, points: [{ timestamp: 1_700_000_001, value: -1 }] },
  ],
});

/** The golden bytes of docs of the format: metric d, host h, tag a:b and one sketch of five values. */
const SKETCH = Buffer.from(
  '0a4b0a01641201682203613a623a3e0880e2cfaa06100519000000000000f0bf210000000000002440296666666666660640310000000000002c403a09f31400f414ce159e1742050101010101',
  'hex',
);

describe('series', () => {
  it('are read', () => {
    expect(readSeriesMessage(MESSAGE)).toEqual([
      {
        name: 'jobs_done',
        tags: 'device:eth0,env:prod,a_b,host:web-1',
        type: 'rate',
        interval: 10,
        points: [
          { time: 1_700_000_000, value: 2.5 },
          { time: -5, value: 0 },
        ],
      },
      { name: 'level', tags: '', type: 'gauge', interval: 0, points: [{ time: 1_700_000_001, value: -1 }] },
    ]);
  });

  it.each([
    [0, 'gauge'],
    [1, 'count'],
    [2, 'rate'],
    [3, 'gauge'],
    [9, undefined],
  ])('the type %d is %s', (type, expected) => {
    expect(readSeriesMessage(metricPayload({ series: [{ metric: 'a', type }] }))[0]?.type).toBe(expected);
  });

  it('of an empty body are none', () => {
    expect(readSeriesMessage(Buffer.alloc(0))).toEqual([]);
  });
});

describe('sketches', () => {
  it('are read', () => {
    expect(readSketchMessage(SKETCH)).toEqual([
      {
        name: 'd',
        tags: 'a:b,host:h',
        points: [
          {
            time: 1_700_000_000,
            value: { min: -1, max: 10, sum: 14, keys: [-1338, 0, 1338, 1383, 1487], counts: [1, 1, 1, 1, 1] },
          },
        ],
      },
    ]);
    // What the Agent writes where it has none.
    expect(readSketchMessage(Buffer.from([0x12, 0x00]))).toEqual([]);
  });

  it('are read beside the old form, which is skipped', () => {
    const dogsketches = [{ ts: 7, cnt: 3, min: 1, max: 1, sum: 3, k: [1338], n: [3] }];
    const payload = sketchPayload({
      sketches: [{ metric: 'd', distributions: [{ ts: 1, cnt: 2 }], dogsketches }],
      metadata: {},
    });
    expect(readSketchMessage(payload)[0]?.points).toEqual([
      { time: 7, value: { min: 1, max: 1, sum: 3, keys: [1338], counts: [3] } },
    ]);
  });
});

it.each([
  ['series', MESSAGE, readSeriesMessage],
  ['sketches', SKETCH, readSketchMessage],
])('broken %s are refused or read, and nothing else happens', (_, good, read) => {
  const damage = fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(damage, fc.nat({ max: good.length }), (changes, length) => {
      const body = Buffer.from(good);
      for (const [at, byte] of changes) body[at] = byte;
      try {
        read(body.subarray(0, length));
      } catch (error) {
        expect(isRefusal(error) && error.status).toBe(400);
      }
    }),
    { numRuns: 20_000 },
  );
});
