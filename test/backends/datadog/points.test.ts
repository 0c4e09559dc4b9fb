import { expect, it } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import { seriesEncoder } from '../../../backends/datadog/series.ts';
import type { TimedPoint } from '../../../src/plugin.ts';
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
  const { sent } = encode([
    point({ name: 'a-b', value: 10 }),
    point({ name: 'a b', tags: [], host: 'h1', value: 20 }),
    point({ name: 'a b', timestamp: NOW - 99, value: 40 }),
    point({ type: 'gauge', name: 'g', tags: ['X'], value: 1 }),
    point({ type: 'gauge', name: 'g', tags: ['x'], value: 2 }),
  ]);
  expect(sent.map(({ metric, points: [one] }) => [metric, one.timestamp - NOW, one.value])).toEqual([
    ['a_b', -100, 3],
    ['a_b', -99, 4],
    ['g', -100, 2],
  ]);
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
