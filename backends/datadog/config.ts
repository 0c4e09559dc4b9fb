import type { z } from 'zod';
import {
  compressionLevelSetting,
  compressionSetting,
  headerSecret,
  proxySetting,
  urlSetting,
} from '../../src/kit/http/client-settings.ts';
import { type ClientTlsFiles, clientTlsSetting } from '../../src/kit/http/client-tls.ts';
import type { Compression } from '../../src/kit/http/compress.ts';
import type { ProxySetting } from '../../src/kit/http/proxy-choice.ts';
import type { ConfigKit } from '../../src/plugin.ts';
import { type Filter, MOST_DESTINATIONS } from './filter.ts';
import { cleanBeginning } from './naming.ts';

const AGGREGATES = ['max', 'median', 'avg', 'count', 'min', 'sum'] as const;

const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
];
/** Regions that are still to come have such names too. */
const SITE = /^(?:[a-z]{2}\d\.)?(?:datadoghq\.com|ddog-gov\.com)$|^datadoghq\.eu$/;

/** What is sent of a timer or histogram, each as `<name>.<aggregate>`. */
export type HistogramAggregate = (typeof AGGREGATES)[number];

/** A further organisation. */
export interface FurtherDestination extends Filter {
  /** Absent: its site, or the host of its URL. */
  readonly name?: string | undefined;
  readonly apiKey: string;
  readonly site: string;
  readonly url?: string | undefined;
}

export interface DatadogConfig extends Filter {
  readonly apiKey: string;
  readonly site: string;
  /** Base of the intake instead of `https://api.<site>`. */
  readonly url?: string | undefined;
  readonly proxy?: ProxySetting;
  readonly tls?: ClientTlsFiles | undefined;
  /** Host of series without a `host:` tag; empty: none. Absent: the name of this machine. */
  readonly hostname?: string | undefined;
  readonly tags: readonly string[];
  readonly destinations: readonly FurtherDestination[];
  readonly counterType: 'rate' | 'count';
  /** Milliseconds for which an idle counter is sent as 0. */
  readonly zeroFill: number;
  /** Milliseconds that a point may be old. */
  readonly pointAge: number;
  readonly histogramAggregates: readonly HistogramAggregate[];
  /** Quantiles over 0, up to 1. */
  readonly histogramPercentiles: readonly number[];
  /** How samples with a rate count in these. */
  readonly weights: 'exact' | 'agent';
  readonly histogramAs: 'aggregates' | 'distribution' | 'both';
  /** In front of the names of timers and histograms that are sent as distributions. */
  readonly distributionPrefix: string;
  readonly distributions: 'sketches' | 'points';
  readonly compression: Compression;
  readonly compressionLevel: number;
}

export function datadogConfig(kit: ConfigKit): z.ZodType<DatadogConfig> {
  const { z } = kit;
  const beginning = z
    .string()
    .refine((text) => cleanBeginning(text) !== '', 'has no letter, with which all names begin at Datadog');
  const reached = {
    apiKey: headerSecret(kit, 'an API key').describe('Datadog API key; an application key is not needed.'),
    site: z
      .string()
      .regex(SITE, `is no site of Datadog (${SITES.join(', ')}); another server is named by "url"`)
      .default('datadoghq.com')
      .describe('Datadog site of the account, such as "datadoghq.eu".'),
    url: urlSetting(kit).optional().describe('Base URL of the intake instead of https://api.<site>.'),
    include: z
      .array(beginning)
      .optional()
      .describe('Beginnings of the names of metrics that go there; events and service checks all go. Default: all.'),
    exclude: z
      .array(beginning)
      .optional()
      .describe('Beginnings of the names of metrics that do not go there. Default: none.'),
  };
  const further = z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be letters, digits, "_", "." and "-"')
      .optional()
      .describe('Name of the destination in logs and metrics. Default: its site, or the host of its URL.'),
    ...reached,
  });
  return z.strictObject({
    ...reached,
    proxy: proxySetting(kit),
    tls: clientTlsSetting(kit),
    destinations: z
      .array(further)
      .max(MOST_DESTINATIONS - 1)
      .default([])
      .superRefine(refuseEqualNames)
      .describe('Further organisations that are sent the same, each with a key of its own.'),
    hostname: z
      .string()
      .max(255)
      .optional()
      .describe('Host of series without a "host:" tag; empty for none. Default: the name of this machine.'),
    tags: z
      .array(z.string().min(1))
      .default([])
      .describe('Tags ("key:value") added to every series, event and service check.'),
    counterType: z
      .enum(['rate', 'count'])
      .default('rate')
      .describe('How counters are sent: per second of the flush interval, as the Datadog Agent does, or as sums.'),
    zeroFill: kit
      .duration()
      .refine((ms) => ms <= 3_600_000, 'must be at most "1h"')
      .default(300_000)
      .describe('How long an idle counter is sent as 0 after its last sample; 0 for not at all.'),
    pointAge: kit
      .duration()
      .refine((ms) => ms >= 60_000, 'must be at least "1m"')
      .default(3_600_000)
      .describe('Age from which on the intake takes no points: more with historical metrics ingestion.'),
    histogramAggregates: z
      .array(z.enum(AGGREGATES))
      .default(['max', 'median', 'avg', 'count'])
      .describe('What is sent of each timer and histogram.'),
    histogramPercentiles: z
      .array(z.number().refine((q) => q > 0 && q <= 1, 'must be over 0 and at most 1, such as 0.95'))
      .default([0.95])
      .describe('Quantiles (over 0, at most 1) that are sent of each timer and histogram, in whole percents.'),
    weights: z
      .enum(['exact', 'agent'])
      .default('exact')
      .describe(
        'How often a sample with rate r counts in these: 1/r times, or as in the Datadog Agent, which leaves the fraction out everywhere but in sums.',
      ),
    histogramAs: z
      .enum(['aggregates', 'distribution', 'both'])
      .default('aggregates')
      .describe('What timers and histograms are sent as.'),
    distributionPrefix: z
      .string()
      .max(100)
      .default('')
      .describe('Put before the names of timers and histograms that are sent as distributions.'),
    distributions: z
      .enum(['sketches', 'points'])
      .default('sketches')
      .describe(
        'How distributions are sent: as sketches, as the Datadog Agent does, or value by value where all are kept.',
      ),
    compression: compressionSetting(kit).describe('Content encoding of series and sketches.'),
    compressionLevel: compressionLevelSetting(kit),
  });
}

/** Names are those of lanes: by these what waits finds its destination again. */
function refuseEqualNames(destinations: readonly FurtherDestination[], context: z.RefinementCtx): void {
  const names = destinations.map(nameOf);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const message = `is called ${JSON.stringify(name)} as another one; give it a "name" of its own`;
    context.addIssue({ code: 'custom', path: [index], message });
  }
}

export function nameOf({ name, site, url }: FurtherDestination): string {
  return name ?? (url === undefined ? site : new URL(url).host);
}

/** Base of the intake. */
export function intakeUrl(config: Pick<DatadogConfig, 'site' | 'url'>): string {
  return config.url ?? `https://api.${config.site}`;
}
