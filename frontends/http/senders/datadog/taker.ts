import { holdSeries } from '../../../../src/kit/held-series.ts';
import type { Steps } from '../../../../src/kit/slices.ts';
import type { Intake } from '../../../../src/plugin.ts';
import { valuesOf } from './bins.ts';
import { checkLine, createLineWriter, eventLine, timedLine } from './lines.ts';
import type { At, CheckRecord, DistributionRecord, EventRecord, MetricRecord, SketchRecord } from './records.ts';

/** What the sender needs of its intake. */
export type DatadogIntake = Pick<Intake, 'series' | 'lines' | 'discard' | 'count'>;

/** Hands what a body holds to the intake. Nothing of it throws. */
export interface Taker {
  metrics(records: readonly MetricRecord[]): Steps<void>;
  distributions(records: readonly DistributionRecord[]): Steps<void>;
  sketches(records: readonly SketchRecord[]): Steps<void>;
  events(records: readonly EventRecord[]): void;
  checks(records: readonly CheckRecord[]): void;
}

export interface TakerOptions {
  readonly intake: DatadogIntake;
  /** Milliseconds, see `DatadogIntakeConfig`. */
  readonly near: number;
  /** Unix milliseconds. */
  now(): number;
  /** Counts distributions whose time is not near, and which are taken as of now. */
  late(count: number): void;
}

const SERIES = 50_000;
/** Seconds that a point may lie in the future, as at the intake itself: a time in milliseconds lies far behind it. */
const FUTURE = 600;

export function createTaker({ intake, near, now, late }: TakerOptions): Taker {
  const { series } = holdSeries(intake, SERIES);
  const lines = createLineWriter(intake);

  const isNear = (time: number, at: number) => Math.abs(time * 1000 - at) <= near;
  const isTime = (time: number, at: number) => time >= 1 && time * 1000 <= at + FUTURE * 1000;
  const refuse = (count: number, reason: 'bad_value' | 'unsupported' = 'bad_value') => {
    if (count > 0) intake.discard(reason, count);
  };

  /** A distribution has no place but the open window. */
  function timed<Value>(point: At<Value>): boolean {
    const at = now();
    if (isNear(point.time, at)) return true;
    if (!isTime(point.time, at)) return false;
    late(1);
    return true;
  }

  function takeMetric(record: MetricRecord): void {
    const { name, tags, interval, points } = record;
    if (record.type === undefined) {
      refuse(points.length, 'unsupported');
      return;
    }
    // A rate of nobody knows how many seconds can only be shown as it is.
    const adds = record.type === 'count' || (record.type === 'rate' && interval > 0);
    const factor = adds && record.type === 'rate' ? interval : 1;
    const at = now();
    const present: At<number>[] = [];
    for (const point of points) {
      const value = point.value * factor;
      if (isNear(point.time, at)) present.push({ time: point.time, value });
      else if (!isTime(point.time, at) || !Number.isFinite(value)) refuse(1);
      else lines.add(timedLine(`${name}:${value}|${adds ? 'c' : 'g'}`, point.time, tags));
    }
    if (present.length === 0) return;
    if (!adds) inOrder(present);
    const open = series(adds ? 'counter' : 'gauge', name, tags);
    for (const { value } of present) open.add(value);
  }

  function takeValues({ name, tags, points }: DistributionRecord): void {
    const open = series('distribution', name, tags);
    for (const point of points) {
      if (!timed(point)) refuse(point.value.length || 1);
      else if (point.value.length === 0) refuse(1);
      else for (const value of point.value) open.add(value);
    }
  }

  function takeSketches({ name, tags, points }: SketchRecord): void {
    const open = series('distribution', name, tags);
    for (const point of points) {
      if (!timed(point) || !valuesOf(point.value, (value, weight) => open.add(value, weight))) refuse(1);
    }
  }

  function addLine(line: string | undefined): void {
    if (line === undefined) refuse(1);
    else lines.add(line);
  }

  return {
    *metrics(records) {
      yield* each(records, takeMetric);
      lines.flush();
    },
    distributions: (records) => each(records, takeValues),
    sketches: (records) => each(records, takeSketches),
    events(records) {
      for (const record of records) addLine(eventLine(record));
      lines.flush();
    },
    checks(records) {
      for (const record of records) addLine(checkLine(record));
      lines.flush();
    },
  };
}

/** Records between two pauses. */
const BETWEEN = 1000;

function* each<Record>(records: readonly Record[], take: (record: Record) => void): Steps<void> {
  let left = BETWEEN;
  for (const record of records) {
    if (--left === 0) {
      left = BETWEEN;
      yield;
    }
    take(record);
  }
}

/** The last point of a gauge is the one that holds, wherever it stands. */
function inOrder(points: At<number>[]): void {
  for (let point = 1; point < points.length; point++) {
    if (points[point - 1]!.time > points[point]!.time) {
      points.sort((a, b) => a.time - b.time);
      return;
    }
  }
}
