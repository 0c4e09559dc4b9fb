import { holdSeries } from '../../../../src/kit/held-series.ts';
import type { Intake } from '../../../../src/plugin.ts';
import type { Post } from '../sender.ts';
import { faultOf, type Measured, measured, measuredSince, sizeOf } from './buckets.ts';
import { attributesKey, identityOf, joinSections, metricName, tagsOf } from './labels.ts';
import type { Attributes, Buckets, Head, HistogramPoint, NumberPoint, Point, Sink, SummaryPoint } from './model.ts';
import { spread } from './spread.ts';
import { createStreams, type Step, type Streams } from './streams.ts';
import { millisecondsIn } from './units.ts';

/** What the sender needs of its intake. */
export type OtlpIntake = Pick<Intake, 'series' | 'discard' | 'count'>;

export interface MetricTakerOptions {
  readonly intake: OtlpIntake;
  readonly resourceTags: readonly string[];
  readonly streams: MetricStreams;
}

/** What was told of cumulative metrics so far. It depends on no configuration. */
export interface MetricStreams {
  readonly numbers: Streams<number>;
  readonly histograms: Streams<Buckets>;
}

/** `now`: milliseconds since 1970. */
export function createMetricStreams(now: () => number = Date.now): MetricStreams {
  return { numbers: createStreams({ limits: LIMITS, now }), histograms: createStreams({ limits: LIMITS, now }) };
}

/** Hands the points of one body to the intake. */
export interface MetricSink extends Sink<Point> {
  readonly outcome: Outcome;
}

/** What became of the data points or log records of a body. */
export interface Outcome {
  taken: number;
  refused: number;
  /** Of the first that was refused. */
  why: string;
}

type Refuse = (why: string, reason?: 'bad_value' | 'unsupported') => void;

const SERIES = 50_000;
/** About 150 MB at the most, with names and attributes. */
const LIMITS = { streams: 100_000, size: 4_000_000, idleMs: 3_600_000 };

