import { describe, expect, it } from 'vitest';
import { createMetricStreams, createMetricTaker } from '../../../../../frontends/http/senders/otlp/metrics.ts';
import type { Buckets, Head, Point } from '../../../../../frontends/http/senders/otlp/model.ts';
import type { Client } from '../../../../../src/kit/http/auth.ts';
import { recordIntake } from '../../../../helper/intake.ts';

const STARTED = 1_700_000_000_000;
/** Nanoseconds of a time in milliseconds since the start of the server. */
const ns = (ms: number) => (STARTED + ms) * 1e6;
const attribute = (key: string, value: string) => ({ key, value });

function open(resourceTags: readonly string[] = ['service.name']) {
  const intake = recordIntake();
  const take = createMetricTaker({ intake, resourceTags, streams: createMetricStreams(() => STARTED) });
  const post = (
    head: Partial<Head>,
    points: readonly Point[],
    more: { app?: string; client?: Client; resource?: string } = {},
  ) => {
    const { app, client = { name: 'anonymous' }, resource = 'shop' } = more;
    const sink = take({ app, client, count: intake.count.bind(intake) });
    const { name = 'a', unit = '', kind = 'sum', temporality = 'cumulative', monotonic = true } = head;
    const attributes = [attribute('service.name', resource), attribute('process.pid', '77')];
    sink.open({ level: 'resource', attributes });
    sink.open({ level: 'scope', name: 'x' });
    sink.open({ level: 'metric', name, unit });
    sink.open({
      level: 'data',
      kind,
      ...('temporality' in head ? { temporality: head.temporality } : { temporality }),
      monotonic,
    });
    for (const point of points) sink.leaf(point);
    return sink.outcome;
  };
  const found = () =>
    intake.samples
      .splice(0)
      .map(({ type, name, value, weight = 1, tags = '' }) =>
        `${type} ${name} ${value}${weight === 1 ? '' : ` x${weight}`} ${tags}`.trim(),
      );
  return { intake, post, found };
}

function number(value: number, time: number, more: Partial<Point> = {}): Point {
  return { kind: 'number', attributes: [], start: ns(1), time: ns(time), absent: false, value, ...more } as Point;
}

function histogram(buckets: Partial<Buckets>, time: number): Point {
  const all = {
    kind: 'explicit',
    bounds: [1],
    counts: [0, 0],
    count: 0,
    sum: undefined,
    min: undefined,
    max: undefined,
    ...buckets,
  };
  return { kind: 'histogram', attributes: [], start: ns(1), time: ns(time), absent: false, buckets: all as Buckets };
}

