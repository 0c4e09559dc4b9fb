/** Keys of the original's configuration that the suite uses. */
export interface OriginalSettings {
  readonly flushInterval: number;
  readonly percentThreshold?: readonly number[];
  readonly histogram?: readonly { readonly metric: string; readonly bins: readonly (number | 'inf')[] }[];
  readonly calculatedTimerMetrics?: readonly string[];
  readonly deleteIdleStats?: boolean;
  readonly deleteCounters?: boolean;
  readonly deleteTimers?: boolean;
  readonly deleteSets?: boolean;
  readonly deleteGauges?: boolean;
  readonly gaugesMaxTTL?: number;
  readonly prefixStats?: string;
  readonly keyNameSanitize?: boolean;
  readonly flush_counts?: boolean;
  readonly graphite?: {
    readonly legacyNamespace?: boolean;
    readonly globalPrefix?: string;
    readonly prefixCounter?: string;
    readonly prefixTimer?: string;
    readonly prefixGauge?: string;
    readonly prefixSet?: string;
    readonly globalSuffix?: string;
  };
}

/** The same in statsdrain's own configuration, on ports that the system chooses. */
export function nativeConfig(settings: OriginalSettings, graphitePort: number): object {
  const { flushInterval, flush_counts, graphite, deleteIdleStats = false, ...statsd } = settings;
  const deletes = {
    deleteCounters: deleteIdleStats,
    deleteTimers: deleteIdleStats,
    deleteSets: deleteIdleStats,
    deleteGauges: deleteIdleStats,
  };
  // The prefixes mean nothing in the legacy namespace: the original ignores them, statsdrain refuses them.
  const names = graphite?.legacyNamespace === false ? graphite : { globalSuffix: graphite?.globalSuffix };
  return {
    flushInterval,
    align: 'start',
    selfMetrics: false,
    statsd: { ...deletes, ...statsd },
    admin: { port: 0 },
    frontends: [
      { type: 'udp', dialect: 'statsd', port: 0 },
      { type: 'tcp', dialect: 'statsd', port: 0 },
    ],
    backends: [{ type: 'graphite', port: graphitePort, statsd: { ...names, flushCounts: flush_counts } }],
  };
}