/** Gives a sink for each body; all of them know the same streams. */
export function createMetricTaker({ intake, resourceTags, streams }: MetricTakerOptions) {
  const { series } = holdSeries(intake, SERIES);
  const { numbers, histograms } = streams;

  return ({ app, client, count }: Pick<Post, 'app' | 'client' | 'count'>): MetricSink => {
    const outcome: Outcome = { taken: 0, refused: 0, why: '' };
    const appTag = app === undefined ? '' : tagsOf([{ key: 'app', value: app }]).section;
    let [resourceKey, scopeKey, resourceSection] = ['', '', ''];
    let [name, unit] = ['', ''];
    let data: Head = { level: 'data' };

    const refuse: Refuse = (why, reason = 'bad_value') => {
      intake.discard(reason, 1);
      if (outcome.refused++ === 0) outcome.why = why;
    };
    const identity = (attributes: Attributes, part = '') =>
      identityOf(resourceKey, scopeKey, name, part, attributesKey(attributes));

    function sectionOf(attributes: Attributes): string {
      const { section, clipped } = tagsOf(attributes);
      if (clipped > 0) count('drain.otlp_clipped_tags', clipped);
      return joinSections(section, resourceSection, appTag);
    }

    function adds(step: Step<number>, value: number): number | undefined {
      switch (step.kind) {
        case 'old':
          count('drain.otlp_old_points', 1);
          return undefined;
        case 'first':
          count('drain.otlp_first_points', 1);
          return undefined;
        case 'whole':
          return value;
        case 'since':
          if (value >= step.before) return value - step.before;
          count('drain.otlp_resets', 1);
          return value;
        default:
          return step satisfies never;
      }
    }

    function counter(metric: string, point: NumberPoint | SummaryPoint, value: number, part: string): void {
      const added = adds(numbers.advance(identity(point.attributes, part), point.start, point.time, value, 1), value);
      if (added !== undefined && added !== 0) series('counter', metric, sectionOf(point.attributes)).add(added);
    }

    function numberPoint(point: NumberPoint): void {
      const { value, attributes } = point;
      if (!Number.isFinite(value)) refuse(`"${name}" has a value that is no finite number`);
      else if (data.kind === 'gauge') series('gauge', name, sectionOf(attributes)).add(value);
      else if (data.temporality === undefined) refuseTemporality();
      else if (data.temporality === 'delta') series('counter', name, sectionOf(attributes)).add(value);
      else if (data.monotonic === true) counter(name, point, value, '');
      else series('gauge', name, sectionOf(attributes)).add(value);
    }

    function refuseTemporality(): void {
      refuse(`"${name}" has no aggregationTemporality; it must be 1 (delta) or 2 (cumulative)`);
    }

    function valuesOf({ buckets, attributes, start, time }: HistogramPoint): Measured | undefined {
      if (data.temporality === 'delta') return measured(buckets);
      const step = histograms.advance(identity(attributes), start, time, buckets, sizeOf(buckets));
      switch (step.kind) {
        case 'old':
          count('drain.otlp_old_points', 1);
          return undefined;
        case 'first':
          count('drain.otlp_first_points', 1);
          return undefined;
        case 'whole':
          return measured(buckets);
        case 'since': {
          const since = measuredSince(step.before, buckets);
          if (typeof since !== 'string') return since;
          if (since === 'changed') {
            count('drain.otlp_first_points', 1);
            return undefined;
          }
          count('drain.otlp_resets', 1);
          return measured(buckets);
        }
        default:
          return step satisfies never;
      }
    }

    function histogramPoint(point: HistogramPoint): void {
      const fault = faultOf(point.buckets);
      if (fault !== undefined) refuse(`"${name}": ${fault}`);
      else if (data.temporality === undefined) refuseTemporality();
      else takeHistogram(point);
    }

    function takeHistogram(point: HistogramPoint): void {
      const values = valuesOf(point);
      if (values === undefined || values.intervals.length === 0) return;
      const factor = millisecondsIn(unit);
      const into = series(factor === undefined ? 'histogram' : 'timer', name, sectionOf(point.attributes));
      if (spread(values, (value, weight) => into.add(value * (factor ?? 1), weight))) return;
      refuse(`"${name}" is a histogram without buckets, sum, least and largest value`, 'unsupported');
    }

    function summaryPoint(point: SummaryPoint): void {
      const section = sectionOf(point.attributes);
      for (const { quantile, value } of point.quantiles) {
        // NaN where there were no values.
        if (Number.isFinite(value)) series('gauge', `${name}.${quantileName(quantile)}`, section).add(value);
      }
      if (!Number.isFinite(point.count) || !Number.isFinite(point.sum)) {
        refuse(`"${name}" has a count or a sum that is no finite number`);
        return;
      }
      counter(`${name}.count`, point, point.count, 'count');
      counter(`${name}.sum`, point, point.sum, 'sum');
    }

    return {
      outcome,
      refuse,
      open(head) {
        switch (head.level) {
          case 'resource':
            resourceKey = attributesKey(head.attributes ?? []);
            resourceSection = tagsOf((head.attributes ?? []).filter(({ key }) => resourceTags.includes(key))).section;
            scopeKey = '';
            break;
          case 'scope':
            scopeKey = JSON.stringify([head.name, head.version, attributesKey(head.attributes ?? [])]);
            break;
          case 'metric':
            name = metricName(head.name ?? '');
            unit = head.unit ?? '';
            break;
          case 'data':
            data = head;
            break;
          case 'request':
            break;
          default:
            head.level satisfies never;
        }
      },
      leaf(point) {
        const before = outcome.refused;
        if (name === '') refuse('a metric has no name');
        else if (client.prefixes !== undefined && !client.prefixes.some((prefix) => name.startsWith(prefix))) {
          refuse(`the credential may not write "${name}"`, 'unsupported');
        } else if (!point.absent) {
          if (point.kind === 'number') numberPoint(point);
          else if (point.kind === 'histogram') histogramPoint(point);
          else summaryPoint(point);
        }
        if (outcome.refused === before) outcome.taken++;
        return false;
      },
      *flush() {},
    };
  };
}

/** `p50`, `p99_9`; `min` and `max` for the quantiles 0 and 1. */
function quantileName(quantile: number): string {
  if (quantile <= 0) return 'min';
  if (quantile >= 1) return 'max';
  return `p${String(Number((quantile * 100).toFixed(6))).replace('.', '_')}`;
}
