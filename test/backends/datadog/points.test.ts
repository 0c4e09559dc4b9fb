import { expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { labeller, naming } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import type { TimedPoint } from '../../../src/plugin.ts';
import { openMerger, openShard, windowsOf } from '../../helper/shard.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';
import { datadogSettings } from './defaults.ts';

/** The end of the window. */
const NOW = 1_700_000_010;

function encode(points: readonly TimedPoint[], config: Partial<DatadogConfig> = {}) {
  const context = recordingContext();
  const encoder = seriesEncoder(datadogSettings(config), labeller([], 'h1'), context.lost);
  const window = makeWindow({ points, intervalMs: 30_000 });
  const sent = [...encoder(window).series].flatMap((item) => (item === undefined ? [] : JSON.parse(`[${item.body}]`)));
  return { sent, losses: context.losses };
}

const point = (changes: Partial<TimedPoint> = {}): TimedPoint => ({
  type: 'counter',
  name: 'hits',
  tags: [],
  timestamp: NOW - 100,
  value: 30,
  ...changes,
});
const host = { resources: [{ type: 'host', name: 'h1' }] };

it.each<{ title: string; point: Partial<TimedPoint>; config?: Partial<DatadogConfig>; want: object }>([
  {
    title: 'a counter is a tenth with an interval of ten, whatever the window is',
    point: {},
    want: { metric: 'hits', type: 2, interval: 10, points: [{ timestamp: NOW - 100, value: 3 }], ...host },
  },
  {
    title: 'or a count',
    point: {},
    config: { counterType: 'count' },
    want: { metric: 'hits', type: 1, interval: 10, points: [{ timestamp: NOW - 100, value: 30 }], ...host },
  },
  {
    title: 'a gauge',
    point: { type: 'gauge', name: 'a-b', tags: ['Env:X'], host: 'own', value: -1.5 },
    want: {
      metric: 'a_b',
      type: 3,
      interval: 30,
      points: [{ timestamp: NOW - 100, value: -1.5 }],
      resources: [{ type: 'host', name: 'own' }],
      tags: ['env:x'],
    },
  },
])('D2 a point with a time of its own: $title', ({ point: changes, config, want }) => {
  expect(encode([point(changes)], config)).toEqual({ sent: [want], losses: new Map() });
});

it('points that are one for Datadog are sent once: counters added up, of gauges the last', () => {
  let now = 0;
  const { shard, intake } = openShard({}, 0, () => ++now);
  const merger = openMerger({}, { naming: naming(labeller([], 'h1'), [], 'h1') });
  const first = NOW - 100;
  for (const line of [
    `a-b:10|c|T${first}`,
    `a+b:20|c|#host:h1|T${first}`,
    `a+b:40|c|T${first + 1}`,
    `g:1|g|#X|T${first}`,
    `g:2|g|#x|T${first}`,
  ])
    intake.lines(Buffer.from(line));
  const { sent } = encode(windowsOf(merger)(shard.handOver(1, false)).points);
  expect(sent.map(({ metric, points: [one] }) => [metric, one.timestamp - NOW, one.value])).toEqual([
    ['a_b', -100, 3],
    ['a_b', -99, 4],
    ['g', -100, 2],
  ]);
});

it('points are looked at one by one: a window may have 100,000', () => {
  let taken = 0;
  const points = {
    length: 3,
    *[Symbol.iterator]() {
      for (; taken < 3; taken++) yield point({ name: `p${taken}` });
    },
  } as unknown as readonly TimedPoint[];
  const encoder = seriesEncoder(datadogSettings({}), labeller([], 'h1'), recordingContext().lost);
  const seen: number[] = [];
  for (const item of encoder({ ...makeWindow({ points: [] }), points }).series)
    if (item !== undefined) seen.push(taken);
  expect(seen).toEqual([0, 1, 2]);
});

it('D4 points that the intake takes for too old or of the future are not sent, and counted', () => {
  const { sent, losses } = encode(
    [-3601, -3600, -1, 0, 600, 601].map((ahead) => point({ name: `p${ahead}`, timestamp: NOW + ahead })),
  );
  expect(sent.map(({ points: [one] }) => one.timestamp - NOW)).toEqual([-3600, -1, 0, 600]);
  expect(losses).toEqual(
    new Map([
      ['too_old', 1],
      ['in_future', 1],
    ]),
  );
  expect(encode([point({ timestamp: NOW - 7000 })], { pointAge: 7_200_000 }).sent).toHaveLength(1);
});

it('D6 D7 what has no name or no value is counted', () => {
  const { sent, losses } = encode([point({ name: '...' }), point({ value: Number.NaN })]);
  expect(sent).toEqual([]);
  expect(losses).toEqual(
    new Map([
      ['bad_name', 1],
      ['not_finite', 1],
    ]),
  );
});
