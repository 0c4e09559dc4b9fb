import type { z } from 'zod';
import { hostSetting } from '../../src/kit/host.ts';
import { type AuthConfig, authKey } from '../../src/kit/http/auth-config.ts';
import { type TlsFiles, tlsKey } from '../../src/kit/http/tls.ts';
import type { ConfigKit, Observer } from '../../src/plugin.ts';
import type { NameStyle } from './naming.ts';

/** What the page is made of, wherever it goes. */
export interface PageConfig {
  /** Put before every name but those of statsdrain's own series. */
  readonly prefix: string;
  readonly names: NameStyle;
  readonly observer: Observer['kind'];
  /** From 0 to 1. Absent: those of the configured percentiles. */
  readonly quantiles?: readonly number[] | undefined;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly ageBuckets: number;
  readonly buckets: readonly number[];
  readonly nativeFactor: number;
  readonly nativeMaxBuckets: number;
  /** Milliseconds after its last sample at which a series leaves the page. Absent: it stays. */
  readonly ttl?: number | undefined;
  /** Likewise of gauges and sets alone. */
  readonly expire?: number | undefined;
  readonly maxSeries: number;
  /** Keys of the tags that are labels of exemplars. */
  readonly exemplarTags: readonly string[];
}

export interface PrometheusConfig extends PageConfig {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly tls?: TlsFiles | undefined;
  readonly auth: AuthConfig;
  readonly created: boolean;
  readonly lifecycle: boolean;
  /** Milliseconds. */
  readonly lastScrape: number;
}

/** Those of statsd_exporter, and of the client libraries. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Keys of whatever shows, or sends, what windows add up to. */
export function pageKeys(kit: ConfigKit) {
  const { z } = kit;
  const ascending = (values: readonly number[]) => values.every((value, at) => at === 0 || value > values[at - 1]!);
  return {
    prefix: z.string().default('').describe('Text before every name, such as "app_".'),
    names: z
      .enum(['escaped', 'utf-8'])
      .default('escaped')
      .describe(
        'Names as every Prometheus takes them, with "_" for dots and the like, or as they were sent for those who take UTF-8 (Prometheus 3), escaped for others, to whom those that become alike are one series.',
      ),
    observer: z
      .enum(['summary', 'histogram'])
      .default('summary')
      .describe('What timers, histograms and distributions become where no rule of a mapping says it.'),
    quantiles: z
      .array(z.number().min(0).max(1))
      .optional()
      .describe('Quantiles (0 to 1) of summaries. Default: the configured percentiles.'),
    maxAge: kit.duration().default(600_000).describe('Time for which a value counts in the quantiles of a summary.'),
    ageBuckets: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe('Steps in which values leave the quantiles: one of maxAge / ageBuckets each.'),
    buckets: z
      .array(z.number())
      .min(1)
      .refine(ascending, 'must ascend, without repetition')
      .default(BUCKETS)
      .describe('Upper bounds of the buckets of histograms, inclusive, without +Inf; of timers in seconds.'),
    nativeFactor: z
      .number()
      .refine((factor) => factor === 0 || factor > 1, 'must be over 1, or 0')
      .default(1.1)
      .describe('Growth of the buckets of native histograms, for who scrapes with protobuf; 0: there are none.'),
    nativeMaxBuckets: z.int().min(0).default(256).describe('Most buckets of a native histogram; 0: no limit.'),
    ttl: kit
      .duration()
      .optional()
      .describe(
        'Time after its last sample at which a series leaves the page, where no rule of a mapping says it. Default: it stays.',
      ),
    expire: kit
      .duration()
      .optional()
      .describe(
        'Likewise for gauges and sets alone: counters, summaries and histograms stay, so that what they add up to goes on. Default: "ttl".',
      ),
    maxSeries: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe('Series that are remembered; more are refused, but those of statsdrain itself are not.'),
    exemplarTags: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Keys of tags, such as "trace_id", that are labels of exemplars of counters and histograms, and no labels of series. Default: none.',
      ),
  };
}

export function prometheusConfig(kit: ConfigKit): z.ZodType<PrometheusConfig> {
  const { z } = kit;
  return z.strictObject({
    host: hostSetting(kit)
      .default('127.0.0.1')
      .describe('Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.'),
    port: kit.port().default(9102).describe('TCP port; 0 lets the system choose.'),
    path: z
      .string()
      .regex(/^\/[\w.~/-]*$/, 'must begin with "/" and hold letters, digits and "_.~/-" only')
      .default('/metrics')
      .describe('Path of the metrics.'),
    tls: tlsKey(kit),
    auth: authKey(kit).describe('Who may read the metrics; without a user or a token everyone who reaches the port.'),
    ...pageKeys(kit),
    created: z
      .boolean()
      .default(true)
      .describe('Tell in OpenMetrics when each counter, summary and histogram began ("_created").'),
    lifecycle: z.boolean().default(false).describe('Let "POST /-/reload" have the configuration read again.'),
    lastScrape: kit
      .duration()
      .default(0)
      .describe('At a stop, longest wait for one more scrape of all who did lately, so that the last window is read.'),
  });
}

/** Milliseconds for which series stay of which no rule says anything. */
export function staysOf({ ttl = Number.POSITIVE_INFINITY, expire = ttl }: PageConfig): Stays {
  return { ttl, gaugeTtl: Math.min(ttl, expire) };
}

/** Milliseconds: of what came in a window nobody knows when, so that series which stay for a short time need short windows. */
const SHORTEST_MS = 1000;

/** Milliseconds of the longest windows in which series leave in time; `ruleTtl`: the shortest time that a rule gives them. */
export function intervalFor(config: PageConfig, ruleTtl: number): number {
  const { ttl, gaugeTtl } = staysOf(config);
  return Math.max(SHORTEST_MS, Math.min(ruleTtl, ttl, gaugeTtl) / 2);
}

/** Milliseconds after the last sample of a series; Infinity: for ever. */
export interface Stays {
  readonly ttl: number;
  /** Of gauges and sets. */
  readonly gaugeTtl: number;
}

/** What becomes of values of which no rule says anything. */
export function observerOf(config: PageConfig, percentiles: readonly number[]): Observer {
  const { buckets, nativeFactor, nativeMaxBuckets, maxAge, ageBuckets } = config;
  if (config.observer === 'histogram') return { kind: 'histogram', buckets, nativeFactor, nativeMaxBuckets };
  const quantiles = config.quantiles ?? percentiles.map((p) => Number((p / 100).toPrecision(12)));
  return {
    kind: 'summary',
    quantiles: [...new Set(quantiles)].sort((a, b) => a - b),
    maxAgeMs: maxAge,
    ageBuckets,
  };
}
