import type { History, Point } from './answers.ts';

export type Hour = History;

const HOUR_MS = 3_600_000;

/** With a new point, and without those that are older than an hour. One that is there already is not added again. */
export function withPoint(hour: Hour, point: Point): Hour {
  const last = hour.times.at(-1);
  if (last !== undefined && last >= point.time) return hour;
  const from = hour.times.findIndex((time) => time > point.time - HOUR_MS);
  const start = from < 0 ? hour.times.length : from;
  const column = <Value>(values: readonly Value[], value: Value) => [...values.slice(start), value];
  return {
    times: column(hour.times, point.time),
    lines: column(hour.lines, point.lines),
    series: column(hour.series, point.series),
    drops: column(hour.drops, point.drops),
    rejected: column(hour.rejected, point.rejected),
    cpu: column(hour.cpu, point.cpu),
    rssBytes: column(hour.rssBytes, point.rssBytes),
  };
}