describe('sums', () => {
  it('that are cumulative count what came since', () => {
    const { post, found, intake } = open();
    post({}, [number(5, 10)]);
    post({}, [number(5, 20), number(12, 30)]);
    expect(found()).toEqual(['counter a 5 service.name:shop', 'counter a 7 service.name:shop']);
    post({}, [number(4, 40), number(3, 35)]);
    expect(found()).toEqual(['counter a 4 service.name:shop']);
    expect(intake.counted).toEqual(
      new Map([
        ['drain.otlp_resets', 1],
        ['drain.otlp_old_points', 1],
      ]),
    );
  });

  it('that were begun before the server count from the first point on', () => {
    const { post, found, intake } = open();
    post({}, [number(5000, 10, { start: ns(-10) })]);
    expect(found()).toEqual([]);
    expect(intake.counted.get('drain.otlp_first_points')).toBe(1);
    post({}, [number(5001, 20, { start: ns(-10) })]);
    expect(found()).toEqual(['counter a 1 service.name:shop']);
  });

  it('are told apart by resource and attributes, in whatever order these stand', () => {
    const { post, found } = open();
    const [b, c] = [attribute('b', '1'), attribute('c', '2')];
    post({}, [number(1, 10, { attributes: [b, c] }), number(10, 10, { attributes: [b] })]);
    post({}, [number(100, 10)], { resource: 'till' });
    post({}, [number(3, 20, { attributes: [c, b] }), number(13, 20, { attributes: [b] })]);
    expect(found()).toEqual([
      'counter a 1 b:1,c:2,service.name:shop',
      'counter a 10 b:1,service.name:shop',
      'counter a 100 service.name:till',
      'counter a 2 c:2,b:1,service.name:shop',
      'counter a 3 b:1,service.name:shop',
    ]);
  });

  it('that are deltas add, and those that go up and down are levels', () => {
    const { post, found } = open();
    post({ temporality: 'delta' }, [number(5, 10), number(5, 20)]);
    post({ temporality: 'delta', monotonic: false }, [number(-2, 10)]);
    post({ monotonic: false }, [number(7, 10), number(-3, 20)]);
    post({ kind: 'gauge' }, [number(1.5, 10)]);
    expect(found()).toEqual(
      ['counter a 5', 'counter a 5', 'counter a -2', 'gauge a 7', 'gauge a -3', 'gauge a 1.5'].map(
        (one) => `${one} service.name:shop`,
      ),
    );
  });

  it('say nothing where no value was recorded', () => {
    const { post, found } = open();
    expect(post({ kind: 'gauge' }, [number(0, 10, { absent: true })])).toEqual({ taken: 1, refused: 0, why: '' });
    post({}, [number(5, 10), number(0, 20, { absent: true }), number(6, 30)]);
    expect(found()).toEqual(['counter a 5 service.name:shop', 'counter a 1 service.name:shop']);
  });

  it.each<[what: string, head: Partial<Head>, point: Point, why: string]>([
    ['a value that is no number', { kind: 'gauge' }, number(Number.NaN, 1), '"a" has a value that is no finite number'],
    [
      'no temporality',
      { temporality: undefined },
      number(1, 1),
      '"a" has no aggregationTemporality; it must be 1 (delta) or 2 (cumulative)',
    ],
    ['no name', { name: '' }, number(1, 1), 'a metric has no name'],
    [
      'a histogram that is none',
      { kind: 'histogram' },
      histogram({ counts: [1] }, 1),
      '"a": a histogram has not one bucket more than it has bounds',
    ],
    [
      'a histogram of nothing',
      { kind: 'histogram', temporality: 'delta' },
      histogram({ bounds: [], counts: [], count: 3 }, 1),
      '"a" is a histogram without buckets, sum, least and largest value',
    ],
  ])('and others are refused with %s', (_, head, point, why) => {
    const { post, found, intake } = open();
    expect(post(head, [point])).toEqual({ taken: 0, refused: 1, why });
    expect(found()).toEqual([]);
    expect([...intake.discarded.values()]).toEqual([1]);
  });

  it('are refused where the credential may not write them', () => {
    const { post, found } = open();
    const client = { name: 'token 1', prefixes: ['shop.', 'web.'] };
    expect(post({ name: 'till.x' }, [number(1, 10)], { client })).toMatchObject({
      refused: 1,
      why: 'the credential may not write "till.x"',
    });
    expect(post({ name: 'web.x' }, [number(1, 10)], { client })).toMatchObject({ taken: 1 });
    expect(found()).toHaveLength(1);
  });
});

describe('tags', () => {
  it('are those of the point, the resource as far as it is configured, and the app of the request', () => {
    const { post, found } = open(['process.pid']);
    post(
      { name: 'a;b\n', kind: 'gauge' },
      [number(1, 1, { attributes: [attribute('k:1', 'x,|y'), attribute('e', ''), { key: 'n', value: [1, 2] }] })],
      { app: 'till' },
    );
    expect(found()).toEqual(['gauge a_b_ 1 k_1:x__y,n:[1_2],process.pid:77,app:till']);
  });

  it('are bounded, in number and length', () => {
    const { post, intake } = open([]);
    const attributes = Array.from({ length: 50 }, (_, index) => attribute(`k${index}`, 'ä'.repeat(200)));
    post({ kind: 'gauge' }, [number(1, 1, { attributes })]);
    const tags = intake.samples[0]?.tags?.split(',') ?? [];
    expect(tags).toHaveLength(48);
    expect(tags.every((tag) => Buffer.byteLength(tag) <= 200 && !tag.includes('\ufffd'))).toBe(true);
    expect(intake.counted.get('drain.otlp_clipped_tags')).toBe(50);
  });
});

