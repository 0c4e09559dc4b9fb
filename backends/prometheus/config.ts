import type { z } from 'zod';
import { hostSetting } from '../../src/kit/host.ts';
import { type AuthConfig, authKey } from '../../src/kit/http/auth-config.ts';
import { type TlsFiles, tlsKey } from '../../src/kit/http/tls.ts';
import type { ConfigKit } from '../../src/plugin.ts';

export interface PrometheusConfig {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly tls?: TlsFiles | undefined;
  readonly auth: AuthConfig;
  /** Put before every name but those of statsdrain's own series. */
  readonly prefix: string;
  /** From 0 to 1. Absent: those of the configured percentiles. */
  readonly quantiles?: readonly number[] | undefined;
  /** Milliseconds after which a series that is in no window any more leaves the page. */
  readonly expire: number;
  readonly maxSeries: number;
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
    prefix: z.string().default('').describe('Text before every name, such as "app_".'),
    quantiles: z
      .array(z.number().min(0).max(1))
      .optional()
      .describe('Quantiles (0 to 1) of timers, histograms and distributions. Default: the configured percentiles.'),
    expire: kit
      .duration()
      .default(3_600_000)
      .describe('Time after which a series that is in no window any more leaves the page, and a counter its sum.'),
    maxSeries: z.int().min(1).default(1_000_000).describe('Series that are remembered; more are refused.'),
  });
}
