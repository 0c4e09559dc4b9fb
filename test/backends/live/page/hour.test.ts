import { expect, it } from 'vitest';
import type { Point } from '../../../../backends/live/page/answers.ts';
import { type Hour, withPoint } from '../../../../backends/live/page/hour.ts';

const none: Hour = { times: [], lines: [], series: [], drops: [], rejected: [], cpu: [], rssBytes: [] };
const MINUTE_MS = 60_000;
const point = (time: number, lines = 0): Point => ({
  time,
  lines,
  series: 2,
  drops: 0,
  rejected: 1,
  cpu: null,
  rssBytes: 7,
});

it('adds a point to each column, once', () => {
  const hour = withPoint(none, point(1000, 5));
  expect(hour).toEqual({
    times: [1000],
    lines: [5],
    series: [2],
    drops: [0],
    rejected: [1],
    cpu: [null],
    rssBytes: [7],
  });
  expect(withPoint(hour, point(1000, 6))).toBe(hour);
});

it('forgets what is an hour old', () => {
  let hour = none;
  for (let minute = 0; minute < 90; minute++) hour = withPoint(hour, point(minute * MINUTE_MS, minute));
  expect([hour.times.length, hour.lines[0], hour.lines.at(-1), hour.cpu.length]).toEqual([60, 30, 89, 60]);
  expect(withPoint(hour, point(500 * MINUTE_MS)).times).toEqual([500 * MINUTE_MS]);
});