describe('histograms', () => {
  it('that are deltas are as many values', () => {
    const { post, found } = open();
    post({ kind: 'histogram', temporality: 'delta' }, [histogram({ counts: [1, 0], count: 1, sum: 0.5 }, 1)]);
    expect(found()).toEqual(['histogram a 0.5 service.name:shop']);
  });

  it.each<[unit: string, expected: string]>([
    ['s', 'timer a 500'],
    ['ms', 'timer a 0.5'],
    ['us', 'timer a 0.0005'],
    ['By', 'histogram a 0.5'],
    ['{request}', 'histogram a 0.5'],
  ])('in "%s" are %s', (unit, expected) => {
    const { post, found } = open();
    post({ kind: 'histogram', unit, temporality: 'delta' }, [histogram({ counts: [1, 0], count: 1, sum: 0.5 }, 1)]);
    expect(found()).toEqual([`${expected} service.name:shop`]);
  });

  it('that are cumulative are the values that came since', () => {
    const { post, found, intake } = open();
    const head = { kind: 'histogram' as const };
    post(head, [histogram({ counts: [1, 0], count: 1, sum: 0.5 }, 10)]);
    post(head, [histogram({ counts: [1, 1], count: 2, sum: 4.5 }, 20)]);
    post(head, [histogram({ counts: [1, 1], count: 2, sum: 4.5 }, 30)]);
    post(head, [histogram({ counts: [0, 1], count: 1, sum: 2 }, 40)]);
    post(head, [histogram({ bounds: [3], counts: [5, 1], count: 6, sum: 9 }, 50)]);
    expect(found()).toEqual(
      ['histogram a 0.5', 'histogram a 4', 'histogram a 2'].map((one) => `${one} service.name:shop`),
    );
    expect(intake.counted).toEqual(
      new Map([
        ['drain.otlp_resets', 1],
        ['drain.otlp_first_points', 1],
      ]),
    );
  });

  it('with exponential buckets too', () => {
    const { post, found } = open();
    const buckets = {
      kind: 'exponential',
      scale: 0,
      zeroCount: 2,
      zeroThreshold: 0,
      negative: { offset: 0, counts: [] },
      positive: { offset: 3, counts: [1] },
      count: 3,
      sum: 12,
    } as const;
    post({ kind: 'exponential' }, [histogram(buckets as Partial<Buckets>, 10)]);
    expect(found()).toEqual(['histogram a 0 x2', 'histogram a 12'].map((one) => `${one} service.name:shop`));
  });
});

describe('summaries', () => {
  it('are gauges, and what they counted', () => {
    const { post, found } = open();
    const summary = (count: number, sum: number, time: number): Point => ({
      kind: 'summary',
      attributes: [],
      start: ns(1),
      time: ns(time),
      absent: false,
      count,
      sum,
      quantiles: [
        [0, 1],
        [0.5, 2],
        [0.999, 3],
        [1, 4],
        [0.9, Number.NaN],
      ].map(([quantile = 0, value = 0]) => ({ quantile, value })),
    });
    post({ kind: 'summary' }, [summary(3, 9, 10)]);
    expect(found()).toEqual(
      [
        'gauge a.min 1',
        'gauge a.p50 2',
        'gauge a.p99_9 3',
        'gauge a.max 4',
        'counter a.count 3',
        'counter a.sum 9',
      ].map((one) => `${one} service.name:shop`),
    );
    post({ kind: 'summary' }, [summary(5, 11, 20)]);
    expect(found().slice(-2)).toEqual(['counter a.count 2 service.name:shop', 'counter a.sum 2 service.name:shop']);
  });
});
