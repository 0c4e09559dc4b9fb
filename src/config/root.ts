import { resolve } from 'node:path';
import { z } from 'zod';
import type { MetricType } from '../plugin.ts';
import { defaults, stateDefaults } from './defaults.ts';
import { durationBetween, kit } from './kit.ts';
import { mapping } from './mapping.ts';
import type { MappingRules } from './mapping-rules.ts';
import { spool, toSpoolSettings } from './spool.ts';
import { admin, statsd, toStatsdSettings } from './statsd.ts';
import { formatDuration } from './units.ts';

const day = 24 * 3_600_000;

/** Milliseconds: 0 is not at all, Infinity for ever. */
const idle = () => z.union([kit.duration(), z.literal('never').transform(() => Number.POSITIVE_INFINITY)]);

const expire = z
  .strictObject({
    counter: idle().default(defaults.expire.counter).describe('Counters.'),
    timer: idle().default(defaults.expire.timer).describe('Timers.'),
    histogram: idle().default(defaults.expire.histogram).describe('Histograms.'),
    distribution: idle().default(defaults.expire.distribution).describe('Distributions.'),
    set: idle().default(defaults.expire.set).describe('Sets.'),
    gauge: idle().default(defaults.expire.gauge).describe('Gauges.'),
  } satisfies Record<MetricType, z.ZodType<number>>)
  .describe('How long a series that receives nothing goes on being reported: a duration or "never".');

const atMost = (key: keyof typeof defaults.limits, minimum: number, maximum: number, description: string) =>
  z.number().int().min(minimum).max(maximum).default(defaults.limits[key]).describe(description);

const many = 1_000_000_000;
const MIB = 1024 * 1024;

const limits = z
  .strictObject({
    series: atMost('series', 1, many, 'Series in one window.'),
    seriesPerName: atMost('seriesPerName', 1, many, 'Series (combinations of tags) of one metric name.'),
    keyBytes: kit
      .bytes()
      .refine((bytes) => bytes >= MIB, 'must be at least 1MiB')
      .default(defaults.limits.keyBytes)
      .describe('Memory for names and tags: a third in the ingest threads together, the rest where series are kept.'),
    nameLength: atMost('nameLength', 1, 65535, 'Bytes of a metric name.'),
    tags: atMost(
      'tags',
      0,
      65535,
      'Tags of one series. The dialect "dogstatsd" leaves out the others; else a line with more is refused.',
    ),
    tagLength: atMost(
      'tagLength',
      1,
      65535,
      'Bytes of one tag, key and value together. The dialect "dogstatsd" clips a longer one; else its line is refused.',
    ),
    lineLength: atMost('lineLength', 16, 65536, 'Bytes of one line.'),
    timerValuesPerSeries: atMost(
      'timerValuesPerSeries',
      0,
      many,
      'Exact values of one timer or histogram in one window; above it the series becomes a sketch.',
    ),
    timerValues: atMost('timerValues', 0, many, 'Exact values of all timers and histograms in one window.'),
    setMembersPerSeries: atMost(
      'setMembersPerSeries',
      0,
      many,
      'Exact members of one set in one window; above it the series becomes an estimate.',
    ),
    setMembers: atMost('setMembers', 0, many, 'Exact members of all sets in one window.'),
    points: atMost('points', 0, many, 'Counters and gauges with a time of their own ("|T") in one window.'),
    events: atMost('events', 0, many, 'Events in one window.'),
    serviceChecks: atMost('serviceChecks', 0, many, 'Service checks in one window.'),
  })
  .describe('Upper bounds of what is held in memory; whatever is over a limit is refused and counted.');

const queue = z
  .strictObject({
    windows: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(defaults.queue.windows)
      .describe('Windows of which something may wait.'),
    bytes: kit
      .bytes()
      .refine((bytes) => bytes > 0, 'must be more than 0')
      .default(defaults.queue.bytes)
      .describe('Memory that all of them may take.'),
    age: durationBetween(1, day).default(defaults.queue.ageMs).describe('Age of the oldest one.'),
  })
  .describe(
    'What may wait for one back-end that does not answer, or for each lane of one that sends; the oldest windows are dropped first.',
  );

const retry = z
  .strictObject({
    min: durationBetween(1, day)
      .optional()
      .describe(`Shortest wait between two attempts. Default: ${formatDuration(defaults.retry.minMs)}.`),
    max: durationBetween(1, day)
      .optional()
      .describe(`Longest wait between two attempts. Default: ${formatDuration(defaults.retry.maxMs)}.`),
    timeout: durationBetween(1, day).default(defaults.retry.timeoutMs).describe('Deadline of one attempt.'),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    path: ['min'],
    error: 'is more than retry.max',
  })
  .describe('How a window that a back-end did not take is sent again.');

const log = z
  .strictObject({
    level: z
      .enum(['info', 'warn', 'error'])
      .default(defaults.log.level)
      .describe('Lines below it are left out: with "error" only errors are logged.'),
    format: z
      .enum(['auto', 'text', 'json'])
      .default(defaults.log.format)
      .describe('"auto" is text on a terminal and JSON otherwise.'),
  })
  .describe('The log, which goes to standard error.');

