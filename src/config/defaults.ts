/**
 * What the schemas (root.ts, statsd.ts) put where a configuration says nothing, in the form of `Settings`. In a file without zod,
 * because threads that read no configuration need it too.
 */
export const defaults = {
  flushIntervalMs: 10_000,
  percentiles: [50, 90, 95, 99],
  expire: {
    counter: 0,
    timer: 0,
    histogram: 0,
    distribution: 0,
    set: 0,
    gauge: Number.POSITIVE_INFINITY,
  },
  limits: {
    series: 1_000_000,
    seriesPerName: 100_000,
    keyBytes: 512 * 1024 * 1024,
    nameLength: 1024,
    tags: 64,
    tagLength: 200,
    lineLength: 8192,
    timerValuesPerSeries: 10_000,
    timerValues: 4_000_000,
    setMembersPerSeries: 1000,
    setMembers: 2_000_000,
    points: 100_000,
    events: 10_000,
    serviceChecks: 10_000,
  },
  mapping: undefined,
  queue: { windows: 360, bytes: 64 * 1024 * 1024, ageMs: 15 * 60_000 },
  spool: undefined,
  retry: { minMs: 1000, maxMs: 30_000, timeoutMs: 20_000 },
  shutdownTimeoutMs: 5000,
  selfMetrics: true,
  align: 'clock',
  state: undefined,
  takeover: undefined,
  statsd: undefined,
  admin: undefined,
  title: undefined,
  watch: false,
  log: { level: 'info', format: 'auto' },
} as const;

/** Of the block `spool`, which has no path but what is given. */
export const spoolDefaults = { bytes: 2 * 1024 ** 3, ageMs: 10 * 24 * 3_600_000 } as const;

/** Of the block `state`. */
export const stateDefaults = { intervalMs: 60_000 } as const;

/** Of the block `statsd`. */
export const statsdDefaults = {
  prefixStats: 'statsd',
  percentThreshold: [90],
  histogram: undefined,
  calculatedTimerMetrics: [],
  deleteCounters: false,
  deleteTimers: false,
  deleteSets: false,
  deleteGauges: false,
  gaugesMaxTTL: 1,
  keyNameSanitize: true,
  keyFlush: undefined,
  dumpMessages: false,
  config: {},
} as const;
