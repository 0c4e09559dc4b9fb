import { hostSetting } from '../../src/kit/host.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import { faultsOf, isDiverse, PORTS, replicationFaults, withPort } from './destinations.ts';
import { type Hashing, hashings, type Node } from './hashing.ts';
import type { TagStyle } from './names.ts';
import type { Protocol } from './pack.ts';

export interface GraphiteConfig {
  /** Where it sends, unless there are `destinations`. */
  readonly host: string;
  readonly port: number;
  readonly destinations: readonly Node[] | undefined;
  /** Undefined: every destination gets everything. */
  readonly hashing: Hashing | undefined;
  /** With `hashing`: how many destinations each path goes to. */
  readonly replication: number;
  /** Whether their hosts differ too. */
  readonly diverseReplicas: boolean;
  readonly protocol: Protocol;
  /** Put before every path with a dot; may be empty. */
  readonly prefix: string;
  readonly tags: TagStyle;
  /** The original daemon's names, values and order of lines; `prefix` and `tags` count for nothing then. */
  readonly statsd: StatsdNames | undefined;
}

/** How the original daemon's back-end `graphite` names what it sends. An empty string drops its level of the path. */
export interface StatsdNames {
  /** `stats.<key>`, `stats_counts.<key>`, `stats.timers.<key>`, …: without the five prefixes. */
  readonly legacyNamespace: boolean;
  readonly globalPrefix: string;
  readonly prefixCounter: string;
  readonly prefixTimer: string;
  readonly prefixGauge: string;
  readonly prefixSet: string;
  /** Put after every name with a dot, before the tags; undefined for none. */
  readonly globalSuffix: string | undefined;
  /** Counts of the counters, beside their rates. */
  readonly flushCounts: boolean;
}

const PREFIXES = {
  globalPrefix: 'stats',
  prefixCounter: 'counters',
  prefixTimer: 'timers',
  prefixGauge: 'gauges',
  prefixSet: 'sets',
} as const;
const HOST = '127.0.0.1';
const NATIVE = { prefix: 'stats', tags: 'graphite' } as const;

