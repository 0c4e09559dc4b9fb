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

export interface DatadogConfig {
  readonly apiKey: string;
  readonly site: string;
  /** Base of the intake instead of `https://api.<site>`. */
  readonly url?: string | undefined;
  readonly proxy?: ProxySetting;
  readonly tls?: ClientTlsFiles | undefined;
  /** Host of series without a `host:` tag; empty: none. Absent: the name of this machine. */
  readonly hostname?: string | undefined;
  readonly tags: readonly string[];
  readonly counterType: 'rate' | 'count';
  readonly histogramAggregates: readonly HistogramAggregate[];
  /** Quantiles over 0 and under 1. */
  readonly histogramPercentiles: readonly number[];
  readonly compression: Compression;
  readonly compressionLevel: number;
}

export function datadogConfig(kit: ConfigKit): z.ZodType<DatadogConfig> {
  const { z } = kit;
  return z.strictObject({
    apiKey: headerSecret(kit, 'an API key').describe('Datadog API key; an application key is not needed.'),
    site: z
      .string()
      .regex(SITE, `is no site of Datadog (${SITES.join(', ')}); another server is named by "url"`)
      .default('datadoghq.com')
      .describe('Datadog site of the account, such as "datadoghq.eu".'),
    url: urlSetting(kit).optional().describe('Base URL of the intake instead of https://api.<site>.'),
    proxy: proxySetting(kit),
    tls: clientTlsSetting(kit),
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
    histogramAggregates: z
      .array(z.enum(AGGREGATES))
      .default(['max', 'median', 'avg', 'count'])
      .describe('What is sent of each timer and histogram.'),
    histogramPercentiles: z
      .array(z.number().refine((q) => q > 0 && q < 1, 'must be over 0 and under 1, such as 0.95'))
      .default([0.95])
      .describe('Quantiles (over 0, under 1) that are sent of each timer and histogram.'),
    compression: compressionSetting(kit).describe('Content encoding of series and sketches.'),
    compressionLevel: compressionLevelSetting(kit),
  });
}

/** Base of the intake. */
export function intakeUrl(config: Pick<DatadogConfig, 'site' | 'url'>): string {
  return config.url ?? `https://api.${config.site}`;
}
