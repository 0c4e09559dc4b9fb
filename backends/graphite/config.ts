import { hostSetting } from '../../src/kit/host.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import type { TagStyle } from './names.ts';
import type { Protocol } from './pack.ts';

export interface GraphiteConfig {
  readonly host: string;
  readonly port: number;
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
const NATIVE = { prefix: 'stats', tags: 'graphite' } as const;
const PORTS: Readonly<Record<Protocol, number>> = { text: 2003, pickle: 2004 };

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
      host: hostSetting(kit).default('127.0.0.1').describe('Host name or address of carbon, or of a relay.'),
      port: port()
        .refine((number) => number > 0, 'cannot be connected to; carbon listens on 2003, and on 2004 for pickle')
        .optional()
        .describe('TCP port. Default: 2003, or 2004 with "protocol": "pickle".'),
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
        port: given.port ?? PORTS[given.protocol],
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
