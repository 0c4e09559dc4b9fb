import { type BodyServerConfig, bodyServerFaults, bodyServerKeys } from '../../src/kit/http/body-server-config.ts';
import type { ConfigKit } from '../../src/plugin.ts';
import { type ExtractConfig, extractKeys } from './extract/config.ts';
import { type GivenRules, rulesKey } from './rules/config.ts';
import { type DatadogIntakeConfig, datadogFaults, datadogKey } from './senders/datadog/config.ts';
import { type FastlyConfig, fastlyKey } from './senders/fastly.ts';
import { type OtlpConfig, otlpKey } from './senders/otlp/config.ts';
import { type VercelConfig, vercelKey } from './senders/vercel.ts';

export interface HttpConfig extends BodyServerConfig, ExtractConfig {
  readonly vercel: VercelConfig;
  readonly fastly: FastlyConfig;
  readonly otlp: OtlpConfig;
  /** Absent: none. */
  readonly rules?: GivenRules | undefined;
  /** Absent: the routes of Datadog's intake are not there. */
  readonly datadog?: DatadogIntakeConfig | undefined;
}

export function httpConfig(kit: ConfigKit) {
  const { host, keepAliveTimeout, ...keys } = bodyServerKeys(kit);
  return kit.z
    .strictObject({
      host,
      port: kit.port().default(8080).describe('TCP port; 0 lets the system choose.'),
      ...keys,
      keepAliveTimeout: keepAliveTimeout.describe(
        'Idle time after which a connection is closed; Logplex closes its own after 240 s.',
      ),
      ...extractKeys(kit),
      vercel: vercelKey(kit),
      fastly: fastlyKey(kit),
      otlp: otlpKey(kit),
      rules: rulesKey(kit),
      datadog: datadogKey(kit),
    })
    .superRefine(bodyServerFaults)
    .superRefine(datadogFaults);
}