// Defaults are filled in at the end, and only described here, where it counts whether a key was written.
export const config: NonNullable<BackendPlugin<GraphiteConfig>['config']> = (kit) => {
  const { z, port } = kit;
  // Carbon reads a line as three words.
  const part = () => z.string().regex(/^[^\s\p{Cc}]*$/u, { error: 'must have no blanks and no control characters' });
  const prefix = (key: keyof typeof PREFIXES, what: string) =>
    part()
      .optional()
      .describe(`Level of the path ${what}; empty for none. Needs "legacyNamespace": false.`)
      .meta({ default: PREFIXES[key] });

  const portSetting = () =>
    port()
      .refine((number) => number > 0, 'cannot be connected to; carbon listens on 2003, and on 2004 for pickle')
      .optional();
  const destination = z.strictObject({
    host: hostSetting(kit).describe('Host name or address of carbon, or of a relay.'),
    port: portSetting().describe('TCP port. Default: 2003, or 2004 with "protocol": "pickle".'),
    instance: z
      .string()
      .regex(/^[\w.:-]+$/, 'must be of letters, digits, "_", ".", ":" and "-", as in the configuration of the relay')
      .optional()
      .describe('Name of the node in the hash, as the relay has it behind the port. Needs "hashing". Default: none.'),
  });

  const statsd = z
    .strictObject({
      legacyNamespace: z
        .boolean()
        .default(true)
        .describe('Name as in "stats.<key>", "stats_counts.<key>" and "stats.timers.<key>"; false: with the prefixes.'),
      globalPrefix: prefix('globalPrefix', 'before everything'),
      prefixCounter: prefix('prefixCounter', 'of counters'),
      prefixTimer: prefix('prefixTimer', 'of timers'),
      prefixGauge: prefix('prefixGauge', 'of gauges'),
      prefixSet: prefix('prefixSet', 'of sets'),
      globalSuffix: part().optional().describe('Level of the path after every name, before the tags. Default: none.'),
      flushCounts: z.boolean().default(true).describe('Send the counts of counters beside their rates.'),
    })
    .describe('Send what the original StatsD daemon sends: its names, numbers and lines, in its order.')
    .superRefine((given, { addIssue }) => {
      if (!given.legacyNamespace) return;
      for (const key of Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]) {
        if (given[key] === undefined) continue;
        const message = 'has no effect in the legacy namespace; set "legacyNamespace": false or remove it';
        addIssue({ code: 'custom', path: [key], message });
      }
    });

  return z
    .strictObject({
      host: hostSetting(kit)
        .optional()
        .describe('Host name or address of carbon, or of a relay.')
        .meta({ default: HOST }),
      port: portSetting().describe('TCP port. Default: 2003, or 2004 with "protocol": "pickle".'),
      destinations: z
        .array(destination)
        .min(1, 'must have at least one destination; remove it to send to "host" and "port"')
        .optional()
        .describe('Instead of "host" and "port": several, each of which gets everything, or with "hashing" its part.'),
      hashing: z
        .enum(hashings)
        .optional()
        .describe(
          'Send each path to the one destination that a relay would choose: "carbon_ch" as carbon-relay by default, "fnv1a_ch" as it does with ROUTER_HASH_TYPE (without instances: as carbon-c-relay), "jump_fnv1a_ch" as carbon-c-relay. Default: every destination gets everything.',
        ),
      replication: z
        .int()
        .min(1)
        .default(1)
        .describe('How many destinations each path goes to, as REPLICATION_FACTOR of a relay. Needs "hashing".'),
      diverseReplicas: z
        .boolean()
        .optional()
        .describe(
          'Send the copies of a path to hosts that differ, as DIVERSE_REPLICAS of carbon-relay. Default: true, as there; false where only carbon-c-relay has the hash.',
        ),
      protocol: z
        .enum(['text', 'pickle'])
        .default('text')
        .describe(
          '"text" sends a line for each value, "pickle" many values in one message, which carbon reads faster.',
        ),
      prefix: z
        .string()
        .regex(/^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?$/, {
          error: 'must be words of letters, digits, "_" and "-" joined by dots, or empty',
        })
        .optional()
        .describe('Levels of the path before everything; empty for none.')
        .meta({ default: NATIVE.prefix }),
      tags: z
        .enum(['graphite', 'drop'])
        .optional()
        .describe(
          '"graphite" appends tags to the path as ";key=value"; "drop" leaves them out, and of series that differ only in their tags the last one wins.',
        )
        .meta({ default: NATIVE.tags }),
      statsd: statsd.optional(),
    })
    .superRefine((given, { addIssue }) => {
      const { destinations, hashing, protocol } = given;
      for (const key of ['host', 'port'] as const) {
        if (destinations === undefined || given[key] === undefined) continue;
        const message =
          'has no meaning with "destinations", which have hosts and ports of their own; remove it, or add it there';
        addIssue({ code: 'custom', path: [key], message });
      }
      const nodes = (destinations ?? []).map((one) => withPort(one, protocol));
      for (const { index, key, message } of faultsOf(nodes, hashing)) {
        addIssue({ code: 'custom', path: ['destinations', index, key], message });
      }
      for (const { key, message } of replicationFaults(nodes, given))
        addIssue({ code: 'custom', path: [key], message });
      if (hashing === undefined || nodes.length > 1) return;
      const message = 'must be at least two for "hashing" to choose from; add them, or remove "hashing"';
      addIssue({ code: 'custom', path: ['destinations'], message });
    })
    .superRefine((given, { addIssue }) => {
      if (given.statsd === undefined) return;
      for (const [key, advice] of [
        ['prefix', 'name the levels in "statsd" with "legacyNamespace": false'],
        ['tags', 'the original always sends them'],
      ] as const) {
        if (given[key] === undefined) continue;
        addIssue({ code: 'custom', path: [key], message: `has no meaning with "statsd": ${advice}; remove it` });
      }
    })
    .transform(
      ({ prefix = NATIVE.prefix, tags = NATIVE.tags, ...given }): GraphiteConfig => ({
        ...given,
        prefix,
        tags,
        host: given.host ?? HOST,
        port: given.port ?? PORTS[given.protocol],
        destinations: given.destinations?.map((one) => withPort(one, given.protocol)),
        hashing: given.hashing,
        diverseReplicas: isDiverse(given.destinations ?? [], given),
        statsd: given.statsd && withPrefixes(given.statsd),
      }),
    );
};

type Given = Omit<StatsdNames, keyof typeof PREFIXES | 'globalSuffix'> & {
  readonly [Key in keyof typeof PREFIXES | 'globalSuffix']?: string | undefined;
};

function withPrefixes(given: Given): StatsdNames {
  const {
    globalPrefix = PREFIXES.globalPrefix,
    prefixCounter = PREFIXES.prefixCounter,
    prefixTimer = PREFIXES.prefixTimer,
    prefixGauge = PREFIXES.prefixGauge,
    prefixSet = PREFIXES.prefixSet,
    globalSuffix,
    ...rest
  } = given;
  return { ...rest, globalPrefix, prefixCounter, prefixTimer, prefixGauge, prefixSet, globalSuffix };
}
