import { unseenServer } from '../../src/kit/unseen-server.ts';
import type {
  Account,
  BackendContext,
  Event,
  Exemplar,
  LogFields,
  RejectedLine,
  Series,
  SeriesRule,
  ServiceCheck,
  Sketch,
  Statistics,
  StatsdContext,
  StatsdMetrics,
  TimedPoint,
  Window,
} from '../../src/plugin.ts';
import { guardModule } from '../../src/plugins/module-guard.ts';

interface SeriesInputBase {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly host?: string;
  readonly updated?: boolean;
  readonly rule?: SeriesRule;
  readonly sent?: readonly string[];
  readonly seenMs?: number;
  readonly seenOrder?: number;
  readonly lines?: number;
  /** Of gauges. */
  readonly setMs?: number;
  /** Of counters, timers, histograms and distributions. */
  readonly exemplars?: readonly Exemplar[];
}

/** A series in short: single values as they are, the others as a list of values with optional weights (default 1). */
export type SeriesInput =
  | (SeriesInputBase & { readonly type: Extract<Series, { value: number }>['type']; readonly value: number })
  | (SeriesInputBase & {
      readonly type: Extract<Series, { statistics: Statistics }>['type'];
      readonly values: readonly number[];
      readonly weights?: readonly number[];
      /** There were too many values to keep them. */
      readonly folded?: boolean;
    });

export interface WindowInput {
  /** Default: ten seconds before `endMs`. */
  readonly startMs?: number;
  /** Default: 1700000010000. */
  readonly endMs?: number;
  readonly intervalMs?: number;
  readonly series?: readonly SeriesInput[];
  readonly setsGoOn?: boolean;
  readonly points?: readonly TimedPoint[];
  readonly events?: readonly Event[];
  readonly serviceChecks?: readonly ServiceCheck[];
  /** Default: [90]. */
  readonly percentiles?: readonly number[];
  /** Default: one line per series. */
  readonly received?: number;
  readonly rejected?: Iterable<readonly [reason: string, lines: number]>;
  readonly dropped?: Iterable<readonly [reason: string, lines: number]>;
  readonly examples?: readonly RejectedLine[];
  readonly byteLength?: number;
  readonly statsd?: StatsdMetrics;
}

const END = 1_700_000_010_000;

/** A window by hand. Series objects and lists are frozen, so that a back-end that writes to them throws. */
export function makeWindow(input: WindowInput = {}): Window {
  const inputs = input.series ?? [];
  const endMs = input.endMs ?? END;
  const startMs = input.startMs ?? endMs - 10_000;
  const percentiles = input.percentiles ?? [90];
  const rejected = new Map(input.rejected);
  const dropped = new Map(input.dropped);
  const lost = total(rejected) + total(dropped);
  const received = input.received ?? inputs.length + lost;
  const account: Account = Object.freeze({
    received,
    aggregated: received - lost,
    rejected,
    dropped,
    examples: frozen(input.examples),
  });
  return Object.freeze({
    startMs,
    endMs,
    intervalMs: input.intervalMs ?? 10_000,
    seriesCount: inputs.length,
    series: {
      *[Symbol.iterator]() {
        for (const one of inputs) yield makeSeries(one, endMs - startMs, percentiles);
      },
    },
    points: frozen(input.points),
    events: frozen(input.events),
    serviceChecks: frozen(input.serviceChecks),
    account,
    byteLength: input.byteLength ?? inputs.length * 100,
    ...(input.statsd === undefined ? {} : { statsd: input.statsd }),
    ...(input.setsGoOn === undefined ? {} : { setsGoOn: input.setsGoOn }),
  });
}