const stateFolder = z.string().min(1);

const state = z
  .union([
    stateFolder,
    z.strictObject({
      path: stateFolder.describe(
        'Folder, made where there is none; a relative path starts at the folder of this file.',
      ),
      interval: durationBetween(100, day)
        .default(stateDefaults.intervalMs)
        .describe('Time between two writes; the last one is at a stop.'),
    }),
  ])
  .transform((given) => (typeof given === 'string' ? { path: given, interval: stateDefaults.intervalMs } : given))
  .describe(
    'Folder in which gauges and the sums of scraped pages are kept, so that they go on after a restart. Default: they begin anew.',
  );

const takeover = z
  .string()
  .min(1)
  .describe(
    'Unix socket, for the same user only, on which "statsdrain --takeover" takes the place of this process without a gap; a relative path starts at the folder of this file. Default: none.',
  );

const percentile = z.number().gt(0).max(100);

const percentiles = z
  .array(percentile)
  .check((context) => {
    const { value: given } = context;
    if (given.length > 0 && given.every((value) => value > 0 && value <= 1)) {
      const meant = JSON.stringify(given.map((value) => Number((value * 100).toPrecision(12))));
      const message = `are all at most 1, and percentiles go up to 100; write ${meant}`;
      context.issues.push({ code: 'custom', input: given, message: `${JSON.stringify(given)} ${message}` });
    }
    for (const [index, value] of context.value.entries()) {
      if (context.value.indexOf(value) === index) continue;
      context.issues.push({ code: 'custom', input: value, path: [index], message: 'is listed twice' });
    }
  })
  .default([...defaults.percentiles])
  .describe('Percentiles of timers, histograms and distributions: over 0, up to 100.');

/** All keys of the root but the lists of plugins. */
export const rootShape = {
  flushInterval: durationBetween(10, day).default(defaults.flushIntervalMs).describe('Length of a window.'),
  percentiles,
  expire: expire.prefault({}),
  limits: limits.prefault({}),
  mapping: mapping.optional(),
  queue: queue.prefault({}),
  spool: spool.optional(),
  retry: retry.prefault({}),
  shutdownTimeout: durationBetween(0, day)
    .default(defaults.shutdownTimeoutMs)
    .describe('How long the last window may take to be sent when the server stops.'),
  selfMetrics: z.boolean().default(defaults.selfMetrics).describe('Report statsdrain’s own metrics.'),
  align: z
    .enum(['clock', 'start'])
    .default(defaults.align)
    .describe(
      'Windows end at multiples of the interval by the clock, or counted from the start as in the original StatsD.',
    ),
  state: state.optional(),
  takeover: takeover.optional(),
  statsd: statsd.optional(),
  admin: admin.optional(),
  title: z.string().min(1).optional().describe('Title of the process. Default: what the system gives it.'),
  watch: z
    .boolean()
    .default(defaults.watch)
    .describe('Read the configuration again when its file changes. Mapping files are always watched.'),
  log: log.prefault({}),
};

/** Beside the other keys: it sets nothing. */
export const notes = z.array(z.string()).describe('For the reader: what "statsdrain migrate" has to say.');

export const rootSchema = z.strictObject({
  ...rootShape,
  frontends: z.unknown().optional(),
  backends: z.unknown().optional(),
  $schema: z.unknown().optional(),
  _notes: notes.optional(),
});

/** `folder` is what relative paths start from, `mapping` what that of the root stands for. */
export function toSettings(
  root: z.output<typeof rootSchema>,
  folder: string,
  mapping: MappingRules | undefined = undefined,
) {
  const { flushInterval, percentiles, expire, limits, queue, retry, shutdownTimeout, selfMetrics } = root;
  const { align, title, watch, log } = root;
  return {
    flushIntervalMs: flushInterval,
    percentiles,
    expire,
    limits,
    /** Of the back-ends without one of their own. Undefined: series are called what they were sent as. */
    mapping,
    queue: { windows: queue.windows, bytes: queue.bytes, ageMs: queue.age },
    /** Undefined where nothing is kept on disk. */
    spool: root.spool && toSpoolSettings(root.spool, folder),
    retry: { ...bounds(retry), timeoutMs: retry.timeout },
    shutdownTimeoutMs: shutdownTimeout,
    selfMetrics,
    align,
    /** Undefined where nothing is kept over a restart. `path` is absolute. */
    state: root.state && { path: resolve(folder, root.state.path), intervalMs: root.state.interval },
    /** Absolute path of the socket on which another process may take over. Undefined: none may. */
    takeover: root.takeover && resolve(folder, root.takeover),
    /** Undefined where nothing reads the original's metrics. */
    statsd: root.statsd && toStatsdSettings(root.statsd, folder),
    admin: root.admin,
    title,
    watch,
    log,
  };
}

/** A bound that was given moves the default of the other one. */
function bounds({ min, max }: { min?: number | undefined; max?: number | undefined }): {
  minMs: number;
  maxMs: number;
} {
  const { minMs, maxMs } = defaults.retry;
  return {
    minMs: min ?? Math.min(minMs, max ?? minMs),
    maxMs: max ?? Math.max(maxMs, min ?? maxMs),
  };
}