function makeSeries(input: SeriesInput, lengthMs: number, percentiles: readonly number[]): Series {
  const base = {
    name: input.name,
    tags: Object.freeze([...(input.tags ?? [])]),
    updated: input.updated ?? true,
    ...(input.host === undefined ? {} : { host: input.host }),
    ...(input.rule === undefined ? {} : { rule: input.rule }),
    ...(input.sent === undefined ? {} : { sent: input.sent }),
    ...(input.seenMs === undefined ? {} : { seenMs: input.seenMs }),
    ...(input.seenOrder === undefined ? {} : { seenOrder: input.seenOrder }),
    ...(input.lines === undefined ? {} : { lines: input.lines }),
  };
  const exemplars = input.exemplars === undefined ? {} : { exemplars: frozen(input.exemplars) };
  switch (input.type) {
    case 'counter': {
      const rate = lengthMs > 0 ? input.value / (lengthMs / 1000) : 0;
      return Object.freeze({ ...base, ...exemplars, type: input.type, value: input.value, rate });
    }
    case 'gauge': {
      const set = input.setMs === undefined ? {} : { setMs: input.setMs };
      return Object.freeze({ ...base, ...set, type: input.type, value: input.value });
    }
    case 'set':
      return Object.freeze({ ...base, type: input.type, value: input.value });
    case 'timer':
    case 'histogram':
    case 'distribution': {
      const points = weighted(input.values, input.weights);
      const statistics = statisticsOf(points, percentiles);
      const quantile = (q: number) => quantileOf(points, q);
      const values = () => (input.folded === true ? undefined : points);
      const sketch = sketchOf(points, statistics);
      const countsAtOrBelow = (bounds: readonly number[]) =>
        Float64Array.from(bounds, (bound) => weightOf(points.filter(([value]) => value <= bound)));
      return Object.freeze({
        ...base,
        ...exemplars,
        type: input.type,
        statistics,
        quantile,
        sketch,
        values,
        countsAtOrBelow,
      });
    }
    default:
      return input satisfies never;
  }
}

type Points = readonly (readonly [value: number, weight: number])[];

function weighted(values: readonly number[], weights: readonly number[] | undefined): Points {
  return values.map((value, i) => [value, weights?.[i] ?? 1] as const).sort((a, b) => a[0] - b[0]);
}

function weightOf(points: Points): number {
  return points.reduce((sum, [, weight]) => sum + weight, 0);
}

function statisticsOf(points: Points, percentiles: readonly number[]): Statistics {
  let count = 0;
  let sum = 0;
  let sumSquares = 0;
  for (const [value, weight] of points) {
    count += weight;
    sum += value * weight;
    sumSquares += value * value * weight;
  }
  const mean = count > 0 ? sum / count : 0;
  let squaredDeviations = 0;
  for (const [value, weight] of points) squaredDeviations += (value - mean) ** 2 * weight;
  return Object.freeze({
    count,
    sum,
    sumSquares,
    min: points[0]?.[0] ?? 0,
    max: points.at(-1)?.[0] ?? 0,
    mean,
    median: medianOf(points, count),
    stddev: count > 0 ? Math.sqrt(squaredDeviations / count) : 0,
    percentiles: new Map(percentiles.map((p) => [p, quantileOf(points, p / 100)])),
  });
}

/** The lower of the two in the middle, or their mean where exactly half of the weight lies at or below it. */
function medianOf(points: Points, count: number): number {
  let below = 0;
  for (const [index, [value, weight]] of points.entries()) {
    below += weight;
    if (below === count / 2) return (value + (points[index + 1]?.[0] ?? value)) / 2;
    if (below > count / 2) return value;
  }
  return 0;
}

function quantileOf(points: Points, q: number): number {
  let count = 0;
  for (const [, weight] of points) count += weight;
  let below = 0;
  for (const [value, weight] of points) {
    below += weight;
    if (below >= q * count) return value;
  }
  return points.at(-1)?.[0] ?? 0;
}

const LN_GAMMA = Math.log(1.015625);

function sketchOf(points: Points, { count, sum, min, max }: Statistics): Sketch {
  const bins = (sign: 1 | -1): [number, number][] => {
    const byKey = new Map<number, number>();
    for (const [value, weight] of points) {
      if (Math.sign(value) !== sign) continue;
      const key = Math.round(Math.log(Math.abs(value)) / LN_GAMMA);
      byKey.set(key, (byKey.get(key) ?? 0) + weight);
    }
    return [...byKey].sort((a, b) => a[0] - b[0]);
  };
  const zeroCount = points.reduce((zeros, [value, weight]) => (value === 0 ? zeros + weight : zeros), 0);
  return Object.freeze({
    count,
    sum,
    min,
    max,
    zeroCount,
    positiveBins: () => bins(1),
    negativeBins: () => bins(-1),
  });
}

/** Everything that a back-end can read from a window, as plain data that `toEqual` can compare. */
export function windowData(window: Window): unknown {
  return {
    ...window,
    series: Array.from(window.series, (series) => {
      const plain: Record<string, unknown> = { ...series, tags: [...series.tags] };
      delete plain.quantile;
      delete plain.values;
      delete plain.countsAtOrBelow;
      if ('statistics' in series) {
        plain.statistics = { ...series.statistics, percentiles: [...series.statistics.percentiles] };
      }
      if ('sketch' in series) {
        const { sketch } = series;
        plain.sketch = {
          ...sketch,
          positiveBins: [...sketch.positiveBins()],
          negativeBins: [...sketch.negativeBins()],
        };
      }
      return plain;
    }),
    points: window.points.map((point) => ({ ...point, tags: [...point.tags] })),
    events: window.events.map((event) => ({ ...event, tags: [...event.tags] })),
    serviceChecks: window.serviceChecks.map((check) => ({ ...check, tags: [...check.tags] })),
    account: {
      ...window.account,
      rejected: [...window.account.rejected],
      dropped: [...window.account.dropped],
    },
  };
}

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: LogFields;
}

/** A back-end context that remembers what it was told. */
export interface RecordingContext extends BackendContext {
  readonly logged: readonly LogEntry[];
  /** Items by reason. */
  readonly losses: ReadonlyMap<string, number>;
  /** Sums of the back-end's own counters by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** And by name and tags, with blanks between them. */
  readonly tagged: ReadonlyMap<string, number>;
}

export function recordingContext(
  options: {
    name?: string;
    percentiles?: readonly number[];
    statsd?: Partial<StatsdContext>;
    reread?: BackendContext['reread'];
    refresh?: BackendContext['refresh'];
    reload?: BackendContext['reload'];
    unmapped?: BackendContext['unmapped'];
    ownMetric?: BackendContext['ownMetric'];
    server?: Partial<BackendContext['server']>;
  } = {},
): RecordingContext {
  const logged: LogEntry[] = [];
  const losses = new Map<string, number>();
  const counts = new Map<string, number>();
  const tagged = new Map<string, number>();
  const record = (level: LogEntry['level']) => (message: string, fields?: LogFields) => {
    logged.push(fields === undefined ? { level, message } : { level, message, fields });
  };
  const log = { info: record('info'), warn: record('warn'), error: record('error') };
  const count = (name: string, value: number, tags: readonly string[] = []) => {
    counts.set(name, (counts.get(name) ?? 0) + value);
    const key = [name, ...tags].join(' ');
    tagged.set(key, (tagged.get(key) ?? 0) + value);
  };
  return {
    name: options.name ?? 'test',
    log,
    percentiles: options.percentiles ?? [90],
    intervalMs: 10_000,
    lost: (reason, items) => losses.set(reason, (losses.get(reason) ?? 0) + items),
    count,
    reread: (place) => options.reread?.(place),
    reload: async () => options.reload?.(),
    refresh: async () => options.refresh?.(),
    unmapped: () => options.unmapped?.() ?? [],
    server: { ...unseenServer, ...options.server },
    ownMetric: (name) => options.ownMetric?.(name),
    guardModule: (file) => guardModule(file, { log, count }),
    statsd: {
      startupTime: 1_700_000_000,
      flushIntervalMs: 10_000,
      prefixStats: 'statsd',
      config: {},
      ...options.statsd,
    },
    logged,
    losses,
    counts,
    tagged,
  };
}

function total(lines: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of lines.values()) sum += count;
  return sum;
}

function frozen<T extends object>(items: readonly T[] = []): readonly T[] {
  return Object.freeze(items.map((item) => Object.freeze({ ...item })));
}
